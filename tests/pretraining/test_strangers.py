"""What the networks learn of crystals that look like none: patches, and rocking curves."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.beam import AMBIGUOUS, BeamCondition
from darfix_wb.classification.plain_crystals import BOUNDARY_SHARE
from darfix_wb.pretraining.foreign import foreign_patches, texture
from darfix_wb.pretraining.plain_curves import plain_block
from darfix_wb.training.augment import margin_for

WEAK, STRONG, _ = BeamCondition


@pytest.mark.parametrize("patch_size", [16, 24, 64, 128])
def test_nobody_could_tell_foreign_patches(patch_size):
    patches = foreign_patches(60, patch_size, seed=3)
    assert patches.signals.shape == (60, *[patch_size + 2 * margin_for(patch_size)] * 2)
    assert patches.margin == margin_for(patch_size)
    assert (patches.targets == AMBIGUOUS).all()
    assert numpy.isfinite(patches.signals.astype(float)).all()
    means = patches.signals.astype(float).mean(axis=(1, 2))
    assert 1 < means.min() < 100 < 1000 < means.max()
    again = foreign_patches(60, patch_size, seed=3)
    numpy.testing.assert_array_equal(again.signals, patches.signals)


def test_textures_are_positive_and_of_many_kinds():
    rng = numpy.random.default_rng(0)
    spreads = []
    for _ in range(200):
        field = texture((48, 48), rng)
        assert (field > 0).all()
        assert 0.5 < field.mean() < 2
        spreads.append(field.std())
    assert numpy.mean(numpy.array(spreads) < 0.01) > 0.1
    assert numpy.mean(numpy.array(spreads) > 0.3) > 0.2


@pytest.mark.parametrize("seed", range(12))
def test_plain_curves_are_strong_near_their_peak(seed):
    block = plain_block(numpy.random.default_rng(seed))
    share = block.curves / block.curves.max(axis=0)
    faint = 12 / block.curves.max(axis=0)
    assert (block.condition == STRONG)[share > 2 * BOUNDARY_SHARE + faint].all()
    assert (block.condition == WEAK)[share < BOUNDARY_SHARE / 2 - faint].all()
    assert (block.condition == STRONG).any(axis=0).all()
    assert block.logits.shape == (*block.curves.shape, 3)
    assert numpy.isfinite(block.features()).all()
