"""The three regions of Gram-Schmidt, drawn on the frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from silx.gui import qt
from silx.gui.plot.items.roi import RectangleROI
from silx.gui.plot.tools.roi import RegionOfInterestManager

from ...decomposition.regions import MARKS
from ...scan import RockingScan
from ..plots.frame_view import FrameView

FIRST_SIZE = 50
"""Side of a region that nobody has drawn yet, pixels."""

_CENTRES = {"strong": (0.5, 0.5), "weak_low": (0.3, 0.25), "weak_high": (0.3, 0.75)}
_MEANING = (
    "SB: strong beam, crystal without defects. WB-, WB+: near defects, where the low-angle and "
    "the high-angle flank of the rocking curve is raised. Drag the corners or the centre."
)

Regions = dict[str, list[int]]
"""``[row, column, height, width]`` by name, pixels."""


class RegionEditor(qt.QWidget):
    """Frames with the regions over them, unless these are chosen automatically."""

    regions_changed = qt.Signal(object)
    """The user changed the regions: a dict of plain lists of int, or None for automatic."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self._scan: RockingScan | None = None
        self._regions: Regions | None = None
        self._silent = False
        self.frames = FrameView()
        self._manager = RegionOfInterestManager(self.frames.plot)
        self._rois: dict[str, RectangleROI] = {}
        self.automatic = qt.QRadioButton("Automatic regions of gso")
        self.by_hand = qt.QRadioButton("Drawn here:")
        self._readout = qt.QLabel()
        self.automatic.setChecked(True)
        self.automatic.setToolTip("gso finds its regions from the rocking curves of the patches")
        self.by_hand.setToolTip(_MEANING)
        self._lay_out()
        self.by_hand.toggled.connect(self._choose)

    @property
    def regions(self) -> Regions | None:
        """What the workflow has; None for automatic."""
        return self._regions

    @property
    def rois(self) -> dict[str, RectangleROI]:
        """The rectangles that are shown, by name."""
        return self._rois

    def set_scan(self, scan: RockingScan | None) -> None:
        """Show the frames of a scan; None shows nothing."""
        self._scan = scan
        self.frames.set_scan(scan)
        self._show()

    def set_regions(self, regions: Mapping[str, Sequence[int]] | None) -> None:
        """Show what the workflow has; None for automatic."""
        known = regions is not None and all(name in regions for name in MARKS)
        self._regions = {name: [int(v) for v in regions[name]] for name in MARKS} if known else None
        self._silent = True
        (self.by_hand if known else self.automatic).setChecked(True)
        self._silent = False
        self._show()

    def _lay_out(self) -> None:
        bar = qt.QHBoxLayout()
        for widget in (self.automatic, self.by_hand):
            bar.addWidget(widget)
        bar.addWidget(self._readout, 1)
        meaning = qt.QLabel(_MEANING)
        meaning.setWordWrap(True)
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(bar)
        layout.addWidget(self.frames, 1)
        layout.addWidget(meaning)

    def _choose(self, by_hand: bool) -> None:
        if self._silent:
            return
        self._regions = first_regions(self._scan.frame_shape) if by_hand else None
        self._show()
        self.regions_changed.emit(self._regions)

    def _show(self) -> None:
        for widget in (self.automatic, self.by_hand):
            widget.setEnabled(self._scan is not None)
        self._readout.setText(_text(self._regions))
        if self._regions is None or self._scan is None:
            self._manager.clear()
            self._rois = {}
            return
        if not self._rois:
            self._rois = {name: self._add(name) for name in MARKS}
        self._silent = True
        for name, roi in self._rois.items():
            row, column, height, width = self._regions[name]
            roi.setGeometry(origin=(column, row), size=(width, height))
        self._silent = False

    def _add(self, name: str) -> RectangleROI:
        text, color = MARKS[name]
        roi = RectangleROI()
        roi.setName(text)
        roi.setEditable(True)
        self._manager.addRoi(roi, useManagerColor=False)
        roi.setColor(color)
        roi.setLineWidth(2)
        roi.sigRegionChanged.connect(lambda: self._readout.setText(_text(self._drawn())))
        roi.sigEditingFinished.connect(self._edited)
        return roi

    def _drawn(self) -> Regions:
        """The rectangles as they are now, in whole pixels within the frame."""
        drawn = {}
        for name, roi in self._rois.items():
            (x, y), (width, height) = roi.getOrigin(), roi.getSize()
            drawn[name] = clamp((y, x, height, width), self._scan.frame_shape)
        return drawn

    def _edited(self) -> None:
        if self._silent:
            return
        self._regions = self._drawn()
        self._show()
        self.regions_changed.emit(self._regions)


def clamp(rectangle: Sequence[float], shape: tuple[int, int]) -> list[int]:
    """A rectangle ``(row, column, height, width)`` in whole pixels, inside ``(height, width)``."""
    starts, sizes = [], []
    for start, size, side in zip(rectangle[:2], rectangle[2:], shape, strict=True):
        size = min(max(1, round(float(size))), side)
        starts.append(min(max(0, round(float(start))), side - size))
        sizes.append(size)
    return [*starts, *sizes]


def first_regions(shape: tuple[int, int]) -> Regions:
    """Three squares side by side, for the user to move."""
    size = min(FIRST_SIZE, *shape)
    return {
        name: clamp((y * shape[0] - size / 2, x * shape[1] - size / 2, size, size), shape)
        for name, (y, x) in _CENTRES.items()
    }


def _text(regions: Regions | None) -> str:
    if regions is None:
        return ""
    texts = (
        f"<span style='color:{color}'>■</span> {text} {height}x{width} px at ({row}, {column})"
        for (text, color), (row, column, height, width) in zip(
            MARKS.values(), regions.values(), strict=True
        )
    )
    return " &nbsp; ".join(texts)
