"""Which dark levels can be those of the frames."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.dark_level import check_dark_level
from darfix_wb.errors import DarfixWBError

MEANS = numpy.array([[[100.0, 101.0], [103.0, 400.0]], [[100.0, 99.0], [104.0, numpy.nan]]])


@pytest.mark.parametrize("level", [0.0, 99.0, 103.0, numpy.full((2, 2), 99.0)])
def test_levels_that_can_be(level):
    check_dark_level(level, MEANS, noise=4.0)


@pytest.mark.parametrize("level", [106.0, 65535.0, numpy.full((2, 2), 130.0)])
def test_a_level_above_the_median(level):
    with pytest.raises(DarfixWBError, match=r"below the median of the frames \(101 counts\), got"):
        check_dark_level(level, MEANS, noise=4.0)


def test_a_negative_level():
    with pytest.raises(
        DarfixWBError, match="must not be negative where no frame has negative counts, got -5"
    ):
        check_dark_level(-5.0, MEANS)
    check_dark_level(-5.0, MEANS - 100.0)
