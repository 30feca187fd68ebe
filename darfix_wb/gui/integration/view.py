"""The images that an integration gives, side by side, and what the threshold cuts."""

from __future__ import annotations

import numpy
from silx.gui import qt
from silx.gui.colors import Colormap

from ...beam import BeamMap
from ...integration import BeamImages
from ...io.nexus import Axis
from ...scan import RockingScan
from ..placeholder import Placeholder
from ..plots.beam_colors import NEVER_SEEN, beam_colormaps, binary_colormap
from ..plots.image_panel import ImagePanel, titled
from ..plots.linked_images import LinkedImages
from .saving import SaveButton
from .threshold_histogram import ThresholdHistogram

_CUT_LABELS = ("below", "", "above")

PANELS = (
    ("weak", "Weak beam"),
    ("weak_low", "WB-, below the peak"),
    ("weak_high", "WB+, above the peak"),
    ("weak_count", "Weak frames per pixel"),
    ("strong", "Strong beam"),
    ("strong_count", "Strong frames per pixel"),
    ("binary_map", "Above the threshold"),
)
"""Attribute of `BeamImages` and title, row by row."""

_CUT = "Pixels by height: drag the threshold"
_N_COLUMNS = 4
_SCALES = {"Linear": "linear", "Square root": "sqrt", "Logarithm": "log", "arcsinh": "arcsinh"}
_EMPTY_TEXT = (
    "Connect a dataset and its classification (Weak-beam classifier): "
    "the weak- and the strong-beam images appear here."
)


class IntegrationView(Placeholder):
    """Weak, strong, WB-, WB+, contribution counts and binary map, with linked zoom."""

    threshold_changed = qt.Signal(float)
    """The user dragged the threshold; the binary map shown has followed."""

    failed = qt.Signal(str)
    """What could not be saved, and why."""

    saved = qt.Signal(str)
    """What was saved."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        self._panels = {name: ImagePanel(title) for name, title in PANELS}
        self._histogram = ThresholdHistogram()
        self._readout, self._legend = qt.QLabel(), qt.QLabel()
        self._legend.setWordWrap(True)
        self._scale = qt.QComboBox()
        self._save = SaveButton()
        self._images: BeamImages | None = None
        content = qt.QWidget()
        super().__init__(content, _EMPTY_TEXT, parent)
        self._linked = LinkedImages(self._panels.values(), self)
        self._lay_out(content)
        self._connect()

    @property
    def panels(self) -> dict[str, ImagePanel]:
        """The images by name of their attribute in `BeamImages`."""
        return self._panels

    @property
    def histogram(self) -> ThresholdHistogram:
        """The histogram with the threshold."""
        return self._histogram

    def set_result(
        self,
        images: BeamImages | None,
        beam_map: BeamMap | None = None,
        scan: RockingScan | None = None,
        axes: tuple[Axis, Axis] | None = None,
    ) -> None:
        """Show an integration; None shows nothing.

        Parameters
        ----------
        images : BeamImages or None
            The images.
        beam_map, scan
            What they were made of; needed to save them to a NeXus file.
        axes : tuple of Axis, optional
            Positions of the rows and of the columns; pixels if not given.
        """
        self._images = images
        self._save.set_result(images, beam_map, scan, axes)
        if images is None:
            self.show_text()
            return
        self._linked.set_geometry(images.weak.shape, axes)
        self._show_images()
        self._histogram.set_excess(images.excess, images.threshold, images.mode)
        self.show_content()
        self._legend.setText(_legend(images.mode, self._linked.unit))

    def set_threshold(self, threshold: float) -> None:
        """Cut the images that are shown at another height."""
        if self._images is not None and self._images.excess is not None:
            self._histogram.set_threshold(threshold)
            self._show_cut(threshold)

    def _lay_out(self, content: qt.QWidget) -> None:
        self._scale.addItems(list(_SCALES))
        self._scale.setToolTip("How counts are mapped to colours, in the images of counts")
        whole = qt.QPushButton("Whole images")
        whole.setToolTip("Zoom out; drag in an image to zoom into all of them")
        whole.clicked.connect(self._linked.reset_zoom)
        label = qt.QLabel("Colour scale")
        label.setBuddy(self._scale)
        bar = qt.QHBoxLayout()
        for widget in (label, self._scale, whole, self._save):
            bar.addWidget(widget)
        bar.addWidget(self._readout, 1, qt.Qt.AlignmentFlag.AlignRight)
        grid = qt.QGridLayout()
        grid.setSpacing(2)
        for index, widget in enumerate((*self._panels.values(), titled(_CUT, self._histogram))):
            grid.addWidget(widget, *divmod(index, _N_COLUMNS))
            grid.setColumnStretch(index % _N_COLUMNS, 1)
        layout = qt.QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(bar)
        layout.addLayout(grid, 1)
        layout.addWidget(self._legend)

    def _connect(self) -> None:
        self._scale.currentIndexChanged.connect(self._show_images)
        self._linked.pixel_hovered.connect(self._show_pixel)
        self._histogram.threshold_changed.connect(self._cut)
        self._save.failed.connect(self.failed)
        self._save.saved.connect(self.saved)

    def _show_images(self) -> None:
        if self._images is None:
            return
        colormaps = beam_colormaps(self._images, _SCALES[self._scale.currentText()])
        for name, panel in self._panels.items():
            self._show(name, panel, getattr(self._images, name), colormaps[name])

    def _show(self, name: str, panel: ImagePanel, image: numpy.ndarray, colormap: Colormap) -> None:
        image = image.astype(numpy.uint8) if image.dtype == bool else image
        labels = _CUT_LABELS if name == "binary_map" else None
        panel.show_image(image, colormap, self._linked.origin, self._linked.scale, labels)

    def _cut(self, threshold: float) -> None:
        self._show_cut(threshold)
        self.threshold_changed.emit(threshold)

    def _show_cut(self, threshold: float) -> None:
        with numpy.errstate(invalid="ignore"):
            binary = self._images.excess > threshold
        self._show("binary_map", self._panels["binary_map"], binary, binary_colormap())

    def _show_pixel(self, row: int, column: int) -> None:
        values = {name: getattr(self._images, name)[row, column] for name, _ in PANELS}
        weak, strong = (_counts(values[name]) for name in ("weak", "strong"))
        self._readout.setText(
            f"row {row}, column {column}:  weak {weak} ({values['weak_count']:.3g} frames),  "
            f"strong {strong} ({values['strong_count']:.3g} frames)"
        )


def _counts(value: float) -> str:
    return f"{value:.4g} counts" if numpy.isfinite(value) else "never"


def _legend(mode: str, unit: str) -> str:
    counts = {
        "default": "counts above dark, mean of the contributing frames",
        "paper": "counts, summed over the contributing frames",
    }[mode]
    return (
        f"<span style='background-color:{NEVER_SEEN}'>&nbsp;&nbsp;&nbsp;&nbsp;</span> "
        f"no frame contributed, or an invalid pixel &nbsp;·&nbsp; beams: {counts} &nbsp;·&nbsp; "
        f"axes in {unit} &nbsp;·&nbsp; drag to zoom, right click to go back"
    )
