"""Find the invalid pixels of a scan in some of its frames."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numba
import numpy
from scipy.ndimage import binary_dilation

from ..patches import plain_counts
from .defect_lines import defect_lines
from .isolated import LEAST_SIGMA, excess, isolated_pixels
from .mask import PixelMask

SAMPLE_SIZE = 12
"""Frames that are looked at, spread evenly over the scan."""

LINE_DEFECT = "in a row or column that differs"
"""Reason for which whole rows and columns are invalid."""

LEAST_FRAMES = 3
"""Frames that differ; with fewer, a value that stays the same tells nothing."""

BACKGROUND_SHARE = 0.1
"""A value that more of the values of other pixels have is the background, e.g. a clipped one."""

OFFSET_SIGMA = 5.0
"""0 is no count where nearly all counts lie this many standard deviations of noise above it."""

LOW_PERCENTILE = 10.0
MOST_ZEROS = 0.5
SUBSAMPLE = 2**18
LARGE = 2**20

WRAPPED = -(2**14)
LEAST_WRAPPED = 10
"""Pixels below; no detector counts so far below its dark level."""

ROWS = 64

LEAST_SHARE = 1 / 3
"""A hot pixel stands out in one half of the frames by this share of what it does in the other."""


def find_invalid_pixels(frames: Sequence[numpy.ndarray]) -> PixelMask:
    """Find the pixels that hold no counts.

    These are pixels that are NaN in most frames, that have the largest value of an integer type, or
    the same value in all frames unless other pixels often have it, too (a subtracted and clipped
    background); that are 0 or negative where the detector has an offset; rows and columns that
    differ from those beside them; and hot and dead pixels, which stand out from their neighbours in
    both halves of the frames.

    Parameters
    ----------
    frames : sequence of numpy.ndarray
        ``(height, width)`` each, of one dtype, spread over the scan. Frames of one value, and
        frames that repeat the one before, say nothing.

    Returns
    -------
    PixelMask
        It may have no invalid pixel.

    Examples
    --------
    >>> rng = numpy.random.default_rng(0)
    >>> frames = rng.normal(100, 4, (8, 64, 64)).round().astype(numpy.uint16)
    >>> frames[:, 10:12] = 0
    >>> frames[:, 40, 40] += 200
    >>> mask = find_invalid_pixels(frames)
    >>> mask.reasons, mask.zeros_are_counts
    ({'0 or negative': 128, 'hot': 1}, False)
    """
    dtype = frames[0].dtype
    frames = [plain_counts(frame) for frame in _telling(frames)]
    frames, lost = _without_nan(frames)
    low, high, sums = _summarise(frames)
    zeros_are_counts = _zeros_are_counts(frames, _varying(low, high), whole=dtype.kind in "ui")
    mask = PixelMask(
        numpy.zeros(low.shape, dtype=bool),
        zeros_are_counts=zeros_are_counts,
        wrapped=bool(dtype == numpy.int16 and (low < WRAPPED).sum() >= LEAST_WRAPPED),
    )
    if dtype.kind == "f":
        mask = mask.add("NaN", lost)
    else:
        largest = numpy.array(numpy.iinfo(dtype).max).astype(low.dtype)
        mask = mask.add("largest value of the data type", low == largest)
    if not zeros_are_counts:
        shifted = bool(((low <= 0) & (high > 0)).any())
        empty = high <= 0
        mask = mask.add("0 or negative", binary_dilation(empty) if shifted else empty)
    if len(frames) >= LEAST_FRAMES:
        mask = mask.add("same value in all frames", _stuck(frames, low, high))
        mask = mask.add(LINE_DEFECT, defect_lines(mask.mend(low), _noise(frames, mask)))
    bright, dark = _isolated(mask, sums)
    return mask.add("hot", bright).add("dead", dark)


def _noise(frames: Sequence[numpy.ndarray], mask: PixelMask) -> float:
    """Standard deviation of a pixel in one frame, where the frames are darkest."""
    darkest = min(frames, key=lambda frame: frame[::16, ::16].mean())
    values = mask.mend(darkest)[:: max(1, len(darkest) // 128)].astype(float)
    return 1.4826 * float(numpy.median(numpy.abs(numpy.diff(values)))) / numpy.sqrt(2)


def _isolated(mask: PixelMask, sums: numpy.ndarray) -> list[numpy.ndarray]:
    """Hot and dead pixels: they stand out in the sum of all frames, and in each half of them."""
    whole = mask.mend(sums[0] + sums[1])
    found = isolated_pixels(whole)
    if mask.zeros_are_counts:  # few counts: the noise of single photons is not that of the block
        found = [pixels[_significant(whole, pixels)] for pixels in found]
    if not sums[1].any():
        return found
    return [pixels[_in_both(sums, pixels)] for pixels in found]


def _significant(image: numpy.ndarray, pixels: numpy.ndarray) -> numpy.ndarray:
    noise = numpy.sqrt(numpy.abs(image.flat[pixels]))
    return numpy.abs(excess(image, pixels)) > LEAST_SIGMA * noise


def _in_both(sums: numpy.ndarray, pixels: numpy.ndarray) -> numpy.ndarray:
    """Whether each half has its share in what stands out: a flash, or a line on one flank, has not.

    Half of the scan is one flank of the rocking curve, in most scans.
    """
    first, second = (excess(half, pixels) for half in sums)
    smaller, larger = numpy.sort(numpy.abs([first, second]), axis=0)
    return (first * second > 0) & (smaller > LEAST_SHARE * larger)


def _telling(frames: Sequence[numpy.ndarray]) -> list[numpy.ndarray]:
    """Frames that show something, each once; all where none does."""
    kept: list[numpy.ndarray] = []
    for frame in frames:
        if not _same(frame, frame.flat[0]) and not (kept and _same(frame, kept[-1])):
            kept.append(frame)
    return kept or list(frames[:1])


def _same(frame: numpy.ndarray, other: numpy.ndarray) -> bool:
    """Whether all pixels are equal; a few rows tell that they are not."""
    some = slice(None, None, 97)
    few = other[some] if numpy.ndim(other) else other
    return bool((frame[some] == few).all() and (frame == other).all())


def _without_nan(frames: list[numpy.ndarray]) -> tuple[list[numpy.ndarray], numpy.ndarray]:
    """Frames in which a pixel that is not finite has its lowest finite value, 0 where it has none.

    And the pixels that are not finite in most frames, ``(height, width)`` bool.
    """
    if frames[0].dtype.kind != "f":
        return frames, numpy.zeros(frames[0].shape, dtype=bool)
    counts = numpy.zeros(frames[0].shape, dtype=numpy.uint8)
    for frame in frames:
        counts += ~numpy.isfinite(frame)
    if counts.any():
        finite = [numpy.where(numpy.isfinite(frame), frame, numpy.inf) for frame in frames]
        lowest = reduce(numpy.minimum, finite)
        lowest[numpy.isinf(lowest)] = 0
        frames = [numpy.where(numpy.isinf(frame), lowest, frame) for frame in finite]
    return frames, 2 * counts > len(frames)


def _summarise(frames: Sequence[numpy.ndarray]) -> tuple[numpy.ndarray, ...]:
    """Lowest and highest value of each pixel, and the sums over the first and the second half."""
    shape, dtype = frames[0].shape, frames[0].dtype
    low, high = numpy.empty(shape, dtype), numpy.empty(shape, dtype)
    sums = numpy.zeros((2, *shape), numpy.float32)
    for top in range(0, shape[0], ROWS):
        rows = slice(top, top + ROWS)
        low[rows] = high[rows] = frames[0][rows]
        for number, frame in enumerate(frames):
            _take_in(frame[rows], low[rows], high[rows], sums[2 * number // len(frames), rows])
    return low, high, sums


@numba.njit(nogil=True, cache=True)
def _take_in(frame, low, high, total):
    for row in range(frame.shape[0]):
        for column in range(frame.shape[1]):
            value = frame[row, column]
            low[row, column] = min(low[row, column], value)
            high[row, column] = max(high[row, column], value)
            total[row, column] += value


def _varying(low: numpy.ndarray, high: numpy.ndarray) -> numpy.ndarray:
    """Pixels whose values differ; all where there is only one frame."""
    varying = low != high
    return varying if varying.any() else ~varying


def _zeros_are_counts(
    frames: Sequence[numpy.ndarray], varying: numpy.ndarray, *, whole: bool
) -> bool:
    """Whether a right pixel may count 0: the detector has no offset, or it was subtracted.

    Only pixels that vary tell; `whole` says that counts are whole numbers.
    """
    values, differences = _subsample(frames, varying)
    positive = values[values > 0]
    if positive.size <= (1 - MOST_ZEROS) * values.size:
        return True
    sigma = 1.4826 * float(numpy.median(numpy.abs(differences))) / numpy.sqrt(2)
    if whole:
        sigma = max(sigma, 1.0)
    low = float(numpy.percentile(positive, LOW_PERCENTILE))
    negative = numpy.unique(values[values < 0])
    return bool(low <= OFFSET_SIGMA * sigma or negative.size > 1)


def _subsample(
    frames: Sequence[numpy.ndarray], wanted: numpy.ndarray
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Finite values of some pixels of all frames, and differences of those that are adjacent."""
    rows = slice(None, None, max(1, wanted.size // LARGE))
    wanted = numpy.ascontiguousarray(wanted[rows]).reshape(-1)
    pairs = numpy.flatnonzero(wanted[:-1] & wanted[1:])
    pairs = pairs[:: max(1, pairs.size * len(frames) // SUBSAMPLE)]
    values = [frame[rows].reshape(-1)[[pairs, pairs + 1]] for frame in frames]
    pairs = numpy.concatenate(values, axis=1).T.astype(float)
    lit = pairs[(pairs > 0).all(axis=1)]
    differences = lit[:, 1] - lit[:, 0]
    return pairs.ravel(), differences if differences.size else numpy.zeros(1)


def _stuck(
    frames: Sequence[numpy.ndarray], low: numpy.ndarray, high: numpy.ndarray
) -> numpy.ndarray:
    """Pixels of one value in all frames, which is not the background."""
    stuck = low == high
    if stuck.any() and not stuck.all():
        places = numpy.flatnonzero(~stuck)
        places = places[:: max(1, len(places) * len(frames) // SUBSAMPLE)]
        others = numpy.concatenate([frame.reshape(-1)[places] for frame in frames])
        known, counts = numpy.unique(others, return_counts=True)
        background = known[counts > BACKGROUND_SHARE * others.size]
        stuck &= ~numpy.isin(low, background)
        return stuck
    return numpy.zeros_like(stuck)
