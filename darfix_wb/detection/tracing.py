"""From the probability of each pixel to lines."""

from __future__ import annotations

import numpy
from scipy import ndimage
from skimage.measure import label
from skimage.morphology import h_maxima, skeletonize
from skimage.segmentation import watershed

from ..errors import DarfixWBError
from ..truth import CONNECTED
from .lines import Lines

THRESHOLD = 0.5
"""Probability that a line reaches."""

PROMINENCE = 0.2
"""Two maxima with a saddle lower than this below them are two lines."""

LEAST_PX = 9
"""A third of what a spot of 3 px radius covers; anything smaller is a speck."""

SPUR_PX = 4
"""A branch shorter than this is no line."""

FLANK_SIDE_PX = 7
"""Flanks are held against each other up to 3 px beside a centre line."""

TWO_SPOTS_PX = 40
"""A connected part smaller than this cannot be two spots of 28 px each that touch."""


def check_line_threshold(threshold: float) -> None:
    """Refuse what is no probability that a line may reach.

    Raises
    ------
    DarfixWBError
        If it is not above 0 and below 1.
    """
    if not 0 < threshold < 1:
        raise DarfixWBError(
            f"line_threshold must be a probability above 0 and below 1, got {threshold:g}. Choose "
            f"for example {THRESHOLD:g}."
        )


def trace_lines(
    probability: numpy.ndarray,
    low: numpy.ndarray,
    high: numpy.ndarray,
    *,
    threshold: float = THRESHOLD,
) -> Lines:
    """Thin what exceeds a probability to centre lines.

    Pixels above the threshold are split at the saddles between maxima of the probability, thinned
    (Zhang and Suen, Comm. ACM 27, 236, 1984) and parted where three lines or more meet; each
    connected rest is a line.

    Parameters
    ----------
    probability : numpy.ndarray
        ``(height, width)`` float32, NaN where nothing is lit.
    low, high : numpy.ndarray
        ``(height, width)`` float32: the dislocation images of the flanks, in sigma.
    threshold : float
        Probability that a line reaches, between 0 and 1.

    Raises
    ------
    DarfixWBError
        If the threshold is out of its range.

    Examples
    --------
    >>> rows, columns = numpy.indices((40, 60))
    >>> line = numpy.exp(-(((rows - 11) / 4) ** 2)) * (abs(columns - 30) < 20)
    >>> spot = 0.8 * numpy.exp(-((rows - 30) ** 2 + (columns - 20) ** 2) / 16)
    >>> probability = (line + spot).astype(numpy.float32)
    >>> lines = trace_lines(probability, 9 * probability, 0 * probability)
    >>> lines.row.round().tolist(), lines.asymmetry.tolist()
    ([11.0, 30.0], [-1.0, -1.0])
    >>> [bool(abs(value) < 1) for value in (lines.direction[0], lines.score[0] - 1)]
    [True, True]
    """
    check_line_threshold(threshold)
    probability = numpy.nan_to_num(probability)
    centres = _parted_at_junctions(skeletonize(separate(probability, threshold)))
    numbered, count = label(centres, return_num=True, connectivity=2)
    pixels = _LinePixels(numbered, count)
    low, high = (pixels.mean(_beside(image)[pixels.place]) for image in (low, high))
    either = low + high
    columns = {
        "row": pixels.mean(pixels.place[0]),
        "column": pixels.mean(pixels.place[1]),
        "length": _lengths(numbered, count),
        "direction": pixels.directions(),
        "score": pixels.mean(probability[pixels.place]),
        "asymmetry": numpy.divide(high - low, either, out=numpy.zeros(count), where=either > 0),
    }
    columns = {name: numpy.asarray(one, numpy.float32) for name, one in columns.items()}
    return Lines(**columns, index_map=numbered.astype(numpy.int32) - 1)


def separate(probability: numpy.ndarray, threshold: float = THRESHOLD) -> numpy.ndarray:
    """Pixels that reach the threshold, without specks, parted at saddles.

    Parameters
    ----------
    probability : numpy.ndarray
        ``(height, width)`` float32, finite.
    threshold : float
        Probability that a line reaches, between 0 and 1.

    Returns
    -------
    numpy.ndarray
        ``(height, width)`` bool; lines that touch have a seam of one pixel between them.
    """
    above = probability >= threshold
    numbered, _ = label(above, return_num=True, connectivity=2)
    for number, box in enumerate(ndimage.find_objects(numbered), start=1):
        own = numbered[box] == number
        if own.sum() < LEAST_PX:
            above[box][own] = False
        elif own.sum() >= TWO_SPOTS_PX:
            above[box][own] = _parted(numpy.where(own, probability[box], 0))[own]
    return above


def _parted(probability: numpy.ndarray) -> numpy.ndarray:
    """``(rows, columns)`` bool: one connected part without the seams between its maxima."""
    padded = numpy.pad(probability, 1)
    maxima = label(h_maxima(padded, PROMINENCE), connectivity=2)
    parts = watershed(-padded, maxima, mask=padded > 0, watershed_line=True)
    return parts[1:-1, 1:-1] > 0


def _parted_at_junctions(centres: numpy.ndarray) -> numpy.ndarray:
    """Centre lines without the pixels where three or more meet, and without short spurs there.

    Such a pixel has three or more neighbours that do not touch each other (crossing number,
    Rutovitz, J. Royal Statistical Society A 129, 504, 1966), or four that do.
    """
    ring = _ring(numpy.pad(centres, 1))
    pairs = zip(ring, (*ring[1:], ring[0]), strict=True)
    steps = sum((after > before).astype(numpy.int8) for before, after in pairs)
    junctions = ndimage.binary_dilation(centres & ((steps > 2) | (sum(ring) > 3)), CONNECTED)
    if not junctions.any():
        return centres
    parted = centres & ~junctions
    numbered, count = label(parted, return_num=True, connectivity=2)
    length = numpy.bincount(numbered.ravel(), minlength=count + 1)
    beside = numpy.zeros(count + 1, dtype=bool)
    beside[numbered[ndimage.binary_dilation(junctions, CONNECTED)]] = True
    return parted & ~(beside & (length < SPUR_PX))[numbered]


def _ring(padded: numpy.ndarray) -> tuple[numpy.ndarray, ...]:
    """The eight neighbours of each pixel, one after the other around it, as integers."""
    height, width = (side - 2 for side in padded.shape)
    around = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))
    whole = padded.astype(numpy.int8)
    return tuple(whole[i : i + height, j : j + width] for i, j in around)


class _LinePixels:
    """The pixels of the centre lines, and means along each line."""

    def __init__(self, numbered: numpy.ndarray, count: int) -> None:
        self.place = numpy.nonzero(numbered)
        self._line, self._count = numbered[self.place] - 1, count
        self._n = numpy.bincount(self._line, minlength=count)

    def mean(self, values: numpy.ndarray) -> numpy.ndarray:
        """``(n_lines,)`` float64: means along each line of a value at each pixel."""
        return numpy.bincount(self._line, values, minlength=self._count) / self._n

    def directions(self) -> numpy.ndarray:
        """``(n_lines,)`` degree: of the long axis of each line, -90 to 90; 0 for spots."""
        down, right = (one - self.mean(one)[self._line] for one in self.place)
        across = self.mean(right**2) - self.mean(down**2)
        return numpy.rad2deg(numpy.arctan2(2 * self.mean(down * right), across) / 2)


def _beside(image: numpy.ndarray) -> numpy.ndarray:
    """``(height, width)``: mean of what shows up to 3 px away."""
    return ndimage.uniform_filter(numpy.maximum(numpy.nan_to_num(image), 0), FLANK_SIDE_PX)


def _lengths(numbered: numpy.ndarray, count: int) -> numpy.ndarray:
    """``(n,)`` float64: along the steps between neighbouring pixels of each line, and one pixel."""
    length = numpy.ones(count + 1)
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        first, second = _shifted(numbered, down, right)
        straight = not (down and right)
        joined = (first == second) & (first > 0)
        if not straight:  # no short cut beside a corner
            corner_a, corner_b = _corners(numbered, right)
            joined &= (corner_a != first) & (corner_b != first)
        steps = numpy.bincount(first[joined], minlength=count + 1)
        length += steps * numpy.hypot(down, right)
    return length[1:]


def _shifted(numbered: numpy.ndarray, down: int, right: int) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Pixels, and those that lie so many rows and columns further."""
    height, width = numbered.shape
    if right < 0:
        return numbered[: height - down, -right:], numbered[down:, : width + right]
    return numbered[: height - down, : width - right], numbered[down:, right:]


def _corners(numbered: numpy.ndarray, right: int) -> tuple[numpy.ndarray, numpy.ndarray]:
    """The two other pixels of the square between diagonal neighbours."""
    if right < 0:
        return numbered[1:, 1:], numbered[:-1, :-1]
    return numbered[:-1, 1:], numbered[1:, :-1]
