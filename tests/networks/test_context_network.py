"""The context network: any size, and only lit patches count."""

from __future__ import annotations

import pytest
import torch

from darfix_wb.networks import build_network, count_macs, count_parameters
from darfix_wb.networks.context_features import FEATURES
from darfix_wb.networks.context_network import ContextNetwork


@pytest.fixture
def network():
    torch.manual_seed(0)
    network = ContextNetwork().eval()
    for block in network.blocks:
        torch.nn.init.normal_(block.narrow.weight, std=0.2)
    return network


def volume(n_steps=9, rows=4, columns=5, n=1, seed=0):
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(n, n_steps, rows, columns, len(FEATURES), generator=generator)
    return features, torch.ones(n, n_steps, rows, columns, 1)


@pytest.mark.parametrize("shape", [(3, 1, 1), (7, 2, 9), (40, 5, 4)])
def test_any_size(network, shape):
    with torch.no_grad():
        outputs = network(*volume(*shape, n=2))
    assert outputs.shape == (2, *shape, 2)


def test_padding_changes_nothing(network):
    features, lit = volume()
    larger, mask = torch.randn(1, 14, 6, 8, len(FEATURES)), torch.zeros(1, 14, 6, 8, 1)
    larger[:, :9, :4, :5], mask[:, :9, :4, :5] = features, lit
    with torch.no_grad():
        alone, padded = network(features, lit), network(larger, mask)
    torch.testing.assert_close(padded[:, :9, :4, :5], alone, atol=1e-5, rtol=1e-4)


def test_unlit_patches_say_nothing_to_the_others(network):
    features, lit = volume()
    lit[:, :, 2, 2] = 0
    other = features.clone()
    other[:, :, 2, 2] = 100
    with torch.no_grad():
        before, after = network(features, lit), network(other, lit)
    here = lit[..., 0] > 0
    torch.testing.assert_close(after[here], before[here])


def test_other_frames_have_a_say(network):
    features, lit = volume()
    other = features.clone()
    other[:, 8] += 1
    with torch.no_grad():
        change = (network(other, lit) - network(features, lit)).abs()
    assert change[:, 7].max() > 1e-4


def test_both_networks_together_stay_small():
    alone, context = build_network("lcnn"), ContextNetwork()
    assert count_parameters(alone) + count_parameters(context) <= 60_000
    per_patch = sum(
        layer.weight.numel()
        for layer in context.modules()
        if isinstance(layer, torch.nn.Linear | torch.nn.Conv2d)
    )
    looks = ContextNetwork(image_bound=4.0).n_looks
    assert count_macs(alone) + looks * per_patch <= 1_000_000
