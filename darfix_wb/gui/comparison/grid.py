"""The weak-beam images of several methods in a grid that fits its place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy
from silx.gui import qt
from silx.gui.colors import Colormap

from ...comparison.result import MethodOutcome
from ...io.nexus import Axis
from ..plots.image_panel import ImagePanel
from ..plots.linked_images import LinkedImages
from ..plots.margins import keep_margins

SMALLEST = (150, 150)
"""Width and height below which a panel is not squeezed, pixels."""

_TITLE, _SPACING = 20, 2
_MARGINS = (46, 5, 16, 25)
"""Pixels at the left, top, right and bottom of the axes: room for the numbers."""


class FailedPanel(qt.QWidget):
    """In the place of an image: the method's name, and why it gave none."""

    def __init__(self, name: str, error: str) -> None:
        super().__init__()
        self.text = qt.QLabel(error)
        self.text.setWordWrap(True)
        self.text.setMargin(6)
        self.text.setAlignment(qt.Qt.AlignmentFlag.AlignCenter)
        self.text.setToolTip(error)
        self.text.setTextInteractionFlags(qt.Qt.TextInteractionFlag.TextSelectableByMouse)
        frame = qt.QScrollArea()
        frame.setWidget(self.text)
        frame.setWidgetResizable(True)
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(1)
        layout.addWidget(qt.QLabel(f"{name} failed"), 0, qt.Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(frame, 1)
        self.setMinimumSize(*SMALLEST)


class ComparisonGrid(qt.QScrollArea):
    """A panel for each method, all of one size, with linked axes."""

    panels_changed = qt.Signal()
    """Other methods are shown: what was drawn on the panels is gone."""

    clicked = qt.Signal(float, float)
    """Row and column of the place that was clicked, in pixels of the images."""

    hovered = qt.Signal(int, int)
    """Row and column of the pixel under the mouse."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self._cells: dict[str, qt.QWidget] = {}
        self._linked = LinkedImages([], self)
        self._columns = 0
        self._aspect = 1.0
        self.content = qt.QWidget()
        self._layout = qt.QGridLayout(self.content)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(_SPACING)
        self.setWidget(self.content)
        self.setWidgetResizable(True)
        self.setFrameShape(qt.QFrame.Shape.NoFrame)

    @property
    def panels(self) -> dict[str, ImagePanel]:
        """The images by method, without those that failed."""
        return {name: one for name, one in self._cells.items() if isinstance(one, ImagePanel)}

    @property
    def linked(self) -> LinkedImages:
        """Geometry and zoom of the images."""
        return self._linked

    @property
    def n_columns(self) -> int:
        """Panels side by side."""
        return self._columns

    def set_outcomes(
        self,
        outcomes: Sequence[MethodOutcome],
        shape: tuple[int, int],
        axes: tuple[Axis, Axis] | None = None,
    ) -> None:
        """Make room for methods; images of ``shape`` are shown by `show_images`."""
        self._replace_cells(outcomes)
        self._linked.set_geometry(shape, axes)
        self._aspect = shape[0] * self._linked.scale[1] / (shape[1] * self._linked.scale[0])
        self._arrange(force=True)
        self.panels_changed.emit()

    def show_images(
        self,
        images: dict[str, numpy.ndarray],
        colormaps: dict[str, Colormap],
        titles: dict[str, str],
        bars: bool,
    ) -> None:
        """Show an image of each method, with or without a colour bar for each."""
        for name, panel in self.panels.items():
            linked = self._linked
            panel.show_image(images[name], colormaps[name], linked.origin, linked.scale)
            panel.title.setText(titles[name])
            panel.bar.setVisible(bars)

    def show_whole(self) -> None:
        """Zoom out."""
        self._linked.reset_zoom()

    def resizeEvent(self, event: qt.QEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _replace_cells(self, outcomes: Sequence[MethodOutcome]) -> None:
        for cell in self._cells.values():
            self._layout.removeWidget(cell)
            cell.hide()
            cell.deleteLater()
        self._cells = {outcome.name: _cell(outcome) for outcome in outcomes}
        before, self._linked = self._linked, LinkedImages(self.panels.values(), self, self._linked)
        before.deleteLater()
        self._linked.pixel_hovered.connect(self.hovered)
        for panel in self.panels.values():
            panel.plot.sigPlotSignal.connect(self._plot_event)

    def _arrange(self, force: bool = False) -> None:
        size = self.maximumViewportSize()
        columns = best_columns(
            max(1, len(self._cells)), (size.width(), size.height()), self._aspect, SMALLEST
        )
        if columns == self._columns and not force:
            return
        self._columns = columns
        for index in range(max(self._layout.columnCount(), self._layout.rowCount())):
            self._layout.setColumnStretch(index, 0)
            self._layout.setRowStretch(index, 0)
        for index, cell in enumerate(self._cells.values()):
            row, column = divmod(index, columns)
            self._layout.addWidget(cell, row, column)
            self._layout.setColumnStretch(column, 1)
            self._layout.setRowStretch(row, 1)

    def _plot_event(self, event: dict) -> None:
        if event["event"] == "mouseClicked" and event["button"] == "left":
            self.clicked.emit(*self._linked.place_of(event["x"], event["y"]))


def best_columns(
    count: int, room: tuple[int, int], aspect: float, smallest: tuple[int, int]
) -> int:
    """How many panels side by side show the largest images, without scrolling if possible.

    Parameters
    ----------
    count : int
        Number of panels.
    room : tuple of int
        Width and height of the place for all of them, pixels.
    aspect : float
        Height over width of an image.
    smallest : tuple of int
        Width and height below which no panel goes; the height of `room` is then exceeded.
    """
    left, top, right, bottom = _MARGINS
    most = max(1, min(count, room[0] // smallest[0]))
    best, largest = most, 0.0
    for columns in range(1, most + 1):
        rows = -(-count // columns)
        width, height = room[0] / columns, (room[1] - (rows - 1) * _SPACING) / rows
        shown = min(width - left - right, (height - _TITLE - top - bottom) / aspect)
        if height >= smallest[1] and shown > largest * 1.001:
            best, largest = columns, shown
    return best


def _cell(outcome: MethodOutcome) -> qt.QWidget:
    if outcome.error or outcome.contrast is None:
        return FailedPanel(outcome.name, outcome.error or "It gave no image.")
    panel = ImagePanel(outcome.name)
    panel.setMinimumSize(*SMALLEST)
    policy = qt.QSizePolicy.Policy
    panel.title.setSizePolicy(policy.Ignored, policy.Preferred)
    panel.title.setToolTip(f"{outcome.name} ({outcome.unit})\n{outcome.note}".rstrip())
    keep_margins(panel.plot, *_MARGINS)
    return panel
