"""The pictures of an integration, one large, with the lines that were found in them."""

from __future__ import annotations

import numpy
from silx.gui import qt

from ...beam import BeamMap
from ...integration import BeamImages
from ...io.nexus import Axis
from ...scan import RockingScan
from ..placeholder import Placeholder
from .curve_panel import CurvePanel
from .line_curve import dark_level
from .lines_panel import LinesPanel
from .picture_bar import PictureBar
from .picture_view import PictureView
from .pictures import PICTURES
from .readout import legend_text, pixel_text
from .saving import SaveButton
from .threshold_histogram import ThresholdHistogram

_CURVE, _THRESHOLD = range(2)
_SCALES = {"Linear": "linear", "Square root": "sqrt", "Logarithm": "log", "arcsinh": "arcsinh"}
_EMPTY_TEXT = (
    "Connect a dataset and its classification (Weak-beam classifier): the dislocation "
    "image and the weak- and strong-beam images appear here."
)


class IntegrationView(Placeholder):
    """One large picture, any other one click away; the lines, and the rocking curve of one."""

    threshold_changed = qt.Signal(float)
    """The user dragged the threshold; the binary map shown has followed."""

    failed = qt.Signal(str)
    """What could not be saved or read, and why."""

    saved = qt.Signal(str)
    """What was saved."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        self.bar, self.picture, self.lines = PictureBar(), PictureView(), LinesPanel()
        self.curve, self.histogram = CurvePanel(), ThresholdHistogram()
        self._right, self.tabs = qt.QSplitter(qt.Qt.Orientation.Vertical), qt.QTabWidget()
        self._readout, self._legend = qt.QLabel(), qt.QLabel()
        self._scale, self._show_lines = qt.QComboBox(), qt.QCheckBox("&Lines")
        self._save = SaveButton()
        self._images: BeamImages | None = None
        self._binary: numpy.ndarray | None = None
        self._wanted: str | None = None
        self._place: tuple[int, int] | None = None
        content = qt.QWidget()
        super().__init__(content, _EMPTY_TEXT, parent)
        self._lay_out(content)
        self._connect()

    def set_result(
        self,
        images: BeamImages | None,
        beam_map: BeamMap | None = None,
        scan: RockingScan | None = None,
        axes: tuple[Axis, Axis] | None = None,
        *,
        dark: float | numpy.ndarray | None = None,
    ) -> None:
        """Show an integration; None shows nothing.

        The picture that the user chose, what is zoomed into and the line that is selected stay,
        where the new images have them.

        Parameters
        ----------
        images : BeamImages or None
            The images.
        beam_map, scan
            What they were made of; needed to save them to a NeXus file, the scan also to read
            rocking curves.
        axes : tuple of Axis, optional
            Positions of the rows and of the columns; pixels if not given.
        dark : float or numpy.ndarray, optional
            Counts of a dark pixel; if not given, those of the classification or of the scan.
        """
        self._images, self._binary = images, None
        self._save.set_result(images, beam_map, scan, axes)
        self._readout.clear()
        self.curve.set_lines(None, None)
        if images is None:
            self.show_text()
            return
        self.picture.set_images(images, axes)
        if images.dislocations is not None:
            if dark is None and scan is not None:
                dark = dark_level(beam_map, scan)
            lines = images.dislocations.lines
            self.lines.set_map(images.dislocations)
            self.curve.set_lines(lines, scan, dark=dark, invalid=images.invalid)
        self.histogram.set_excess(images.excess, images.threshold, images.mode)
        self.bar.set_dislocations(images.dislocations is not None)
        self._show_lines.setEnabled(images.dislocations is not None)
        self.show_content()
        self._show_picture(self._picture_to_show())
        self._select_again()

    def choose(self, name: str) -> None:
        """Show a picture, by its name in `darfix_wb.gui.integration.pictures.PICTURES`."""
        self._wanted = name
        self._show_picture(name)

    def set_threshold(self, threshold: float) -> None:
        """Cut the images that are shown at another height."""
        if self._images is not None and self._images.excess is not None:
            self.histogram.set_threshold(threshold)
            self._show_cut(threshold)

    def select_line(self, line: int) -> None:
        """Select a line in the picture and in the table, and show its rocking curve."""
        lines = self._images.dislocations.lines
        self._place = (round(float(lines.row[line])), round(float(lines.column[line])))
        self.picture.select_line(line)
        self.lines.table.select(line)
        self.tabs.setCurrentIndex(_CURVE)
        self.curve.show_line(line)

    def stop(self) -> None:
        """End what runs in the background."""
        self.curve.stop()

    # --- Inside ------------------------------------------------------------------------------

    def _lay_out(self, content: qt.QWidget) -> None:
        self.tabs.addTab(self.curve, "Rocking curve")
        self.tabs.addTab(self.histogram, "Threshold")
        self.tabs.setTabToolTip(_THRESHOLD, "How bright the pixels are: drag the threshold")
        self._right.addWidget(self.lines)
        self._right.addWidget(self.tabs)
        self._right.setChildrenCollapsible(False)
        self._right.setSizes([260, 320])
        both = qt.QSplitter(qt.Qt.Orientation.Horizontal)
        both.addWidget(self.picture)
        both.addWidget(self._right)
        both.setChildrenCollapsible(False)
        both.setSizes([630, 365])
        both.setStretchFactor(0, 1)
        self._legend.setTextFormat(qt.Qt.TextFormat.RichText)
        self._legend.setWordWrap(True)
        top = qt.QHBoxLayout()
        top.addWidget(self.bar, 1)
        top.addLayout(self._tools())
        layout = qt.QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addLayout(top)
        layout.addWidget(both, 1)
        layout.addWidget(self._readout)
        layout.addWidget(self._legend)

    def _tools(self) -> qt.QLayout:
        self._scale.addItems(list(_SCALES))
        self._scale.setToolTip("How counts are mapped to colours, in the images of counts")
        self._show_lines.setChecked(True)
        self._show_lines.setToolTip("Draw the centre lines over the picture")
        whole = qt.QPushButton("Whole image")
        whole.setAutoDefault(False)
        whole.setToolTip("Zoom out; drag in the picture to zoom in")
        whole.clicked.connect(self.picture.reset_zoom)
        label = qt.QLabel("Colour scale")
        label.setBuddy(self._scale)
        tools = qt.QGridLayout()
        tools.setVerticalSpacing(2)
        tools.addWidget(self._show_lines, 0, 0)
        tools.addWidget(whole, 0, 1)
        tools.addWidget(self._save, 0, 2)
        tools.addWidget(label, 1, 0)
        tools.addWidget(self._scale, 1, 1, 1, 2)
        return tools

    def _connect(self) -> None:
        self.bar.chosen.connect(self.choose)
        self._show_lines.toggled.connect(self.picture.show_lines)
        self._scale.currentTextChanged.connect(self._change_scale)
        self.picture.pixel_hovered.connect(self._show_pixel)
        self.picture.line_clicked.connect(self.select_line)
        self.lines.table.line_selected.connect(self.select_line)
        self.histogram.threshold_changed.connect(self._cut)
        for part in (self._save, self.curve):
            part.failed.connect(self.failed)
        self._save.saved.connect(self.saved)

    def _picture_to_show(self) -> str:
        """The one that the user chose, if there is such a one."""
        default = "weak" if self._images.dislocations is None else "dislocation_image"
        wanted = PICTURES[self._wanted or default]
        return default if wanted.values(self._images) is None else wanted.name

    def _show_picture(self, name: str) -> None:
        picture = PICTURES[name]
        self.bar.choose(name)
        self.picture.show_picture(picture, self._binary if name == "binary_map" else None)
        self._scale.setEnabled(picture.unit == "counts")
        self._legend.setText(legend_text(picture, self._images))
        self._show_beside(name == "binary_map")

    def _show_beside(self, with_threshold: bool) -> None:
        """Lines where there is a map of them; the threshold beside the binary map at least."""
        dislocations = self._images.dislocations
        has_lines = dislocations is not None and len(dislocations.lines) > 0
        self.lines.setVisible(dislocations is not None)
        self.tabs.setTabVisible(_CURVE, has_lines)
        self.tabs.setCurrentIndex(_THRESHOLD if with_threshold or not has_lines else _CURVE)
        self.tabs.setVisible(has_lines or with_threshold)
        self._right.setVisible(dislocations is not None or with_threshold)

    def _change_scale(self, text: str) -> None:
        self.picture.set_normalization(_SCALES[text])
        if self._images is not None:
            self._show_picture(self.bar.name)

    def _select_again(self) -> None:
        """The line where one was selected before."""
        if self._place is None or self._images.dislocations is None:
            return
        line = self._images.dislocations.lines.at(*self._place)
        if line is not None:
            self.select_line(line)

    def _cut(self, threshold: float) -> None:
        self._show_cut(threshold)
        self.threshold_changed.emit(threshold)

    def _show_cut(self, threshold: float) -> None:
        with numpy.errstate(invalid="ignore"):
            self._binary = self._images.excess > threshold
        if self.bar.name == "binary_map":
            self._show_picture("binary_map")

    def _show_pixel(self, row: int, column: int) -> None:
        self._readout.setText(pixel_text(self._images, row, column))
