"""Regions of Gram-Schmidt: drawn, checked, found."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.decomposition.region_finder import automatic_regions
from darfix_wb.decomposition.regions import Regions
from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.progress import Monitor

PLAIN = {"strong": [1, 2, 3, 4], "weak_low": [5, 6, 7, 8], "weak_high": [0, 0, 2, 2]}


def test_plain_lists_and_back():
    regions = Regions.from_dict(PLAIN)
    assert regions.strong == (1, 2, 3, 4)
    assert regions.to_dict() == PLAIN
    assert list(regions.areas) == [12, 56, 4]
    assert regions.slices()[0] == (slice(1, 4), slice(2, 6))


def test_a_missing_region_is_named():
    with pytest.raises(DarfixWBError, match=r"must have strong, weak_low, weak_high, got strong\."):
        Regions.from_dict({"strong": [0, 0, 1, 1]})
    with pytest.raises(DarfixWBError, match=r"got none\. Draw one of each"):
        Regions.from_dict({})


@pytest.mark.parametrize(
    "wrong", [[1, 2, 3], [0, 0, 1.5, 2], None, ["a", 0, 1, 1], [0, 0, 1, 1e99]]
)
def test_a_region_is_four_whole_numbers(wrong):
    with pytest.raises(DarfixWBError, match=r"four whole numbers.*for weak_low\. Correct it"):
        Regions.from_dict({**PLAIN, "weak_low": wrong})


@pytest.mark.parametrize(
    "outside", [[-1, 0, 4, 4], [0, 0, 0, 4], [18, 0, 4, 4], [0, 28, 4, 4], [0, -1, 4, 4]]
)
def test_regions_lie_inside_the_frame(outside):
    regions = Regions.from_dict({**PLAIN, "weak_high": outside})
    with pytest.raises(DarfixWBError, match=r"inside the frame of 20x30 px, got weak_high"):
        regions.check_inside((20, 30))
    Regions.from_dict(PLAIN).check_inside((12, 14))


def _crystal(patched_of, shape=(200, 240)):
    """A crystal of one peak, with a defect on the left for either flank, and no light right."""
    steps = numpy.arange(21)[:, None, None]
    curve = numpy.exp(-0.5 * ((steps - 10) / 2) ** 2)
    frames = 500 * curve * numpy.ones(shape)
    frames[:, :, 120:] *= 0.5
    frames[:, 50:100, 20:70] += 200 * numpy.exp(-0.5 * ((steps - 4) / 1.5) ** 2)
    frames[:, 120:170, 20:70] += 200 * numpy.exp(-0.5 * ((steps - 16) / 1.5) ** 2)
    frames[:, :, 200:] = 3
    return patched_of(frames, 40)


def test_automatic_regions_find_crystal_and_flanks(patched_of):
    regions = automatic_regions(_crystal(patched_of))
    assert regions.weak_low == (50, 20, 50, 50)
    assert regions.weak_high == (120, 20, 50, 50)
    row, column, height, width = regions.strong
    assert (height, width) == (50, 50)
    assert column + width <= 120
    assert column >= 70 or row + height <= 50 or row >= 170 or 100 <= row <= 120


def test_smaller_frames_have_smaller_windows(tilted):
    regions = automatic_regions(tilted)
    assert {value[2:] for value in (regions.strong, regions.weak_low, regions.weak_high)} == {
        (15, 15)
    }
    regions.check_inside((64, 96))
    assert regions.strong[1] + 15 <= 96 - 8  # off the unlit margin


def test_two_motors_count_steps_within_each_curve(patched_of):
    one = _crystal(patched_of)
    frames = numpy.concatenate([one.scan.frames, one.scan.frames])
    two = patched_of(frames, 40, curves=numpy.arange(42).reshape(2, 21))
    assert automatic_regions(two) == automatic_regions(one)


def test_no_signal_no_regions(patched_of):
    with pytest.raises(DarfixWBError, match=r"got none\. Draw the regions"):
        automatic_regions(patched_of(numpy.ones((5, 32, 32))))


def test_it_can_be_cancelled(tilted):
    with pytest.raises(OperationCancelled, match="The choice of regions was cancelled"):
        automatic_regions(tilted, monitor=Monitor(cancelled=lambda: True))
