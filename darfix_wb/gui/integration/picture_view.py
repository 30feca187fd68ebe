"""The large picture of an integration, with the lines over it."""

from __future__ import annotations

import numpy
from silx.gui import qt

from ...integration import BeamImages
from ...io.nexus import Axis
from ..plots.image_panel import ImagePanel
from ..plots.linked_images import LinkedImages
from ..plots.margins import keep_margins
from .line_overlay import LineOverlay
from .pictures import PICTURES, Picture, colormaps_of, drawn, labels_of

CLICK_REACH = 6
"""A click this far from a centre line, on the screen, still means the line; pixels."""

LEAST_REACH_PX = 3
"""The same in pixels of the image, however far it is zoomed into."""

_MARGINS = (72, 6, 14, 44)


class PictureView(qt.QWidget):
    """One picture at a time; the part that is seen stays when another is chosen."""

    line_clicked = qt.Signal(int)
    """Row in the table of lines."""

    pixel_hovered = qt.Signal(int, int)
    """Row and column under the mouse."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self.panel = ImagePanel("")
        self.plot = self.panel.plot
        self.plot.setActiveCurveHandling(False)
        self.plot.setPanWithArrowKeys(False)
        keep_margins(self.plot, *_MARGINS)
        self._linked = LinkedImages([self.panel], self)
        self._overlay = LineOverlay(self.plot)
        self._images: BeamImages | None = None
        self._picture: Picture = PICTURES["weak"]
        self._normalization = "linear"
        self._colormaps: dict = {}
        self._linked.pixel_hovered.connect(self.pixel_hovered)
        self.plot.sigPlotSignal.connect(self._plot_event)
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.panel)

    def set_images(self, images: BeamImages, axes: tuple[Axis, Axis] | None) -> None:
        """Take other images, and the positions of their rows and columns, if known.

        `show_picture` shows one of them.
        """
        self._images = images
        self._linked.set_geometry(images.weak.shape, axes)
        self.plot.setGraphXLabel(f"column ({self._linked.unit})")
        self.plot.setGraphYLabel(f"row ({self._linked.unit})")
        self._colormaps = colormaps_of(images, self._normalization)
        dislocations = images.dislocations
        lines = None if dislocations is None else dislocations.lines
        self._overlay.set_lines(lines, self._linked.origin, self._linked.scale)

    def show_picture(self, picture: Picture, values: numpy.ndarray | None = None) -> None:
        """Show a picture of the images; `values` takes the place of its own."""
        self._picture = picture
        colormap = self._colormaps[picture.name]
        values = picture.values(self._images) if values is None else values
        self.panel.title.setText(picture.title)
        self.panel.show_image(
            drawn(picture, values),
            colormap,
            self._linked.origin,
            self._linked.scale,
            labels_of(picture, colormap),
        )

    def set_normalization(self, normalization: str) -> None:
        """Map counts to colours on another scale."""
        self._normalization = normalization
        if self._images is not None:
            self._colormaps = colormaps_of(self._images, normalization)

    def show_lines(self, shown: bool) -> None:
        """Whether the centre lines are drawn."""
        self._overlay.set_visible(shown)

    def select_line(self, line: int | None) -> None:
        """Make a line stand out, and move to it if it is out of view; None for none."""
        self._overlay.select(line)
        if line is not None:
            lines = self._images.dislocations.lines
            self._move_to(float(lines.row[line]) + 0.5, float(lines.column[line]) + 0.5)

    def reset_zoom(self) -> None:
        """Show the whole image."""
        self._linked.reset_zoom()

    def _move_to(self, row: float, column: float) -> None:
        origin, scale = self._linked.origin, self._linked.scale
        places = (origin[0] + column * scale[0], origin[1] + row * scale[1])
        axes = (self.plot.getXAxis(), self.plot.getYAxis())
        limits = [axis.getLimits() for axis in axes]
        seen = [low <= place <= high for place, (low, high) in zip(places, limits, strict=True)]
        if not all(seen):
            self.plot.setLimits(
                *(
                    place + side * (high - low) / 2
                    for place, (low, high) in zip(places, limits, strict=True)
                    for side in (-1, 1)
                )
            )

    def _plot_event(self, event: dict) -> None:
        clicked = event["event"] == "mouseClicked" and event["button"] == "left"
        if not clicked or self._images is None or self._images.dislocations is None:
            return
        row, column = (
            int(numpy.floor(place)) for place in self._linked.place_of(event["x"], event["y"])
        )
        line = self._images.dislocations.lines.at(row, column, reach_px=self._reach_px())
        if line is not None:
            self.line_clicked.emit(line)

    def _reach_px(self) -> int:
        left, right = self.plot.getXAxis().getLimits()
        across = max(1, self.plot.getPlotBoundsInPixels()[2])
        shown = abs((right - left) / self._linked.scale[0]) / across
        return max(LEAST_REACH_PX, round(CLICK_REACH * shown))
