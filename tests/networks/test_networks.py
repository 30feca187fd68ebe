"""Sizes, shapes and names of the networks."""

import numpy
import pytest
import torch

from darfix_wb.beam import BeamCondition
from darfix_wb.errors import DarfixWBError
from darfix_wb.methods.networks import NETWORK_TITLES
from darfix_wb.networks import (
    NETWORKS,
    build_network,
    count_macs,
    count_parameters,
    to_probabilities,
)
from darfix_wb.tasks.lcnn_training import Inputs


@pytest.mark.parametrize(
    ("patch_size", "parameters"), [(64, 659_305), (74, 880_105), (128, 2_625_385)]
)
def test_published_network_has_the_published_size(patch_size, parameters):
    assert count_parameters(build_network("lcnn-paper", patch_size=patch_size)) == parameters


def test_published_network_computes_what_was_published():
    assert count_macs(build_network("lcnn-paper", patch_size=64), patch_size=64) == 16_224_276


def test_ours_is_small_at_every_patch_size():
    network = build_network("lcnn", patch_size=64)
    assert count_parameters(network) <= 60_000
    assert count_macs(network, patch_size=64) < 1_000_000
    assert count_parameters(build_network("lcnn", patch_size=128)) == count_parameters(network)


@pytest.mark.parametrize("name", ["lcnn", "lcnn-paper", "resnet18"])
@pytest.mark.parametrize("patch_size", [8, 9, 16, 33, 64])
def test_every_patch_size_gives_one_logit_per_class(name, patch_size):
    network = build_network(name, patch_size=patch_size).eval()
    logits = network(torch.randn(3, 1, patch_size, patch_size), torch.randn(3, 2))
    assert logits.shape == (3, len(network.classes))
    assert torch.isfinite(logits).all()


def test_ours_uses_the_level_of_the_patch():
    network = build_network("lcnn", patch_size=16).eval()
    image = torch.zeros(1, 1, 16, 16)
    dim, bright = (network(image, torch.tensor([[level, 0.0]])) for level in (0.0, 6.0))
    assert not torch.allclose(dim, bright)


def test_counting_leaves_the_network_as_it_was():
    network = build_network("lcnn", patch_size=16).train()
    count_macs(network, patch_size=16)
    assert network.training
    assert not network.body[0]._forward_hooks


def test_names_are_forgiving_but_not_guessed():
    assert build_network("LCNN_paper", patch_size=16).name == "lcnn-paper"
    with pytest.raises(DarfixWBError, match="lcnn, lcnn-paper, resnet18, vgg16, got 'resnet'"):
        build_network("resnet")
    with pytest.raises(DarfixWBError, match="dropout must be"):
        build_network("lcnn", patch_size=16, dropout=1.0)


def test_the_widget_and_the_task_tell_of_every_network():
    assert tuple(NETWORK_TITLES) == tuple(NETWORKS)
    told = Inputs.model_fields["network"].description
    assert all(f'"{name}"' in told for name in NETWORKS)


def test_probabilities_follow_the_classes():
    logits = numpy.array([[2.0, 0.0]])
    weak, strong, empty = to_probabilities(
        logits, build_network("lcnn-paper", patch_size=16).classes
    )[0]
    assert weak == pytest.approx(1 / (1 + numpy.exp(-2)))
    assert weak + strong == pytest.approx(1)
    assert empty == 0
    reordered = to_probabilities(logits, (BeamCondition.EMPTY, BeamCondition.WEAK))[0]
    assert reordered[BeamCondition.EMPTY] == weak
    softer = to_probabilities(logits, (BeamCondition.WEAK, BeamCondition.STRONG), temperature=4.0)[
        0
    ]
    assert 0.5 < softer[0] < weak
