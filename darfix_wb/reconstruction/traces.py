"""What lines leave in one layer: beads where they cross it, streaks where they lie in it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy
from scipy import ndimage
from skimage.segmentation import watershed

from ..robust import robust_deviation
from .centre_lines import centre_line
from .grouping import group_numbers

SMOOTHING_UM = 0.15
"""Standard deviation of the Gaussian that beads are looked for in."""

DETECTOR_SMOOTHING_UM = 0.1
DETECTOR_SIGMA = numpy.float32(10.0)
"""What the detector's certainty counts, in sigma of the smoothed image."""

GRID_UM = 0.1
"""Pixels are put together up to this size."""

APART_UM = 0.4
"""Two maxima nearer than this are one bead."""

CREST_UM = 0.25
"""Two maxima along a streak nearer than this are one crest."""

SADDLE = 0.8
"""Two maxima are one trace where the saddle between them is higher than this part of the lower."""

HALF = 0.5
"""A trace is what exceeds this part of its maximum."""

STREAK_UM = 1.2
"""A trace longer than this is a streak, and gets a centre line."""

_ENOUGH = 250_000


@dataclass(frozen=True, eq=False)
class Traces:
    """The traces of one layer, one row for each.

    Attributes
    ----------
    place_um : numpy.ndarray
        ``(n, 2)`` float64: centroid (row, column).
    half_um : numpy.ndarray
        ``(n, 2)`` float64: from the centroid to an end, along the long axis; nearly 0 for beads.
    score : numpy.ndarray
        ``(n,)`` float64: evidence, see `find_traces`.
    uncertainty_um : numpy.ndarray
        ``(n,)`` float64: standard deviation of the centroid across the trace.
    paths : tuple of numpy.ndarray or None
        ``(m, 2)`` float64 centre line (row, column) of each streak, None for beads.
    crests : tuple of numpy.ndarray or None
        ``(m, 3)`` float64 maxima along each streak (row, column, evidence), None for beads.
    """

    place_um: numpy.ndarray
    half_um: numpy.ndarray
    score: numpy.ndarray
    uncertainty_um: numpy.ndarray
    paths: tuple[numpy.ndarray | None, ...]
    crests: tuple[numpy.ndarray | None, ...]

    def __len__(self) -> int:
        return len(self.score)

    def moved(self, offset_um: numpy.ndarray) -> Traces:
        """The same traces, less an offset (row, column) in um."""
        return replace(
            self,
            place_um=self.place_um - offset_um,
            paths=tuple(path if path is None else path - offset_um for path in self.paths),
            crests=tuple(
                crest if crest is None else crest - [*offset_um, 0] for crest in self.crests
            ),
        )


NO_TRACES = Traces(numpy.empty((0, 2)), numpy.empty((0, 2)), *(numpy.empty(0),) * 2, (), ())
"""Of a layer without any."""


def find_traces(
    image: numpy.ndarray,
    probability: numpy.ndarray,
    pitch_um: tuple[float, float],
    *,
    threshold: float,
) -> Traces:
    """Find beads and streaks in the images of a layer.

    Their evidence is the smoothed dislocation image in sigma of its noise, plus ten times the
    probability of the detector: the image places beads, the detector knows what is none, and sees
    dim streaks.

    Parameters
    ----------
    image : numpy.ndarray
        ``(rows, columns)`` float32: dislocation image; NaN where it says nothing.
    probability : numpy.ndarray
        ``(rows, columns)`` float32: that a line is there; NaN where the detector does not tell.
    pitch_um : tuple of float
        Distance of rows and of columns.
    threshold : float
        Evidence that a trace must reach.
    """
    image, pitch, middle = _binned(image, pitch_um)
    height = significance(image, pitch)
    known = numpy.nan_to_num(_binned(probability, pitch_um)[0])
    known = ndimage.gaussian_filter(known, DETECTOR_SMOOTHING_UM / pitch)
    height[numpy.isfinite(image)] += DETECTOR_SIGMA * known[numpy.isfinite(image)]
    above = height > threshold * HALF
    parts = _parts(height, above, pitch, threshold)
    count = int(parts.max(initial=0))
    if count == 0:
        return NO_TRACES
    peak = _highest(height, parts, count)
    core = numpy.where(height >= HALF * numpy.append(0, peak)[parts], parts, 0)
    place, half, width = _moments(core, height, count, pitch)
    long = 2 * numpy.linalg.norm(half, axis=1) > STREAK_UM
    boxes = ndimage.find_objects(core)
    paths = tuple(
        centre_line(core[box] == number, pitch, [side.start for side in box]) + middle
        if long[number - 1]
        else None
        for number, box in enumerate(boxes, start=1)
    )
    crests = _crests(height, parts, long, pitch, middle)
    return Traces(place + middle, half, peak, width / peak, paths, crests)


def significance(image: numpy.ndarray, pitch_um: numpy.ndarray) -> numpy.ndarray:
    """The image smoothed over its valid pixels, over its own spread where nothing is.

    Returns
    -------
    numpy.ndarray
        ``(rows, columns)`` float32; 0 where nothing is valid.
    """
    valid = numpy.isfinite(image)
    sigma = SMOOTHING_UM / numpy.asarray(pitch_um)
    weight = ndimage.gaussian_filter(valid.astype(numpy.float32), sigma, mode="constant")
    smooth = ndimage.gaussian_filter(numpy.nan_to_num(image), sigma, mode="constant")
    # Noise falls as the square root of what was averaged: a half-covered pixel is noisier.
    smooth = numpy.divide(smooth, numpy.sqrt(weight), out=smooth, where=weight > 0.25)
    known = smooth[valid & (weight > 0.25)]
    if not len(known):
        return numpy.zeros_like(smooth)
    known = known[:: max(len(known) // _ENOUGH, 1)]
    smooth -= numpy.median(known)
    smooth[~valid | (weight <= 0.25)] = 0
    return smooth / max(robust_deviation(known), 1e-6)


def _binned(
    image: numpy.ndarray, pitch_um: tuple[float, float]
) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """The means of blocks of valid pixels, their pitch, and the middle of the first block in um."""
    factors = [max(int(GRID_UM / pitch), 1) for pitch in pitch_um]
    rows, columns = (side // factor for side, factor in zip(image.shape, factors, strict=True))
    cut = image[: rows * factors[0], : columns * factors[1]]
    if factors != [1, 1]:
        blocks = cut.reshape(rows, factors[0], columns, factors[1])
        valid = numpy.isfinite(blocks)
        count = valid.sum(axis=(1, 3))
        total = numpy.where(valid, blocks, 0).sum(axis=(1, 3), dtype=numpy.float32)
        cut = numpy.full(count.shape, numpy.nan, numpy.float32)
        numpy.divide(total, count, out=cut, where=2 * count >= factors[0] * factors[1])
    pitch = numpy.multiply(factors, pitch_um)
    return cut, pitch, (numpy.array(factors) - 1) / 2 * pitch_um


def _parts(
    height: numpy.ndarray, above: numpy.ndarray, pitch: numpy.ndarray, threshold: float
) -> numpy.ndarray:
    """``(rows, columns)`` int: the number of the trace that a pixel belongs to, from 1; 0 for none.

    Basins of the maxima, those put together between which no saddle is.
    """
    reach = numpy.ceil(APART_UM / 2 / pitch).astype(int)
    window = [2 * side + 1 for side in reach]
    maxima = (height == ndimage.maximum_filter(height, window)) & (height >= threshold)
    markers, count = ndimage.label(maxima, structure=numpy.ones((3, 3)))
    if count == 0:
        return numpy.zeros(height.shape, numpy.int32)
    basins = watershed(-height, markers, mask=above)
    peak = numpy.append(0, _highest(height, basins, count))
    first, second, saddle = _saddles(basins, height)
    joined = saddle > SADDLE * numpy.minimum(peak[first], peak[second])
    pairs = numpy.column_stack([first[joined], second[joined]])
    return group_numbers(pairs, count + 1)[basins]


def _highest(height: numpy.ndarray, parts: numpy.ndarray, count: int) -> numpy.ndarray:
    """``(count,)`` the maximum of each part; `scipy.ndimage.maximum` sorts the whole image."""
    place = numpy.nonzero(parts)
    peak = numpy.zeros(count + 1, height.dtype)
    numpy.maximum.at(peak, parts[place], height[place])
    return peak[1:]


def _saddles(
    basins: numpy.ndarray, height: numpy.ndarray
) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """Pairs of basins that touch, and the highest point between them."""
    firsts, seconds, heights = [], [], []
    for axis in (0, 1):
        low = tuple(slice(None, -1) if axis == a else slice(None) for a in (0, 1))
        high = tuple(slice(1, None) if axis == a else slice(None) for a in (0, 1))
        a, b = basins[low], basins[high]
        touching = (a != b) & (a > 0) & (b > 0)
        firsts.append(numpy.minimum(a, b)[touching])
        seconds.append(numpy.maximum(a, b)[touching])
        heights.append(numpy.minimum(height[low], height[high])[touching])
    return tuple(numpy.concatenate(part) for part in (firsts, seconds, heights))


def _crests(
    height: numpy.ndarray,
    parts: numpy.ndarray,
    long: numpy.ndarray,
    pitch: numpy.ndarray,
    middle: numpy.ndarray,
) -> tuple[numpy.ndarray | None, ...]:
    """All maxima of each streak, as many saddles as there may be between them."""
    streak = numpy.append(False, long)[parts]
    window = [2 * side + 1 for side in numpy.ceil(CREST_UM / 2 / pitch).astype(int)]
    crests = streak & (height == ndimage.maximum_filter(height, window))
    place = numpy.nonzero(crests)
    found = numpy.column_stack([numpy.transpose(place) * pitch + middle, height[place]])
    number = parts[place]
    return tuple(
        found[number == one] if is_long else None for one, is_long in enumerate(long, start=1)
    )


def _moments(
    core: numpy.ndarray, height: numpy.ndarray, count: int, pitch: numpy.ndarray
) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """Centroids, half extents along the long axis and widths (standard deviation), all in um."""
    place = numpy.nonzero(core)
    number, weight = core[place] - 1, height[place].astype(float)
    total = numpy.bincount(number, weight, minlength=count)

    def mean(values: numpy.ndarray) -> numpy.ndarray:
        return numpy.bincount(number, weight * values, minlength=count) / total

    row, column = (axis * step for axis, step in zip(place, pitch, strict=True))
    centre = numpy.stack([mean(row), mean(column)], axis=1)
    row, column = row - centre[number, 0], column - centre[number, 1]
    own = pitch**2 / 12
    rr, cc, rc = mean(row**2) + own[0], mean(column**2) + own[1], mean(row * column)
    middle, spread = (rr + cc) / 2, numpy.hypot((rr - cc) / 2, rc)
    angle = numpy.arctan2(2 * rc, rr - cc) / 2
    half = numpy.sqrt(3 * 2 * spread)  # of a uniform line as much longer as it is wide
    axis = numpy.stack([numpy.cos(angle), numpy.sin(angle)], axis=1)
    return centre, half[:, None] * axis, numpy.sqrt(numpy.maximum(middle - spread, 0))
