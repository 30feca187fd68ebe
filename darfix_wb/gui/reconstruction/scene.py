"""The lines and the images of a volume in space; needs OpenGL."""

from __future__ import annotations

from functools import partial

import numpy
from silx.gui import qt
from silx.gui.colors import Colormap, rgba
from silx.gui.plot3d.items import Mesh, ScalarField3D
from silx.gui.plot3d.SceneWidget import SceneWidget
from silx.gui.plot3d.tools import InteractiveModeToolBar, OutputToolBar, ViewpointToolBar

from ..latest_job import LatestJob
from ..messages import sentence_of
from .coloring import CHOSEN_COLOR, GROUND, REFERENCE_COLOR, Coloring
from .sampled import SampledNetwork
from .scene_data import SceneData
from .tubes import Tubes, tubes
from .volume_field import Surface, VolumeField, surface_at

_AXES = ("layers", "rows", "columns")
_SURFACE_COLOR = (0.75, 0.82, 0.9, 0.25)
_TEXT_COLOR = "#E0E0E0"
_SIGHT = (-0.62, 0.7, -0.35)
_AMBIENT, _DIFFUSE = (0.6, 0.6, 0.6), (0.4, 0.4, 0.4)
"""Light from all sides and from the camera: the colours of lines must be told from any side."""

_WIDER = 1.8
_BRIGHTEST_PERCENTILE = 99.9
_LEAST_LEVEL, _GREATEST_LEVEL = 1.0, 10_000.0
_DELAY_MS = 300
_ICON_SIZE = qt.QSize(20, 20)
_PLACE = "{} {:.2f} µm, white: {:.0f} sigma"


class Scene(qt.QWidget):
    """Lines as tubes, the dislocation image as a surface and a cut plane, the reference in grey."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self.widget = SceneWidget(self)
        self.surface_shown, self.level = qt.QCheckBox("&Surface at"), qt.QDoubleSpinBox()
        self.cut, self.position = qt.QComboBox(), qt.QSlider(qt.Qt.Orientation.Horizontal)
        self.place = qt.QLabel()
        self._field_item = ScalarField3D()
        self._meshes = {name: Mesh() for name in ("lines", "reference", "selected", "surface")}
        self._worker = LatestJob(self)
        self._data: SceneData | None = None
        self._lines: SampledNetwork | None = None
        self._delay = qt.QTimer(self)
        self._set_up_scene()
        self._lay_out()
        self._connect()

    def set_data(self, data: SceneData, lines: SampledNetwork, level: float) -> None:
        """Show other lines and images; `level` is that of the surface at first, in sigma."""
        self._data, self._lines = data, lines
        self._worker.cancel()
        self._show_tubes("reference", data.reference, REFERENCE_COLOR)
        for name in ("selected", "surface"):
            self._meshes[name].setData(None, None)
        blocked = self.level.blockSignals(True)
        self.level.setValue(level)
        self.level.blockSignals(blocked)
        self._set_field(data.field)
        self._ask_surface()
        self._look_from_the_side()

    def set_coloring(self, coloring: Coloring) -> None:
        """Colour the lines."""
        if self._data is not None:
            colors = coloring.colors[coloring.levels[self._data.lines.points]]
            self._show_tubes("lines", self._data.lines, colors)

    def set_reference_visible(self, visible: bool) -> None:
        """Show or hide the reference."""
        self._meshes["reference"].setVisible(visible)

    def select(self, number: int | None) -> None:
        """Make a line stand out; None for none."""
        if number is None or self._data is None:
            self._meshes["selected"].setData(None, None)
            return
        path = self._lines.path(number)
        numbers, joined = numpy.zeros(len(path), int), numpy.ones(len(path) - 1, bool)
        one = SampledNetwork(path, numbers, joined)
        self._show_tubes("selected", tubes(one, _WIDER * self._data.radius_um), CHOSEN_COLOR)

    def stop(self) -> None:
        """End what runs in the background."""
        self._delay.stop()
        self._worker.stop()

    def _look_from_the_side(self) -> None:
        """Layers upwards, as they lie in the sample."""
        self.widget.viewport.camera.extrinsic.setOrientation(_SIGHT, (0.0, 0.0, 1.0))
        self.widget.centerScene()

    # --- Inside ------------------------------------------------------------------------------

    def _set_up_scene(self) -> None:
        light = self.widget.viewport.light
        light.ambient, light.diffuse = _AMBIENT, _DIFFUSE
        self.widget.setBackgroundColor(GROUND)
        self.widget.setForegroundColor(_TEXT_COLOR)
        self.widget.setTextColor(_TEXT_COLOR)
        self.widget.setOrientationIndicatorVisible(False)
        self.widget.getSceneGroup().setAxesLabels("column (µm)", "row (µm)", "layer (µm)")
        self._field_item.setVisible(False)
        self._field_item.setBoundingBoxVisible(False)
        for item in (self._field_item, *self._meshes.values()):
            self.widget.addItem(item)

    def _lay_out(self) -> None:
        tools = qt.QHBoxLayout()
        for toolbar in (InteractiveModeToolBar, ViewpointToolBar, OutputToolBar):
            bar = toolbar(parent=self)
            bar.setPlot3DWidget(self.widget)
            bar.setIconSize(_ICON_SIZE)
            tools.addWidget(bar)
        tools.addStretch(1)
        tools.addWidget(self.surface_shown)
        tools.addWidget(self.level)
        self.level.setRange(_LEAST_LEVEL, _GREATEST_LEVEL)
        self.level.setDecimals(1)
        self.level.setSuffix(" sigma")
        self.level.setToolTip("Value of the dislocation image at which the surface lies")
        self.cut.addItem("no cut", None)
        for axis, name in enumerate(_AXES):
            self.cut.addItem(f"cut across {name}", axis)
        self.cut.setToolTip("A plane through the volume that shows the dislocation image")
        self.place.setMinimumWidth(
            self.fontMetrics().horizontalAdvance(_PLACE.format("column", 999, 99))
        )
        row = qt.QHBoxLayout()
        for widget in (self.cut, self.position, self.place):
            row.addWidget(widget, int(widget is self.position))
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(tools)
        layout.addWidget(self.widget, 1)
        layout.addLayout(row)

    def _connect(self) -> None:
        self._delay.setSingleShot(True)
        self._delay.setInterval(_DELAY_MS)
        self._delay.timeout.connect(self._ask_surface)
        self.surface_shown.toggled.connect(self._ask_surface)
        self.level.valueChanged.connect(lambda _: self._delay.start())
        self.cut.currentIndexChanged.connect(self._choose_cut)
        self.position.valueChanged.connect(self._move_cut)
        self._worker.succeeded.connect(self._show_surface)
        self._worker.failed.connect(lambda error: self.place.setText(sentence_of(error)))

    def _show_tubes(self, name: str, shape: Tubes | None, colors) -> None:
        if shape is None or not len(shape.indices):
            self._meshes[name].setData(None, None)
            return
        colors = rgba(colors) if isinstance(colors, str) else colors.astype(numpy.float32)
        self._meshes[name].setData(
            _xyz(shape.vertices_um), colors, _xyz(shape.normals), indices=shape.indices.ravel()
        )

    def _set_field(self, field: VolumeField | None) -> None:
        for widget in (self.surface_shown, self.level, self.cut, self.position):
            widget.setEnabled(field is not None)
        if field is None:
            self._field_item.setVisible(False)
            return
        self._field_item.setData(field.values, copy=False)
        self._field_item.setScale(*field.pitch_um[::-1])
        corner = numpy.array(field.origin_um) - 0.5 * numpy.array(field.pitch_um)
        self._field_item.setTranslation(*corner[::-1])
        middle = field.values[len(field.values) // 2]
        brightest = max(float(numpy.percentile(middle, _BRIGHTEST_PERCENTILE)), 1.0)
        (plane,) = self._field_item.getCutPlanes()
        plane.setColormap(Colormap("gray", vmin=0.0, vmax=brightest))
        plane.setDisplayValuesBelowMin(True)
        self._choose_cut()

    def _choose_cut(self) -> None:
        axis = self.cut.currentData()
        shown = axis is not None and self._data is not None and self._data.field is not None
        self._field_item.setVisible(shown)
        self.position.setEnabled(shown)
        self.place.clear()
        if not shown:
            return
        (plane,) = self._field_item.getCutPlanes()
        plane.setVisible(True)
        plane.setNormal(numpy.eye(3)[2 - axis])
        count = self._data.field.values.shape[axis]
        blocked = self.position.blockSignals(True)
        self.position.setRange(0, count - 1)
        self.position.setValue(count // 2)
        self.position.blockSignals(blocked)
        self._move_cut()

    def _move_cut(self) -> None:
        axis, number, field = self.cut.currentData(), self.position.value(), self._data.field
        point = numpy.array(field.values.shape) / 2
        point[axis] = number + 0.5
        (plane,) = self._field_item.getCutPlanes()
        plane.setPoint(point[::-1])
        place = field.origin_um[axis] + number * field.pitch_um[axis]
        brightest = plane.getColormap().getVMax()
        self.place.setText(_PLACE.format(_AXES[axis][:-1], place, brightest))

    def _ask_surface(self) -> None:
        self._meshes["surface"].setVisible(self.surface_shown.isChecked())
        if self.surface_shown.isChecked() and self._data is not None and self._data.field:
            self._worker.begin(partial(surface_at, self._data.field, self.level.value()))

    def _show_surface(self, surface: Surface) -> None:
        if not len(surface.indices):
            self._meshes["surface"].setData(None, None)
            return
        self._meshes["surface"].setData(
            _xyz(surface.vertices_um).astype(numpy.float32),
            _SURFACE_COLOR,
            _xyz(surface.normals).astype(numpy.float32),
            indices=surface.indices.ravel(),
        )


def _xyz(points: numpy.ndarray) -> numpy.ndarray:
    """(layer, row, column) as OpenGL's (x, y, z)."""
    return numpy.ascontiguousarray(points[:, ::-1])
