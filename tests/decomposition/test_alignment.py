"""Sub-grains: found by their centre of mass, moved with edge filling."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.decomposition.alignment import (
    NO_SHIFTS,
    LowEnd,
    Shifts,
    centre_of_mass,
    log2_counts,
    sub_grain_shifts,
)
from darfix_wb.decomposition.gram_schmidt import gram_schmidt


@pytest.fixture(scope="module")
def grains(mixture):
    """`mixture` of 40 frames, in which the lower right part peaks 12 steps late."""
    logs, _, _ = mixture(n_frames=40)
    logs[:, 20:, 20:] = numpy.roll(logs[:, 20:, 20:], 12, axis=0)
    return logs


def test_centre_of_mass_is_blurred_and_nan_where_nothing_shows(patched_of):
    logs = numpy.zeros((7, 40, 40))
    logs[2, :, :10] = 5
    logs[4, :, 6:10] = 5
    centre = centre_of_mass(patched_of(2**logs))
    assert centre[20, 0] == pytest.approx(2)
    # Five pixels at 2 and four at 3: pixels without counts are left out of the mean.
    assert centre[20, 5] == pytest.approx((5 * 2 + 4 * 3) / 9)
    assert centre[20, 12] == pytest.approx(3)
    assert numpy.isnan(centre[:, 15:]).all()


def test_large_regions_far_from_the_median_are_moved():
    centre = numpy.full((30, 30), 20.0)
    centre[:10, :10] = 33.4
    centre[20:, 20:] = 8.0
    centre[15, 15] = 40  # too small
    centre[0, 29] = numpy.nan
    shifts = sub_grain_shifts(centre)
    found = shifts.values[shifts.index]
    # Of three areas, the largest two tie at the 99.5th percentile.
    assert found[0, 0] == 13
    assert found[25, 25] == -12
    assert found[15, 15] == found[0, 29] == found[12, 12] == 0
    assert sub_grain_shifts(centre, tau=25.0) is NO_SHIFTS
    assert sub_grain_shifts(numpy.full((4, 4), numpy.nan)) is NO_SHIFTS


def test_aligned_frames_stay_within_their_curve():
    curves = numpy.array([[0, 2, 4], [5, 3, 1]])
    sources = Shifts(numpy.array([0, 1, -2])).sources(curves, 6)
    assert list(sources[0]) == [0, 1, 2, 3, 4, 5]
    assert list(sources[1][curves[0]]) == [2, 4, 4]
    assert list(sources[1][curves[1]]) == [3, 1, 1]
    assert list(sources[2][curves[0]]) == [0, 0, 0]


def _aligned(logs, shift):
    """The stack itself moved by whole frames, its ends kept."""
    moved = logs.copy()
    ends = numpy.clip(numpy.arange(len(logs)) + shift, 0, len(logs) - 1)
    moved[:, 20:, 20:] = logs[ends][:, 20:, 20:]
    return moved


def test_alignment_is_that_of_the_whole_stack(patched_of, grains, three_regions, monkeypatch):
    index = numpy.zeros((32, 40), dtype="uint8")
    index[20:, 20:] = 1
    shifts = Shifts(numpy.array([0, 12]), index)
    monkeypatch.setattr(
        "darfix_wb.decomposition.gram_schmidt.sub_grain_shifts", lambda centre, tau: shifts
    )
    patched = patched_of(2**grains)
    streamed = gram_schmidt(patched, regions=three_regions, align=True)
    low = LowEnd(patched)
    for frame in patched.scan.iter_frames():
        low.add(log2_counts(frame, patched))
    stack = _aligned(grains, 12) - low.percentile()
    naive = numpy.tensordot(streamed.curves.T, stack, axes=1)
    numpy.testing.assert_allclose(streamed.images, naive, rtol=1e-4, atol=1e-4)
    assert streamed.note == "sub-grains moved by +12 frames"
    # Scores are of the frames as they were taken: the sub-grain is strong 12 frames later.
    scores = streamed.scores[:, 3, 4]
    expected = gram_schmidt(patched_of(2 ** _aligned(grains, 12)), regions=three_regions).scores[
        :, 3, 4
    ]
    assert scores[12:].argmax() == expected[:-12].argmax()
    numpy.testing.assert_allclose(scores[14:36], expected[2:24], atol=0.3)


def test_sub_grains_are_found_only_where_they_are(patched_of, grains, mixture, three_regions):
    moved = gram_schmidt(patched_of(2**grains), regions=three_regions, align=True, tau=2.0)
    assert moved.note.startswith("sub-grains moved by")
    logs, _, _ = mixture()
    plain = gram_schmidt(patched_of(2**logs), regions=three_regions)
    same = gram_schmidt(patched_of(2**logs), regions=three_regions, align=True)
    numpy.testing.assert_array_equal(same.images, plain.images)
    assert same.note == plain.note == ""
