"""Labels that are painted: every stroke can be undone. Nothing here needs a window."""

from __future__ import annotations

from typing import NamedTuple

import numpy

from ...beam import UNLABELLED, BeamCondition
from ...labels import LabelMap
from ...patches import PatchGrid

LONGEST_HISTORY = 1000
"""Strokes that are remembered."""


class _Stroke(NamedTuple):
    places: numpy.ndarray
    before: numpy.ndarray
    after: numpy.ndarray


class LabelEditor:
    """Labels of a scan, painted stroke by stroke.

    Parameters
    ----------
    labels : LabelMap
        Where to start from; not changed.
    """

    def __init__(self, labels: LabelMap) -> None:
        self._values = labels.values.copy()
        self._grid = labels.grid
        self._done: list[_Stroke] = []
        self._undone: list[_Stroke] = []

    @property
    def grid(self) -> PatchGrid:
        """The grid of the patches."""
        return self._grid

    @property
    def values(self) -> numpy.ndarray:
        """``(n_frames, rows, columns)`` uint8, read-only."""
        view = self._values.view()
        view.flags.writeable = False
        return view

    @property
    def labels(self) -> LabelMap:
        """A copy of the labels as they are now."""
        return LabelMap(self._values.copy(), self._grid)

    @property
    def can_undo(self) -> bool:
        """Whether there is a stroke to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a stroke to make again."""
        return bool(self._undone)

    def paint(
        self, frame: int, row0: int, column0: int, row1: int, column1: int, condition: int
    ) -> bool:
        """Label a rectangle of patches, both corners included.

        Returns
        -------
        bool
            Whether anything changed.
        """
        wanted = self._values.copy()
        wanted[frame, row0 : row1 + 1, column0 : column1 + 1] = condition
        return self.replace(wanted)

    def paint_frame(self, frame: int, condition: int, empty: numpy.ndarray | None = None) -> bool:
        """Label a whole frame.

        Parameters
        ----------
        frame : int
            The frame.
        condition : int
            Of its patches; UNLABELLED erases.
        empty : numpy.ndarray, optional
            ``(rows, columns)`` bool: patches without signal, which become EMPTY.

        Returns
        -------
        bool
            Whether anything changed.
        """
        wanted = self._values.copy()
        wanted[frame] = condition
        if empty is not None and condition != UNLABELLED:
            wanted[frame][empty] = BeamCondition.EMPTY
        return self.replace(wanted)

    def fill_unlabelled(self, conditions: numpy.ndarray) -> bool:
        """Label the patches without a label; whether anything changed."""
        return self.replace(numpy.where(self._values == UNLABELLED, conditions, self._values))

    def replace(self, values: numpy.ndarray) -> bool:
        """Take other labels, as one stroke; whether anything changed."""
        places = numpy.flatnonzero(values != self._values)
        if not places.size:
            return False
        stroke = _Stroke(places, self._values.flat[places], values.astype(numpy.uint8).flat[places])
        self._values.flat[places] = stroke.after
        self._done.append(stroke)
        del self._done[:-LONGEST_HISTORY]
        self._undone.clear()
        return True

    def undo(self) -> int | None:
        """Take the last stroke back; the frame in which it began, None where there is none."""
        if not self._done:
            return None
        stroke = self._done.pop()
        self._undone.append(stroke)
        self._values.flat[stroke.places] = stroke.before
        return self._frame_of(stroke)

    def redo(self) -> int | None:
        """Make the stroke that was undone last again; its first frame, None where there is none."""
        if not self._undone:
            return None
        stroke = self._undone.pop()
        self._done.append(stroke)
        self._values.flat[stroke.places] = stroke.after
        return self._frame_of(stroke)

    def _frame_of(self, stroke: _Stroke) -> int:
        return int(stroke.places[0] // (self._values[0].size or 1))
