"""The canvas with the example workflows, and darfix's widgets in front of ours."""

from __future__ import annotations

from pathlib import Path

from ewoksorange.gui.canvas.handler import OrangeCanvasHandler
from grabbing import SIZE, save, settle, wait
from orangecanvas.gui.toolbox import ToolBox
from silx.gui import qt

import orangecontrib.darfix_wb.tutorials

EXAMPLES = Path(orangecontrib.darfix_wb.tutorials.__file__).parent
CLASSIFY, TRAIN, COMPARE = (
    "classify_with_the_shipped_model",
    "label_train_apply",
    "lcnn_and_pca_side_by_side",
)
CATEGORY = "DARFIX : Weak beam"


def canvas_pictures(folder: Path) -> None:
    """Each example as it opens, and the first of them when it has run."""
    with OrangeCanvasHandler() as canvas:
        canvas.canvas.resize(*SIZE)
        for name in (TRAIN, COMPARE, CLASSIFY):
            canvas.load_ows(str(EXAMPLES / f"{name}.ows"))
            canvas.canvas.show()
            _show_category(canvas.canvas)
            if name == CLASSIFY:
                _run(canvas, folder)
            _show_all(canvas)
            save(canvas.canvas, folder / f"canvas_{name}.png")


def _run(canvas, folder: Path) -> None:
    """Press what the example tells to press; pictures of the two windows of darfix."""
    scan = _widget(canvas, "Simulated scan")
    scan.apply()
    wait(lambda: not scan.is_running() and scan.result("raw_input_file"))
    for title, name in (("Data selection", "data_selection"), ("Dimensions", "dimensions")):
        widget = _widget(canvas, title)
        wait(lambda widget=widget: widget.get_dynamic_input_values())
        widget.show()
        widget.resize(widget.sizeHint().expandedTo(qt.QSize(760, 0)))
        save(widget, folder / f"{name}.png")
        button = widget.findChild(qt.QDialogButtonBox).button(qt.QDialogButtonBox.StandardButton.Ok)
        wait(button.isEnabled)
        button.click()
        wait(lambda widget=widget: widget.get_task_output_value("dataset", None) is not None)
    integration = _widget(canvas, "Beam integration")
    wait(lambda: not integration.is_running() and integration.result("images") is not None)
    maps = _widget(canvas, "Grain plot")
    wait(lambda: maps.get_task_output_value("dataset_with_moments", None) is not None)


def _widget(canvas, title: str):
    (widget,) = canvas.widgets_from_name(title)
    return widget


def _show_category(window) -> None:
    """Open our category in the list of widgets."""
    for box in window.findChildren(ToolBox):
        for index in range(box.count()):
            button = box.tabButton(index)
            if button.text().strip() == CATEGORY and not button.isChecked():
                button.click()


def _show_all(canvas) -> None:
    """Select nothing, and bring the whole workflow into view."""
    window = canvas.canvas
    view = window.current_document().view()
    view.scene().clearSelection()
    settle()
    box = view.scene().itemsBoundingRect()
    view.fitInView(box, qt.Qt.AspectRatioMode.KeepAspectRatio)
