"""The shipped model, and crystals that it was not made from."""

from __future__ import annotations

import dataclasses

import pytest

from benchmarks.physics.crystals import small_crystal
from darfix_wb.model import BeamModel

CRYSTALS = (1, 5, 8)
LARGEST = (192, 256)


@pytest.fixture(scope="session")
def model():
    return BeamModel.load()


@pytest.fixture(scope="session")
def crystals():
    """Simulated scans by name."""
    return {f"crystal {seed}": small_crystal(seed) for seed in CRYSTALS}


@pytest.fixture(scope="session")
def small():
    """Cuts a recipe to at most 192x256 px, so that it is soon made."""

    def cut(recipe):
        shape = tuple(min(sides) for sides in zip(recipe.shape, LARGEST, strict=True))
        return dataclasses.replace(recipe, shape=shape)

    return cut
