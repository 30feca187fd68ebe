"""The process ends well though Qt objects are left, of which some make others as they go."""

import subprocess
import sys

import pytest

LEFT = """
import atexit
from silx.gui import qt

@atexit.register
def count():
    from darfix_wb.gui.ending import owned_objects
    print("left", len(owned_objects()))

app = qt.QApplication([])
"""
"""Registered between the hook of PyQt and the one of darfix_wb, so that it runs between them."""

WIDGETS = """
import darfix_wb.gui.threads

made = []

def gone():
    made.extend(qt.QPoint(1, 2) for _ in range(3))

kept = [qt.QWidget() for _ in range(2000)]
for widget in kept:
    widget.destroyed.connect(gone)
"""

NESTED = """
import darfix_wb.gui.threads

late = []
kept = [qt.QObject() for _ in range(100)]
for item in kept:
    item.destroyed.connect(lambda: late.append(qt.QTimer()))
gone = qt.QWidget()
gone.destroyed.connect(lambda: print("deleted later"))
gone.deleteLater()
"""

CANVAS = """
from ewoksorange.gui.canvas.handler import OrangeCanvasHandler
from orangecanvas.scheme import SchemeNode

package = "orangecontrib.darfix_wb.widgets."
handler = OrangeCanvasHandler()
handler.__enter__()
for description in handler.canvas.widget_registry.widgets():
    if description.qualified_name.startswith(package):
        node = SchemeNode(description)
        handler.scheme.add_node(node)
        handler.scheme.widget_for_node(node).show()
handler.canvas.show()
app.processEvents()
if {close}:
    handler.close()
"""


def end_of(code):
    """What a process prints that runs the code and exits."""
    ended = subprocess.run(
        [sys.executable, "-c", LEFT + code],
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return ended.stdout.split("\n")


def test_widgets_that_make_objects_as_they_go():
    """PyQt alone ends with a segmentation fault here."""
    assert "left 0" in end_of(WIDGETS)


def test_objects_made_by_a_deletion_and_those_to_be_deleted_later():
    printed = end_of(NESTED)
    assert "left 0" in printed
    assert "deleted later" in printed


@pytest.mark.parametrize("close", [True, False])
def test_a_canvas_with_every_widget(close):
    assert "left 0" in end_of(CANVAS.format(close=close))
