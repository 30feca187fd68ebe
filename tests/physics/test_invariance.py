"""What changes nothing about the crystal changes hardly any label."""

from __future__ import annotations

import dataclasses

import pytest

from benchmarks.physics import draws
from benchmarks.physics.changes import Measured
from benchmarks.physics.invariance import WAYS, invariance_figures, stay
from benchmarks.physics.rules import broken, of_rules
from benchmarks.physics.scans import make_scan

SEEDS = range(4000, 4004)
SHAPE = (140, 200)


@pytest.fixture(scope="module")
def synthetic(model):
    """Figures of some synthetic crystals, by rule."""
    figures = []
    for seed in SEEDS:
        recipe = dataclasses.replace(draws.any_crystal(seed), shape=SHAPE)
        measured = Measured(make_scan(recipe).rocking_scan, recipe.dark)
        figures += invariance_figures(model, measured, seed, str(recipe))
    return of_rules(figures)


@pytest.fixture(scope="module")
def simulated(model, crystals):
    """Figures of simulated ones, by rule."""
    figures = []
    for seed, (name, measured) in enumerate(crystals.items()):
        figures += invariance_figures(model, measured, seed, name, simulated=True)
    return of_rules(figures)


@pytest.mark.parametrize("way", WAYS)
def test_synthetic_crystals(synthetic, way):
    assert broken(synthetic[stay(way)]) == []


@pytest.mark.parametrize("way", WAYS)
def test_simulated_crystals(simulated, way):
    assert broken(simulated[stay(way, simulated=True)]) == []
