"""Where dislocations cross the layer, pixel by pixel, and which of them show in the frames."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from scipy.ndimage import gaussian_filter, maximum_filter, uniform_filter, zoom

from ..truth import NO_LINE
from .crystal import Crystal
from .curved_lines import CurvedLines
from .deformation import BOW_REACH_UM
from .detector import dark_variance
from .geometry import Geometry
from .parameters import SimulationParameters

RADIUS_UM = 0.4

SIDE_PX = 7
"""Contrast is that of the mean over squares of this side."""

BACKGROUND_PX = 20.0
TEXTURE = 0.3
"""Share by which strong beam varies where there is no dislocation; its fringes are no contrast."""

SHOWS_SIGMA = 5.0
"""What it takes to be sure that something is there (Rose, J. Opt. Soc. Am. 38, 196, 1948)."""

REACH_PX = 7
"""A line shows where the contrast is reached at most 3 px beside it."""

STRETCH_PX = 21
"""A stretch of line shows where half of it does."""


@njit(parallel=True, cache=True)
def _mark(points, lines, bows, sides, x, y, z, nearest, found):
    for i in prange(x.size):
        for j in range(y.size):
            for d in range(points.shape[0]):
                dx, dy, dz = x[i] - points[d, 0], y[j] - points[d, 1], z - points[d, 2]
                line = lines[d]
                along = dx * line[0] + dy * line[1] + dz * line[2]
                reach = min(max(along, -BOW_REACH_UM), BOW_REACH_UM)
                bow = 0.5 * bows[d] * reach * reach
                a = dx - along * line[0] - bow * sides[d, 0]
                b = dy - along * line[1] - bow * sides[d, 1]
                c = dz - along * line[2] - bow * sides[d, 2]
                distance2 = a * a + b * b + c * c
                if distance2 < nearest[i, j]:
                    nearest[i, j] = distance2
                    found[i, j] = d


@njit(parallel=True, cache=True)
def _mark_segments(starts, lines, lengths, numbers, x, y, z, nearest, found):
    for i in prange(x.size):
        for j in range(y.size):
            for d in range(starts.shape[0]):
                dx, dy, dz = x[i] - starts[d, 0], y[j] - starts[d, 1], z - starts[d, 2]
                line = lines[d]
                along = dx * line[0] + dy * line[1] + dz * line[2]
                along = min(max(along, 0.0), lengths[d])
                a, b, c = dx - along * line[0], dy - along * line[1], dz - along * line[2]
                distance2 = a * a + b * b + c * c
                if distance2 < nearest[i, j]:
                    nearest[i, j] = distance2
                    found[i, j] = numbers[d]


def line_map(
    parameters: SimulationParameters,
    crystal: Crystal,
    geometry: Geometry,
    offset_px: tuple[float, float] = (0.0, 0.0),
) -> np.ndarray:
    """Return the dislocation that each pixel lies on.

    A pixel lies on the nearest line that passes within 0.4 um of its point in the layer. Lines with
    g.b = 0 are among them: edge dislocations show a little even so.

    Parameters
    ----------
    parameters, crystal, geometry
    offset_px : tuple of float
        Shift of the image in (row, column) by drift, in the frame that the map is for.

    Returns
    -------
    (rows, columns) int16
        Index in the table of dislocations, or its length plus the number of a curved line; -1 where
        there is none.
    """
    rows, columns = parameters.scan.shape
    table = crystal.dislocations
    found = np.full((rows, columns), NO_LINE, np.int16)
    sides = np.cross(table.line, [0.0, 0.0, 1.0])
    view = parameters.sample.view_um
    x = (np.arange(rows) + 0.5 - offset_px[0]) * geometry.row_um + view[0]
    y = (np.arange(columns) + 0.5 - offset_px[1]) * geometry.column_um + view[1]
    layer = parameters.sample.layer_z_um
    arrays = (table.point_um, table.line, table.bow_per_um, sides)
    nearest = np.full((rows, columns), RADIUS_UM**2)
    _mark(*map(np.ascontiguousarray, arrays), x, y, layer, nearest, found)
    if crystal.curved is not None:
        low = np.array([x[0], y[0], layer]) - RADIUS_UM
        high = np.array([x[-1], y[-1], layer]) + RADIUS_UM
        start, end, number = _between(crystal.curved, low, high)
        length = np.linalg.norm(end - start, axis=1)
        line = (end - start) / length[:, None]
        _mark_segments(start, line, length, number + len(table.line), x, y, layer, nearest, found)
    return found


def _between(curved: CurvedLines, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the segments whose boxes overlap a box with these corners."""
    start, end, number = curved.segments()
    lowest, highest = np.minimum(start, end), np.maximum(start, end)
    near = np.all((lowest <= high) & (highest >= low), axis=1)
    return start[near], end[near], number[near]


def dislocation_mask(lines: np.ndarray, crystal: Crystal) -> np.ndarray:
    """Return the pixels that lie on a line with g.b not 0 (Hirsch et al., Phil. Mag. 5, 465, 1960).

    Parameters
    ----------
    lines : (rows, columns) int16
        From `line_map`.
    crystal : Crystal

    Returns
    -------
    (rows, columns) bool
    """
    return np.isin(lines, np.flatnonzero(crystal.g_dot_b))


class Contrast:
    """The largest contrast of each pixel over the frames of a scan, in sigma of its noise.

    The contrast of a frame is what the expected counts, in the mean over 7x7 px, rise above the
    background (a Gaussian of 20 px) over ``hypot(noise / 7, 0.3 background)``: photons, dark
    noise and fixed pattern average out over the square, the texture of strong beam does not.

    Attributes
    ----------
    sigma : (rows, columns) float32
    """

    def __init__(self, parameters: SimulationParameters) -> None:
        self._parameters = parameters
        self.sigma = np.zeros(parameters.scan.shape, np.float32)

    def add(self, rate: np.ndarray, exposure_s: float) -> None:
        """Take in a frame: expected ADU per second, and its exposure."""
        detector = self._parameters.detector
        counts = rate * np.float32(exposure_s)
        ground = _background(counts)
        own = dark_variance(detector, exposure_s) + detector.fixed_pattern_adu**2
        noise2 = own + detector.gain_adu_per_photon * ground
        deviation = np.sqrt(noise2 / SIDE_PX**2 + (TEXTURE * ground) ** 2)
        excess = uniform_filter(counts, SIDE_PX, mode="nearest") - ground
        np.maximum(self.sigma, excess / np.maximum(deviation, 1e-6), out=self.sigma)

    def shown(self, lines: np.ndarray) -> np.ndarray:
        """Return the pixels of lines that show: (rows, columns) bool.

        Parameters
        ----------
        lines : (rows, columns) int16
            From `line_map`.
        """
        on_line = lines != NO_LINE
        reached = maximum_filter(self.sigma, REACH_PX, mode="nearest") > SHOWS_SIGMA
        stretch = uniform_filter(on_line.astype(np.float32), STRETCH_PX, mode="constant")
        of_it = uniform_filter((on_line & reached).astype(np.float32), STRETCH_PX, mode="constant")
        return on_line & (of_it >= stretch / 2)


def _background(counts: np.ndarray) -> np.ndarray:
    step = 4
    rows, columns = counts.shape
    padded = np.pad(counts, ((0, -rows % step), (0, -columns % step)), mode="edge")
    means = padded.reshape(padded.shape[0] // step, step, -1, step).mean(axis=(1, 3))
    smooth = gaussian_filter(means, BACKGROUND_PX / step, mode="nearest")
    fine = zoom(smooth, step, order=1, grid_mode=True, mode="nearest")
    return np.maximum(fine[:rows, :columns], 0)
