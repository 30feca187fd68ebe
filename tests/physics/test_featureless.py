"""A crystal without any texture is judged by its rocking curve, whatever its width and gain."""

from __future__ import annotations

import pytest

from benchmarks.physics import curve_rules, draws
from benchmarks.physics.rules import broken


@pytest.mark.parametrize("seed", range(1000, 1010))
def test_the_peak_is_strong_and_the_far_tails_are_weak(model, small, seed):
    figures = list(curve_rules.curve_figures(model, small(draws.featureless(seed))))
    plain = [one for one in figures if one.rule.number == 1]
    assert {one.rule for one in plain} == {curve_rules.PLAIN_NEAR, curve_rules.PLAIN_FAR}
    assert broken(plain) == []


@pytest.mark.parametrize("seed", range(1000, 1006))
def test_the_peak_is_strong_where_the_scan_ends_before_the_tails_do(model, small, seed):
    figures = list(curve_rules.curve_figures(model, small(draws.cut_tails(seed))))
    cut = [one for one in figures if one.rule.number == 1]
    assert [one.rule for one in cut] == [curve_rules.CUT_NEAR]
    assert broken(cut) == []
