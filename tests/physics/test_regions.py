"""Regions that show nothing are empty, and the patches beside them do not notice."""

from __future__ import annotations

import numpy
import pytest

from benchmarks.physics.regions import (
    KINDS,
    empty_inside,
    larger_crystal,
    region_figures,
    same_beside,
)
from benchmarks.physics.rules import broken, of_rules

SEEDS = range(5000, 5003)


@pytest.fixture(scope="module")
def figures(model):
    """By rule."""
    return of_rules([one for seed in SEEDS for one in region_figures(model, larger_crystal(seed))])


@pytest.mark.parametrize("kind", KINDS)
def test_patches_without_a_good_pixel_are_empty(figures, kind):
    assert broken(figures[empty_inside(kind)]) == []


@pytest.mark.parametrize("kind", KINDS)
def test_patches_beside_them_keep_nearly_all_of_their_labels(figures, kind):
    """Not all: the context network knows the scan's typical peak, and a dim neighbour."""
    shares = [figure.value for figure in figures[same_beside(kind)]]
    assert numpy.mean(shares) >= (0.85 if kind == "unlit" else 0.98)
