"""Single pixels that stand out from those around them, as no image on a scintillator can."""

from __future__ import annotations

import numba
import numpy

LEAST_SIGMA = 4.0
"""A pixel stands out by this many standard deviations of such differences around it."""

LEAST_RATIO = 3.0
"""And by this many times as much as its second most outstanding neighbour: lines and spots, which
the optics blur over several pixels, do not."""

LEAST_RANGES = 2.0
"""And by this many times the range of the neighbours, the lowest and the highest left out: where a
bright part begins, its noise is not that of the block."""

BLOCK = 32
_OUTLIER = 4.0
_SIGMA_PER_MEAN = 1.2533
"""Standard deviation over mean absolute value of normal values."""


def isolated_pixels(
    image: numpy.ndarray, *, least_sigma: float = LEAST_SIGMA
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Pixels that stand out alone, or in pairs, from the eight around each.

    Parameters
    ----------
    image : numpy.ndarray
        ``(height, width)`` float32, finite.
    least_sigma : float
        How far they stand out, in the local standard deviation of a pixel's difference from the
        mean of its neighbours.

    Returns
    -------
    bright, dark : numpy.ndarray
        ``(n,)`` int64 each, flat indices of the pixels.

    Examples
    --------
    >>> image = numpy.random.default_rng(0).normal(100, 1, (64, 64))
    >>> image[20, 30] += 20
    >>> image[40] += 20
    >>> bright, dark = isolated_pixels(image)
    >>> bright.tolist(), dark.tolist()
    ([1310], [])
    """
    image = numpy.pad(numpy.asarray(image, numpy.float32), 1, mode="reflect")
    difference = _difference(image)
    rows, columns = (-(-side // BLOCK) for side in difference.shape)
    limits = _spread(difference, numpy.empty((rows, columns), numpy.float32))
    limits *= numpy.float32(least_sigma)
    candidates = _candidates(difference, limits)
    signs = numpy.sign(difference.reshape(-1)[candidates])
    alone = _alone(image, candidates, signs, limits, difference.shape[1])
    return candidates[alone & (signs > 0)], candidates[alone & (signs < 0)]


def excess(image: numpy.ndarray, pixels: numpy.ndarray) -> numpy.ndarray:
    """How far some pixels lie from the mean of the four beside each.

    Parameters
    ----------
    image : numpy.ndarray
        ``(height, width)`` float.
    pixels : numpy.ndarray
        ``(n,)`` int64, flat indices.

    Returns
    -------
    numpy.ndarray
        ``(n,)`` float32.
    """
    height, width = image.shape
    rows, columns = numpy.divmod(pixels, width)
    above, below = numpy.abs(rows - 1), height - 1 - numpy.abs(height - 2 - rows)
    left, right = numpy.abs(columns - 1), width - 1 - numpy.abs(width - 2 - columns)
    vertical = image[above, columns] + image[below, columns]
    return image[rows, columns] - (vertical + image[rows, left] + image[rows, right]) / 4


@numba.njit(nogil=True, cache=True)
def _difference(padded):
    """Each pixel less the mean of the four beside it."""
    height, width = padded.shape[0] - 2, padded.shape[1] - 2
    difference = numpy.empty((height, width), numpy.float32)
    quarter = numpy.float32(0.25)
    for i in range(height):
        above, own, below = padded[i], padded[i + 1], padded[i + 2]
        for j in range(width):
            around = above[j + 1] + below[j + 1] + own[j] + own[j + 2]
            difference[i, j] = own[j + 1] - quarter * around
    return difference


@numba.njit(nogil=True, cache=True, fastmath={"reassoc"})
def _spread(difference, spread):
    """Local standard deviations, by the mean absolute value without outliers, of blocks."""
    rough = numpy.float32(0)
    for i in range(0, difference.shape[0], 8):
        total = numpy.float32(0)
        for j in range(difference.shape[1]):
            total += abs(difference[i, j])
        rough += total / difference.shape[1]
    rough /= -(-difference.shape[0] // 8)
    for row in range(spread.shape[0]):
        for column in range(spread.shape[1]):
            block = difference[
                row * BLOCK : (row + 1) * BLOCK, column * BLOCK : (column + 1) * BLOCK
            ]
            mean = _mean_below(block, numpy.float32(numpy.inf))
            mean = _mean_below(block, numpy.float32(_OUTLIER) * mean)
            spread[row, column] = _SIGMA_PER_MEAN * max(mean, rough / 4)
    return spread


@numba.njit(nogil=True, cache=True, fastmath={"reassoc"})
def _mean_below(block, limit):
    """Mean absolute value, values above a limit left out."""
    total, count = numpy.float32(0), numpy.float32(0)
    for i in range(block.shape[0]):
        for j in range(block.shape[1]):
            value = abs(block[i, j])
            inside = numpy.float32(1) if value <= limit else numpy.float32(0)
            total += value * inside
            count += inside
    return total / max(count, numpy.float32(1))


@numba.njit(nogil=True, cache=True)
def _candidates(difference, limits):
    """Flat indices of pixels that differ by more than the limit of their block."""
    height, width = difference.shape
    found = []
    for i in range(height):
        for block in range(limits.shape[1]):
            limit = limits[i // BLOCK, block]
            for j in range(block * BLOCK, min((block + 1) * BLOCK, width)):
                if abs(difference[i, j]) > limit:
                    found.append(i * width + j)
    return numpy.array(found, dtype=numpy.int64)


@numba.njit(nogil=True, cache=True)
def _alone(padded, places, signs, limits, width):
    """Whether no more than one of the eight neighbours stands out nearly as much."""
    alone = numpy.zeros(places.size, numpy.bool_)
    ring = numpy.empty(8, numpy.float32)
    for number in range(places.size):
        i, j, sign = places[number] // width, places[number] % width, signs[number]
        n = 0
        for k in range(9):
            if k == 4:
                continue
            value = sign * padded[i + k // 3, j + k % 3]
            place = n
            while place > 0 and ring[place - 1] > value:
                ring[place] = ring[place - 1]
                place -= 1
            ring[place] = value
            n += 1
        middle = (ring[3] + ring[4]) / 2
        own, second = sign * padded[i + 1, j + 1] - middle, ring[6] - middle
        least = max(LEAST_RATIO * second, LEAST_RANGES * (ring[6] - ring[1]))
        alone[number] = own > max(limits[i // BLOCK, j // BLOCK], least)
    return alone
