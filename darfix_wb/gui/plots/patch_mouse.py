"""The mouse on the patches of a frame: which one it is over, clicks, and dragged rectangles."""

from __future__ import annotations

from silx.gui import qt
from silx.gui.plot import PlotWidget

from .condition_colors import SELECTION_COLOR
from .patch_cells import PatchCells

_BAND = "dragged patches"


class PatchMouse(qt.QObject):
    """Turns what the mouse does on a plot into patches.

    While painting, the left button belongs to the patches and the wheel still zooms; Ctrl with
    the left button moves the picture. Else a click chooses a patch and dragging zooms.

    Parameters
    ----------
    plot : PlotWidget
        Where the frame is drawn, one unit per pixel.
    """

    hovered = qt.Signal(int, int)
    left = qt.Signal()
    clicked = qt.Signal(int, int)
    dragged = qt.Signal(int, int, int, int)

    def __init__(self, plot: PlotWidget) -> None:
        super().__init__(plot)
        self._plot = plot
        self._cells: PatchCells | None = None
        self._painting = False
        self._start: tuple[int, int] | None = None
        self._over: tuple[int, int] | None = None
        plot.sigPlotSignal.connect(self._plot_event)
        plot.getWidgetHandle().installEventFilter(self)

    def set_cells(self, cells: PatchCells | None) -> None:
        """Take other patches."""
        self._cells, self._start, self._over = cells, None, None
        self._plot.remove(_BAND, kind="item")

    def set_painting(self, painting: bool) -> None:
        """Whether the left button paints."""
        self._painting = painting
        self._plot.setInteractiveMode("pan" if painting else "zoom")

    def eventFilter(self, canvas: qt.QObject, event: qt.QEvent) -> bool:
        """Keep the left button from silx while painting."""
        if event.type() == qt.QEvent.Type.Leave:
            self._move_over(None)
        if not self._painting or self._cells is None:
            return False
        if event.type() == qt.QEvent.Type.MouseButtonPress:
            return self._press(event)
        if event.type() == qt.QEvent.Type.MouseMove and self._start is not None:
            self._show_band(self._patch_of(event, clip=True))
            return True
        if event.type() == qt.QEvent.Type.MouseButtonRelease and self._start is not None:
            self._release(event)
            return True
        return False

    def _press(self, event: qt.QMouseEvent) -> bool:
        plain = event.modifiers() == qt.Qt.KeyboardModifier.NoModifier
        if event.button() != qt.Qt.MouseButton.LeftButton or not plain:
            return False
        self._start = self._patch_of(event)
        return self._start is not None

    def _release(self, event: qt.QMouseEvent) -> None:
        start, self._start = self._start, None
        self._plot.remove(_BAND, kind="item")
        (row0, row1), (column0, column1) = _sorted_pairs(start, self._patch_of(event, clip=True))
        if (row0, column0) == (row1, column1):
            self.clicked.emit(row0, column0)
        else:
            self.dragged.emit(row0, column0, row1, column1)

    def _patch_of(self, event: qt.QMouseEvent, clip: bool = False) -> tuple[int, int] | None:
        place = event.position()
        point = self._plot.pixelToData(place.x(), place.y(), check=False)
        if point is None:
            return self._start
        return (self._cells.nearest if clip else self._cells.at)(point[1], point[0])

    def _show_band(self, patch: tuple[int, int]) -> None:
        (row0, row1), (column0, column1) = _sorted_pairs(self._start, patch)
        rows, columns = self._cells.edges
        self._plot.addShape(
            [columns[column0], columns[column1 + 1]],
            [rows[row0], rows[row1 + 1]],
            legend=_BAND,
            shape="rectangle",
            color=SELECTION_COLOR,
            fill=True,
            overlay=True,
        )

    def _plot_event(self, event: dict) -> None:
        if self._cells is None:
            return
        if event["event"] == "mouseMoved" and self._start is None:
            self._move_over(self._cells.at(event["y"], event["x"]))
        elif event["event"] == "mouseClicked" and event["button"] == "left" and not self._painting:
            patch = self._cells.at(event["y"], event["x"])
            if patch is not None:
                self.clicked.emit(*patch)

    def _move_over(self, patch: tuple[int, int] | None) -> None:
        if patch == self._over:
            return
        self._over = patch
        if patch is None:
            self.left.emit()
        else:
            self.hovered.emit(*patch)


def _sorted_pairs(first: tuple[int, int], second: tuple[int, int]) -> list[list[int]]:
    return [sorted(pair) for pair in zip(first, second, strict=True)]
