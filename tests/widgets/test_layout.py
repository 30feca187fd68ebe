"""Every window with a result, at its default size and on a small screen: nothing cut, nothing flat.

Texts are measured with the font of the machine and, in plots, by matplotlib.
"""

import pytest
from silx.gui import qt
from silx.gui.plot import PlotWidget

from darfix_wb.classification.angle_rule import angle_rule
from darfix_wb.gui.live.view import Landed, LiveView
from darfix_wb.labels import LabelMap
from darfix_wb.live.classifying import LiveLabels
from darfix_wb.live.following import LiveFrame
from darfix_wb.model import shipped_model_file
from darfix_wb.scan import RockingScan
from orangecontrib.darfix_wb.widgets._base import WINDOW_SIZE
from orangecontrib.darfix_wb.widgets.beam_integration import OWBeamIntegration
from orangecontrib.darfix_wb.widgets.dislocation_reconstruction import OWDislocationReconstruction
from orangecontrib.darfix_wb.widgets.lcnn_training import OWLCNNTraining
from orangecontrib.darfix_wb.widgets.method_comparison import OWMethodComparison
from orangecontrib.darfix_wb.widgets.patch_extraction import OWPatchExtraction
from orangecontrib.darfix_wb.widgets.patch_labelling import OWPatchLabelling
from orangecontrib.darfix_wb.widgets.scan_check import OWScanCheck
from orangecontrib.darfix_wb.widgets.simulated_scan import OWSimulatedScan
from orangecontrib.darfix_wb.widgets.volume_classification import OWVolumeClassification
from orangecontrib.darfix_wb.widgets.weak_beam_classification import OWWeakBeamClassification

LEAST_SIDE = 80
"""Pixels of a plot between its axes, upwards and across."""

_ARROW, _FRAME, _SLACK = 24, 8, 2

SIZES = ((WINDOW_SIZE.width(), WINDOW_SIZE.height()), (1366, 768))
METHODS = ["angle-rule", "darfix-nstd", "pca", "nmf", "matched", "detector"]
RECORD = {"training_loss": 0.5, "training_accuracy": 0.8, "validation_loss": 0.6,
          "validation_accuracy": 0.75}  # fmt: skip
SCORES = {
    "confusion": [[12570, 1040, 111], [351, 7601, 0]],
    "reliability": [[0.6, 0.5, 10], [0.97, 0.99, 300]],
    "n_patches": 21673,
    "balanced_accuracy": 0.842,
    "interval": [0.803, 0.904],
    "ece": 0.021,
}


@pytest.fixture
def windows(make_widget, feed, wait, dataset, patched, volume_file, tmp_path):
    """Makes each window, with a result, by its name."""

    def run(widget_class, data, **parameters):
        widget = make_widget(widget_class, **parameters)
        widget.show()
        feed(widget, **data)
        if not widget.run_on_arrival:
            widget.buttons.apply.click()
        wait(lambda: not widget.is_running(), seconds=60)
        assert not widget.Error.active
        return widget

    def training():
        widget = make_widget(OWLCNNTraining)
        widget.show()
        widget.view.start(3)
        for epoch in (1, 2, 3):
            widget.view.add_epoch({"epoch": epoch, **RECORD})
        widget.view._show_scores(SCORES)
        widget.view.show_model(str(shipped_model_file()))
        return widget

    def comparison():
        rule = angle_rule(patched)
        data = {"dataset": dataset, "classification": rule, "labels": some_labels()}
        widget = run(OWMethodComparison, data, methods=METHODS)
        widget.view.show_patch(2, 3)
        return widget

    def some_labels():
        labels = LabelMap.unlabelled(patched.scan.n_frames, patched.grid)
        return labels.with_frames({"weak": [0, 1, 9, 10], "strong": [4, 5, 6]}, empty=patched.empty)

    def integration():
        data = {"dataset": dataset, "classification": angle_rule(patched)}
        widget = run(OWBeamIntegration, data, find_dislocations=True)
        if len(widget.result("images").dislocations.lines):
            widget.view.select_line(0)
            wait(lambda: not widget.view.curve.is_reading())
        return widget

    def volume():
        widget = make_widget(OWVolumeClassification, output_file=str(volume_file))
        widget.show()
        wait(lambda: widget.view.progress is not None and not widget.view.preview.is_busy())
        return widget

    def reconstruction():
        widget = run(
            OWDislocationReconstruction, {}, volume_file=str(volume_file), spacing=[1.0, 0.2, 0.1],
            output_file=str(tmp_path / "lines.h5"),
        )  # fmt: skip
        wait(lambda: widget.view.network is not None and not widget.view.is_busy())
        widget.view.select_line(0)
        wait(lambda: not widget.view.is_busy())
        return widget

    def live():
        scan, view = patched.scan, LiveView("Waiting")
        conditions = angle_rule(patched).condition()
        for index in range(scan.n_frames):
            frame = LiveFrame(index, scan.frames[index], float(scan.angles[index]), 0.0)
            labels = LiveLabels(index, frame.angle, conditions[index], 0.1)
            until_now = RockingScan(
                scan.frames[: index + 1], scan.angles[: index + 1], scan.motor, scan.unit
            )
            view.add(Landed(frame, labels, patched.grid, until_now))
        view.show()
        view.draw()
        return view

    arrival = {"dataset": dataset}
    return {
        "simulated scan": lambda: run(
            OWSimulatedScan, {}, output_file=str(tmp_path / "scan.h5"), rows=64, columns=96, steps=5
        ),
        "scan check": lambda: run(OWScanCheck, arrival),
        "patch extraction": lambda: run(OWPatchExtraction, arrival, patch_size=16),
        "patch labelling": lambda: run(
            OWPatchLabelling, {"patches": patched}, patch_labels=[[0, 0, 0, "weak"]]
        ),
        "training": training,
        "classifier": lambda: run(
            OWWeakBeamClassification, arrival, method="angle-rule", patch_size=16
        ),
        "integration": integration,
        "comparison": comparison,
        "volume": volume,
        "reconstruction": reconstruction,
        "live": live,
    }


@pytest.mark.parametrize(
    "name",
    ["simulated scan", "scan check", "patch extraction", "patch labelling", "training",
     "classifier", "integration", "comparison", "volume", "reconstruction", "live"],
)  # fmt: skip
def test_nothing_is_cut_and_no_plot_is_flat(windows, name, app):
    window = windows[name]()
    found = set()
    for size in SIZES:
        window.resize(*size)
        for _ in pages(window):
            for _ in range(4):
                app.processEvents()
            found.update(f"{size[0]}x{size[1]}: {fault}" for fault in faults(window))
        if (window.width(), window.height()) != size:
            found.add(f"{size[0]}x{size[1]}: takes {window.width()}x{window.height()}")
    window.close()
    assert "\n".join(sorted(found)) == ""


def test_faults_are_found(show_small):
    """A window that is too small for what it holds."""
    found = " ".join(faults(show_small))
    for kind in (
        "plot of",
        "text",
        "label cut",
        "choice cut",
        "placeholder cut",
        "list cut",
        "column cut",
    ):
        assert kind in found


@pytest.fixture
def show_small(app):
    window = qt.QWidget()
    plot, label, box = PlotWidget(parent=window), qt.QLabel("A long label", window), qt.QComboBox()
    plot.setGraphTitle("A title that is much longer than the plot is wide")
    plot.setMinimumSize(1, 1)
    box.setParent(window)
    box.addItem("A long choice")
    line, table = qt.QLineEdit(window), qt.QTableWidget(1, 1, window)
    line.setPlaceholderText("A long placeholder")
    methods = qt.QListWidget(window)
    methods.addItem("A long method")
    methods.setGeometry(150, 0, 30, 40)
    table.setHorizontalHeaderLabels(["A long title of a column"])
    table.setColumnWidth(0, 20)
    for index, part in enumerate((label, box, line)):
        part.setGeometry(120, 30 * index, 20, 20)
    plot.setGeometry(0, 0, 110, 90)
    table.setGeometry(0, 100, 200, 100)
    window.resize(220, 220)
    window.show()
    app.processEvents()
    yield window
    window.close()
    window.deleteLater()


def faults(window: qt.QWidget) -> list[str]:
    """Each fault in words, with all tabs looked at."""
    return [
        *(fault for plot in _seen(window, PlotWidget) for fault in _plot_faults(plot)),
        *(f"label cut: {label.text()!r}" for label in _seen(window, qt.QLabel) if _is_cut(label)),
        *(f"choice cut: {box.currentText()!r}" for box in _seen(window, qt.QComboBox)
          if _width(box, box.currentText()) + _ARROW > box.width()),
        *(f"placeholder cut: {line.placeholderText()!r}" for line in _seen(window, qt.QLineEdit)
          if not line.text() and _width(line, line.placeholderText()) + _FRAME > line.width()),
        *(f"list cut: {one.objectName()}" for one in _seen(window, qt.QListWidget)
          if one.count() and one.sizeHintForColumn(0) > one.viewport().width() + _SLACK),
        *(fault for header in _seen(window, qt.QHeaderView) for fault in _header_faults(header)),
    ]  # fmt: skip


def pages(window: qt.QWidget):
    """Shows each combination of tabs in turn."""
    yield
    for tabs in window.findChildren(qt.QTabWidget):
        for index in range(tabs.count()):
            if tabs.isVisible() and tabs.isTabVisible(index):
                tabs.setCurrentIndex(index)
                yield


def _seen(window: qt.QWidget, kind: type) -> list:
    return [one for one in window.findChildren(kind) if one.isVisible()]


def _plot_faults(plot: PlotWidget) -> list[str]:
    title = f"{plot.getGraphTitle()}, {plot.getXAxis().getLabel()}, {plot.getYAxis().getLabel()}"
    width, height = plot.getPlotBoundsInPixels()[2:]
    found = []
    if min(width, height) < LEAST_SIDE:
        found.append(f"plot of {width} x {height} px: {title}")
    if plot.isAxesDisplayed():
        canvas = plot.getWidgetHandle()
        canvas.draw()
        for axis in (canvas.figure.axes[0].xaxis, canvas.figure.axes[0].yaxis):
            axis.label.set_visible(bool(axis.label.get_text().strip()))
        # The axes with their title, labels and the numbers beside them, upwards from the bottom.
        box = canvas.figure.axes[0].get_tightbbox(canvas.get_renderer(), bbox_extra_artists=[])
        whole = canvas.figure.bbox
        beyond = (-box.x0, -box.y0, box.x1 - whole.width, box.y1 - whole.height)
        if max(beyond) > _SLACK:
            found.append(f"text {max(beyond):.0f} px beyond its plot: {title}")
    return found


def _is_cut(label: qt.QLabel) -> bool:
    if not label.text() or label.parent().metaObject().className() == "PositionInfo":
        return False
    if label.wordWrap():
        return label.heightForWidth(label.width()) > label.height() + _SLACK
    return label.sizeHint().width() > label.width() + _SLACK


def _width(widget: qt.QWidget, text: str) -> int:
    return widget.fontMetrics().horizontalAdvance(text)


def _header_faults(header: qt.QHeaderView) -> list[str]:
    if header.orientation() != qt.Qt.Orientation.Horizontal:
        return []
    return [
        f"title of a column cut: {header.model().headerData(index, header.orientation())!r}"
        for index in range(header.count())
        if not header.isSectionHidden(index)
        and header.sectionSizeHint(index) > header.sectionSize(index) + _SLACK
    ]
