"""Texture does not overrule the rocking curve where that is clear."""

from __future__ import annotations

import pytest

from benchmarks.physics import curve_rules, draws
from benchmarks.physics.rules import broken


@pytest.mark.parametrize("seed", range(2000, 2010))
def test_the_peak_stays_strong_and_the_far_tails_weak(model, small, seed):
    figures = list(curve_rules.curve_figures(model, small(draws.textured(seed))))
    textured = [one for one in figures if one.rule.number == 2]
    assert {one.rule for one in textured} == {
        curve_rules.TEXTURED_PEAK,
        curve_rules.TEXTURED_FAR,
    }
    assert broken(textured) == []
