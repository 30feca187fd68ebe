"""What cannot be known is not asserted: contradictions, scans without a peak, single frames."""

from __future__ import annotations

import pytest

from benchmarks.physics import doubts, draws
from benchmarks.physics.rules import broken, of_rules


@pytest.fixture(scope="module")
def contradictions(model, crystals):
    """Figures by rule."""
    return of_rules(
        [
            figure
            for name, measured in crystals.items()
            for figure in doubts.contradiction_figures(model, measured, name)
        ]
    )


def test_patches_whose_images_contradict_the_curve_are_ambiguous(contradictions):
    assert broken(contradictions[doubts.CONTRADICTED]) == []


def test_no_scan_with_many_of_them_goes_without_a_warning(contradictions):
    for figure in contradictions.get(doubts.CONTRADICTION_WARNING, []):
        assert broken([figure]) == []


@pytest.mark.parametrize("seed", range(6000, 6004))
@pytest.mark.parametrize(
    ("draw", "rule"),
    [(draws.one_flank, doubts.ONE_FLANK), (draws.any_crystal, doubts.WHOLE_PEAK)],
)
def test_a_scan_of_one_flank_says_so_and_another_does_not(model, small, draw, rule, seed):
    figure = doubts.flank_figure(model, small(draw(seed)))
    assert figure.rule == rule
    assert broken([figure]) == []


@pytest.mark.parametrize(
    ("draw", "rule"),
    [(draws.featureless, doubts.SINGLE_PLAIN), (draws.textured, doubts.SINGLE_TEXTURED)],
)
def test_single_frames_of_foreign_crystals_are_ambiguous(model, small, draw, rule):
    figures = [doubts.single_frames_figure(model, small(draw(seed))) for seed in range(7000, 7005)]
    assert {one.rule for one in figures} == {rule}
    assert broken(figures) == []
