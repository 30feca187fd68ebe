"""Where a patch is drawn and clicked: the pixels that are nearer to it than to other patches."""

from __future__ import annotations

from functools import cached_property

import numpy

from ...patches import PatchGrid


class PatchCells:
    """A frame shared out between the patches of a grid, also where these overlap.

    Parameters
    ----------
    grid : PatchGrid
        The patches.
    """

    def __init__(self, grid: PatchGrid) -> None:
        self.grid = grid

    @cached_property
    def edges(self) -> tuple[numpy.ndarray, numpy.ndarray]:
        """``(rows + 1,)`` and ``(columns + 1,)``: borders of the cells, pixels."""
        overlap = (self.grid.patch_size - self.grid.stride) / 2
        edges = []
        for count, side in zip(self.grid.shape, self.grid.frame_shape, strict=True):
            borders = overlap + numpy.arange(count + 1) * self.grid.stride
            borders[0], borders[-1] = 0, side
            edges.append(borders)
        return tuple(edges)

    def at(self, y: float, x: float) -> tuple[int, int] | None:
        """``(row, column)`` of the patch at a place of the frame; None outside the frame."""
        height, width = self.grid.frame_shape
        return self.nearest(y, x) if 0 <= y < height and 0 <= x < width else None

    def nearest(self, y: float, x: float) -> tuple[int, int]:
        """``(row, column)`` of the patch that is nearest to a place."""
        return tuple(
            int(numpy.clip(numpy.searchsorted(edges, place, side="right") - 1, 0, len(edges) - 2))
            for edges, place in zip(self.edges, (y, x), strict=True)
        )

    def bounds(self, row: int, column: int) -> tuple[int, int, int, int]:
        """First and last row, first and last column (exclusive) of a patch, within the frame."""
        height, width = self.grid.frame_shape
        top, left = row * self.grid.stride, column * self.grid.stride
        size = self.grid.patch_size
        return top, min(top + size, height), left, min(left + size, width)

    def spread(
        self,
        values: numpy.ndarray,
        *,
        places: tuple[numpy.ndarray, numpy.ndarray] | None = None,
    ) -> numpy.ndarray:
        """Values of the patches as a picture.

        Parameters
        ----------
        values : numpy.ndarray
            ``(rows, columns, ...)``.
        places : tuple of numpy.ndarray, optional
            ``(n,)`` and ``(m,)`` float64: where the picture's rows and columns lie in the frame, in
            pixels; the centres of the frame's pixels if not given.

        Returns
        -------
        numpy.ndarray
            ``(n, m, ...)``.
        """
        if places is None:
            places = tuple(numpy.arange(side) + 0.5 for side in self.grid.frame_shape)
        rows, columns = (
            numpy.searchsorted(edges[1:-1], along)
            for edges, along in zip(self.edges, places, strict=True)
        )
        return values[rows[:, None], columns[None, :]]

    def lines(self) -> tuple[numpy.ndarray, numpy.ndarray]:
        """``x`` and ``y`` of the borders as one line, broken by NaN."""
        (height, width), (rows, columns) = self.grid.frame_shape, self.edges
        x = [value for edge in columns for value in (edge, edge, numpy.nan)]
        y = [value for _ in columns for value in (0, height, numpy.nan)]
        x += [value for _ in rows for value in (0, width, numpy.nan)]
        y += [value for edge in rows for value in (edge, edge, numpy.nan)]
        return numpy.array(x, dtype=float), numpy.array(y, dtype=float)
