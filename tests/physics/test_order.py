"""Along a curve with one peak, strong beam does not get likelier going away from it."""

from __future__ import annotations

import pytest

from benchmarks.physics import draws
from benchmarks.physics.curve_rules import (
    ORDER,
    SIMULATED_ORDER,
    curve_figures,
    simulated_order,
)
from benchmarks.physics.rules import broken


@pytest.mark.parametrize("draw", [draws.featureless, draws.textured, draws.cut_tails])
@pytest.mark.parametrize("seed", range(3000, 3004))
def test_synthetic_crystals(model, small, draw, seed):
    figures = [one for one in curve_figures(model, small(draw(seed))) if one.rule == ORDER]
    assert len(figures) == 1
    assert broken(figures) == []


def test_simulated_crystals(model, crystals):
    figures = [
        figure
        for name, measured in crystals.items()
        for figure in simulated_order(model, measured.scan, name)
    ]
    assert {one.rule for one in figures} == {SIMULATED_ORDER}
    assert broken(figures) == []
