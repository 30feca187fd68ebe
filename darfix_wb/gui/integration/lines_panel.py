"""The lines of a dislocation map: their table, and the rocking curve of one."""

from __future__ import annotations

import numpy
from silx.gui import qt

from ...detection.dislocation_map import DislocationMap
from ...scan import RockingScan
from ..messages import sentence_of, was_cancelled
from ..placeholder import Placeholder
from .curve_plot import CurvePlot
from .curve_reader import CurveReader
from .line_curve import LineCurve
from .line_table import LineTable

NO_LINES = "No line reaches a probability of 0.5."
_NO_SCAN = "The rocking curve of a line needs its scan: connect the dataset."


class LinesPanel(Placeholder):
    """Table of lines above, rocking curve below, and what is to be known about them."""

    line_selected = qt.Signal(int)
    """The user selected this line in the table."""

    failed = qt.Signal(str)
    """Why a rocking curve could not be read."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        self.caption, self.table, self.curve = qt.QLabel(), LineTable(), CurvePlot()
        self.caption.setWordWrap(True)
        self._map: DislocationMap | None = None
        self._scan: RockingScan | None = None
        self._dark: float | numpy.ndarray | None = None
        self._invalid: numpy.ndarray | None = None
        content = qt.QWidget()
        super().__init__(content, NO_LINES, parent)
        self.reader = CurveReader(self)
        self._lay_out(content)
        self.table.line_selected.connect(self.line_selected)
        self.reader.arrived.connect(self._show_curve)
        self.reader.failed.connect(self._could_not_read)

    def set_map(
        self,
        dislocations: DislocationMap | None,
        scan: RockingScan | None,
        *,
        dark: float | numpy.ndarray | None = None,
        invalid: numpy.ndarray | None = None,
    ) -> None:
        """Show the lines of a map; their curves are read from the scan, if there is one."""
        self.reader.stop()
        self._map, self._scan, self._dark, self._invalid = dislocations, scan, dark, invalid
        self.curve.clear()
        if dislocations is None:
            return
        n_lines = len(dislocations.lines)
        if not n_lines:
            self.show_text("\n\n".join((NO_LINES, *dislocations.warnings)))
            return
        count = "1 line" if n_lines == 1 else f"{n_lines} lines"
        self.caption.setText("\n".join((count, *dislocations.warnings)))
        self.table.set_lines(dislocations.lines)
        self.show_content()

    def select_line(self, line: int) -> None:
        """Go to a line's row, and read its rocking curve."""
        self.table.select(line)
        if self._scan is None:
            self.curve.clear(_NO_SCAN)
            return
        self.curve.clear(f"{self._title(line)}: reading its rocking curve…")
        self.reader.read(self._scan, self._map.lines, line, dark=self._dark, invalid=self._invalid)

    def _lay_out(self, content: qt.QWidget) -> None:
        both = qt.QSplitter(qt.Qt.Orientation.Vertical)
        both.addWidget(self.table)
        both.addWidget(self.curve)
        both.setSizes([280, 300])
        both.setChildrenCollapsible(False)
        layout = qt.QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.caption)
        layout.addWidget(both, 1)

    def _title(self, line: int) -> str:
        lines = self._map.lines
        return f"Line at row {lines.row[line]:.0f}, column {lines.column[line]:.0f}"

    def _show_curve(self, curve: LineCurve) -> None:
        self.curve.show_curve(curve, self._scan, self._title(curve.line))

    def _could_not_read(self, error: Exception) -> None:
        if not was_cancelled(error):
            self.curve.clear("The rocking curve could not be read.")
            self.failed.emit(sentence_of(error))
