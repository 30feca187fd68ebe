"""Views of rocking curves, and a context network that learns what they hold."""

from __future__ import annotations

import dataclasses

import numpy
import pytest
import torch

from darfix_wb.beam import BeamCondition
from darfix_wb.errors import OperationCancelled
from darfix_wb.networks.context_features import FEATURES
from darfix_wb.pretraining.context import ContextOptions, block_logits, fit_context
from darfix_wb.pretraining.curve_blocks import CurveBlock, pad, random_view
from darfix_wb.progress import Monitor

WEAK, STRONG, EMPTY = BeamCondition


def make_block(seed=0, n_steps=15, rows=3, columns=4):
    """Strong within a width of a peak that differs from patch to patch; images say nothing."""
    rng = numpy.random.default_rng(seed)
    angles = numpy.linspace(-0.04, 0.04, n_steps)
    centre = rng.uniform(-0.015, 0.015, (rows, columns))
    z = (angles[:, None, None] - centre) / 0.008
    curves = 900 * numpy.exp(-(z**2) / 2) + rng.normal(2, 0.3, z.shape)
    lit = numpy.ones((rows, columns), dtype=bool)
    lit[0, 0] = False
    condition = numpy.where(numpy.abs(z) < 1, STRONG, WEAK).astype(numpy.uint8)
    condition[:, ~lit] = EMPTY
    logits = rng.normal(size=(*z.shape, 3))
    log_multiple = (1 - numpy.abs(z)).astype(numpy.float32)
    return CurveBlock(curves, angles, 0.3, lit, logits, logits[..., 0], condition, log_multiple)


def test_views_keep_each_patch_and_its_truth_together():
    block = make_block()
    stamp = numpy.arange(block.condition.size).reshape(block.condition.shape)
    stamped = CurveBlock(**{**vars(block), "log_multiple": stamp})
    rng = numpy.random.default_rng(1)
    shapes = set()
    for _ in range(60):
        seen, features = random_view(stamped, rng)
        shapes.add(seen.condition.shape)
        where = numpy.unravel_index(seen.log_multiple, block.condition.shape)
        numpy.testing.assert_array_equal(seen.condition, block.condition[where])
        numpy.testing.assert_array_equal(seen.lit, block.lit[where[1][0], where[2][0]])
        numpy.testing.assert_array_equal(seen.angles, block.angles[where[0][:, 0, 0]])
        assert features.shape == (*seen.condition.shape, len(FEATURES))
        assert numpy.isfinite(features).all()
        assert len(seen.angles) >= 3
    assert len(shapes) > 10


def test_a_batch_is_padded_with_unlit_patches():
    blocks = [make_block(n_steps=9), make_block(rows=5, columns=2)]
    views = pad([(block, block.features()) for block in blocks])
    assert views.features.shape == (2, 15, 5, 4, len(FEATURES))
    assert views.lit[0].sum() == 9 * 11
    assert (views.condition[0, 9:] == EMPTY).all()
    assert not views.features[0, :, 3:].any()


def test_views_change_exposures_and_the_light_across_the_frame():
    block = make_block()
    stamp = numpy.arange(block.condition.size).reshape(block.condition.shape)
    stamped = dataclasses.replace(block, log_multiple=stamp, noise=1e-9)
    rng = numpy.random.default_rng(2)
    within, between = [], []
    for _ in range(60):
        seen, _ = random_view(stamped, rng)
        light = numpy.log(seen.curves / block.curves.flat[seen.log_multiple])
        within.append(numpy.ptp(light, axis=(1, 2)).max() > 1e-3)
        between.append(numpy.ptp(light[:, 0, 0]) > 1e-3)
    within, between = numpy.array(within), numpy.array(between)
    for changes in (within & between, between & ~within, ~within & ~between):
        assert changes.sum() > 5


def test_it_learns_the_distance_from_the_peak():
    options = ContextOptions(
        n_steps=240, batch_size=4, learning_rate=6e-3, strong_weight=1.0, device="cpu"
    )
    told = []
    network = fit_context(
        [make_block(seed) for seed in range(12)],
        options,
        monitor=Monitor(lambda fraction, record: told.append((fraction, record["loss"]))),
    )
    assert not network.training
    assert told[-1][1] < 0.5 * told[0][1]
    unseen = make_block(99)
    strong = block_logits(network, unseen) > 0
    lit = unseen.condition != EMPTY
    right = (strong == (unseen.condition == STRONG))[lit]
    assert right.mean() > 0.93


def test_the_same_seed_gives_the_same_weights():
    options = ContextOptions(n_steps=3, batch_size=2, seed=4, device="cpu")
    blocks = [make_block(seed) for seed in range(2)]
    first, second = (fit_context(blocks, options).state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_cancelling():
    with pytest.raises(OperationCancelled, match="no model was made"):
        fit_context(
            [make_block()], ContextOptions(device="cpu"), monitor=Monitor(cancelled=lambda: True)
        )
