"""A network of dislocation lines: in space, in the layers, as a table, beside a reference."""

from __future__ import annotations

import math
from functools import partial
from typing import NamedTuple

from silx.gui import qt

from ...dislocation_lines.network import LineNetwork
from ...progress import Monitor
from ..latest_job import LatestJob
from ..messages import sentence_of
from ..placeholder import Placeholder
from ..volume.note import Note
from .coloring import coloring
from .comparison_panel import ComparisonPanel
from .layer_plot import LayerPlot
from .legend import Legend
from .line_curve import LineCurve
from .line_table import LineTable, line_items
from .loading import Loaded, load
from .projections import Projections
from .space import Space

_EMPTY = (
    "Choose a volume, the distances between its layers, rows and columns, and a file "
    "for the lines: Apply finds them. If the file exists already, its lines are shown."
)
_READING = "The lines are being read."
_NO_LINES = (
    "No line was found: no chain of beads and no streak reaches the threshold. Lower the threshold "
    "or look at the dislocation images."
)
_LEVEL = 8.0


class ReconstructionView(Placeholder):
    """Shows the file of a reconstruction; the lines are read in the background."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        content = qt.QWidget()
        super().__init__(content, _EMPTY, parent)
        self.note, self.legend = Note(), Legend()
        self.reference = qt.QCheckBox("Re&ference")
        self.tabs = qt.QTabWidget()
        self.space, self.layer = Space(), LayerPlot()
        self.projections, self.comparison = Projections(), ComparisonPanel()
        self.table, self.curve = LineTable(), LineCurve()
        self.lines = Placeholder(self.table, _NO_LINES)
        self._reader = LatestJob(self)
        self._loaded: Loaded | None = None
        self._lay_out(content)
        self._connect()

    @property
    def network(self) -> LineNetwork | None:
        """The lines that are shown."""
        return None if self._loaded is None else self._loaded.saved.network

    def show_file(self, path: str) -> None:
        """Read a file of lines and show it."""
        if not self.has_content():
            self.show_text(_READING)
        self._reader.begin(partial(_read, path))

    def forget(self) -> None:
        """Show nothing: no lines, or not yet."""
        self._reader.cancel()
        self._loaded = None
        self.show_text(_EMPTY)

    def select_line(self, number: int) -> None:
        """Go to a line, as by a click on its row."""
        self.table.select(number)

    def is_busy(self) -> bool:
        """Whether something is still read."""
        parts = (self.layer.is_reading(), self.curve.is_reading(), self.space.is_busy())
        return self._reader.is_running() or any(parts)

    def stop(self) -> None:
        """End what runs in the background."""
        for part in (self._reader, self.layer, self.curve, self.space):
            part.stop()

    # --- Inside ------------------------------------------------------------------------------

    def _lay_out(self, content: qt.QWidget) -> None:
        self.reference.setChecked(True)
        self.reference.setToolTip("What the lines were compared with, in grey")
        for widget, title in (
            (self.space, "&3D"),
            (self.layer, "&Layer"),
            (self.projections, "&Projections"),
            (self.comparison, "C&omparison"),
        ):
            self.tabs.addTab(widget, title)
        top = qt.QHBoxLayout()
        top.addWidget(self.legend, 1)
        top.addWidget(self.reference)
        right = qt.QSplitter(qt.Qt.Orientation.Vertical)
        right.addWidget(self.lines)
        right.addWidget(self.curve)
        right.setChildrenCollapsible(False)
        right.setSizes([400, 220])
        left = qt.QWidget()
        box = qt.QVBoxLayout(left)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(2)
        box.addLayout(top)
        box.addWidget(self.tabs, 1)
        both = qt.QSplitter(qt.Qt.Orientation.Horizontal)
        both.addWidget(left)
        both.addWidget(right)
        both.setChildrenCollapsible(False)
        both.setSizes([520, 500])
        layout = qt.QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.note)
        layout.addWidget(both, 1)

    def _connect(self) -> None:
        self._reader.succeeded.connect(self._take)
        self._reader.failed.connect(self._fail)
        self.legend.scheme_chosen.connect(self._color)
        self.table.line_selected.connect(self._go_to_line)
        self.projections.line_selected.connect(self.select_line)
        self.space.known.connect(self._opengl_is_known)
        for part in (self.space, self.layer, self.projections):
            self.reference.toggled.connect(part.set_reference_visible)

    def _take(self, shown: _Shown) -> None:
        loaded = self._loaded = shown.loaded
        saved, network = loaded.saved, loaded.saved.network
        self.table.set_rows_of_lines(shown.items)
        if network.lines:
            self.lines.show_content()
        else:
            self.lines.show_text()
        self.note.show_text(shown.summary, (*loaded.problems, *network.warnings))
        self.reference.setVisible(loaded.reference is not None)
        self.layer.set_loaded(loaded)
        self.curve.set_loaded(loaded)
        self.projections.set_lines(loaded.lines, network.bounds_um, loaded.reference)
        self.projections.set_reference_visible(self.reference.isChecked())
        self.space.set_loaded(loaded, _LEVEL)
        self.comparison.set_comparison(saved.figures.get("comparison"))
        self._color()
        self.show_content()

    def _fail(self, error: BaseException) -> None:
        self._loaded = None
        self.show_text(sentence_of(error))

    def _color(self) -> None:
        if self._loaded is None:
            return
        found = coloring(self.network, self._loaded.lines, self.legend.scheme)
        self.legend.set_coloring(found)
        for part in (self.layer, self.projections, self.space):
            part.set_coloring(found)

    def _go_to_line(self, number: int) -> None:
        self.layer.select(number, index=self._loaded.rows[number].middle_layer)
        for part in (self.projections, self.space):
            part.select(number)
        self.curve.show_line(number)

    def _opengl_is_known(self, there: bool) -> None:
        if not there and self.tabs.currentWidget() is self.space:
            self.tabs.setCurrentWidget(self.layer)


class _Shown(NamedTuple):
    """What was read, with all that takes time for thousands of lines."""

    loaded: Loaded
    items: list
    summary: str


def _read(path: str, *, monitor: Monitor) -> _Shown:
    loaded = load(path, monitor=monitor)
    return _Shown(loaded, line_items(loaded.rows), _summary(loaded.saved.network))


def _summary(network: LineNetwork) -> str:
    count = len(network.lines)
    if not count:
        return "No line was found."
    parts = [
        f"{'1 line' if count == 1 else f'{count} lines'}, {network.length_um:.1f} µm",
        _counted(len(network.junctions_um), "junction", "junctions"),
        _counted(len(network.boundaries), "boundary", "boundaries"),
    ]
    density = network.density_per_um2
    if math.isfinite(density):
        parts.insert(1, f"{density:.3g} per µm²")
    return ", ".join(parts) + "."


def _counted(count: int, one: str, more: str) -> str:
    return f"{count or 'no'} {one if count == 1 else more}"
