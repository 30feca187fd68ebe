"""A real canvas without a screen: saved with open windows, reopened, closed while it runs."""

from __future__ import annotations

import time

import numpy
import pytest
from ewoksorange.gui.canvas.handler import OrangeCanvasHandler

from darfix_wb.beam import BeamCondition

WIDGETS = "orangecontrib.darfix_wb.widgets."


@pytest.fixture
def canvas(app):
    with OrangeCanvasHandler() as handler:
        yield handler


def add(canvas, module, title):
    from orangecanvas.scheme import SchemeNode

    (description,) = (
        one
        for one in canvas.canvas.widget_registry.widgets()
        if one.qualified_name.startswith(WIDGETS + module + ".")
    )
    node = SchemeNode(description, title=title)
    canvas.scheme.add_node(node)
    return canvas.scheme.widget_for_node(node)


def widget_of(canvas, title):
    (widget,) = canvas.widgets_from_name(title)
    return widget


def test_the_widgets_are_found_and_the_base_is_none(canvas):
    found = {
        one.qualified_name.removeprefix(WIDGETS)
        for one in canvas.canvas.widget_registry.widgets()
        if one.qualified_name.startswith(WIDGETS)
    }
    assert {
        "patch_extraction.OWPatchExtraction",
        "patch_labelling.OWPatchLabelling",
    } <= found
    assert not [name for name in found if name.startswith("_") or "OWBeamWidget" in name]


def test_saved_with_open_windows_and_reopened(canvas, dataset, wait, tmp_path):
    extraction = add(canvas, "patch_extraction", "cut")
    labelling = add(canvas, "patch_labelling", "label")
    canvas.scheme.new_link(canvas.scheme.nodes[0], "patches", canvas.scheme.nodes[1], "patches")
    extraction.show()
    labelling.show()
    extraction.form["patch_size"].widget.setValue(16)
    extraction.set_dynamic_input("dataset", dataset)
    extraction.handleNewSignals()
    wait(lambda: labelling.view.editor is not None)
    labelling.view.brushes.condition = BeamCondition.STRONG
    labelling.view.frames.set_frame(5)
    labelling.view.paint(1, 1, 2, 3)
    painted = labelling.view.editor.labels
    assert canvas.scheme.sync_node_properties()
    path = tmp_path / "touched.ows"
    canvas.scheme.save_to(str(path), pretty=True, pickle_fallback=True)
    assert "pickle" not in path.read_text()

    canvas.load_ows(str(path))
    extraction, labelling = widget_of(canvas, "cut"), widget_of(canvas, "label")
    assert extraction.form.values()["patch_size"] == 16
    extraction.set_dynamic_input("dataset", dataset)
    extraction.handleNewSignals()
    wait(lambda: labelling.view.editor is not None)
    assert labelling.view.editor.labels.hash == painted.hash
    assert labelling.view.frames.frame == 5
    labelling.buttons.apply.click()
    wait(lambda: labelling.result("labels") is not None)
    numpy.testing.assert_array_equal(labelling.result("labels").values, painted.values)


def test_each_link_between_classifier_and_integration_has_a_type_of_its_own(canvas):
    add(canvas, "weak_beam_classification", "classify")
    add(canvas, "beam_integration", "integrate")
    classify, integrate = canvas.scheme.nodes
    proposed = canvas.scheme.propose_links(classify, integrate)
    found = {(source.name, sink.name) for source, sink, _ in proposed}
    assert found == {(name, name) for name in ("dataset", "classification", "patches")}
    for module in ("patch_labelling", "lcnn_training", "method_comparison"):
        add(canvas, module, module)
        links = canvas.scheme.propose_links(classify, canvas.scheme.nodes[-1])
        assert all(source.name == sink.name for source, sink, _ in links)


@pytest.mark.parametrize("end", ["delete the node", "close the canvas"])
def test_ended_while_it_runs(app, slow_dataset, wait, end):
    with OrangeCanvasHandler() as canvas:
        widget = add(canvas, "patch_extraction", "cut")
        widget.update_default_inputs(patch_size=32, stride=1)
        widget.set_dynamic_input("dataset", slow_dataset)
        widget.handleNewSignals()
        wait(lambda: widget.progressBarValue > 0)
        assert canvas.scheme.nodes[0].progress > 0
        executor = widget.task_run
        start = time.monotonic()
        if end == "delete the node":
            canvas.scheme.remove_node(canvas.scheme.nodes[0])
            app.processEvents()
        else:
            canvas.close()
        wait(lambda: not executor.isRunning(), seconds=2)
        assert time.monotonic() - start < 2
