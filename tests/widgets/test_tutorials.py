"""The tutorials, clicked through on a real canvas; headless they give the same numbers."""

import re
from pathlib import Path

import numpy
import pytest
import torch
from ewokscore import execute_graph
from ewoksorange.gui.canvas.handler import OrangeCanvasHandler
from ewoksorange.gui.workflows.owscheme import ows_to_ewoks
from orangecanvas.application import canvasmain
from silx.gui import qt

import darfix_wb.workflows
import orangecontrib.darfix_wb.tutorials
from darfix_wb.model import BeamModel

FOLDER = Path(orangecontrib.darfix_wb.tutorials.__file__).parent
WORKFLOW = Path(darfix_wb.workflows.__file__).parent / "apply_weak_beam.json"
TUTORIALS = sorted(FOLDER.glob("*.ows"))
CLASSIFY, TRAIN, COMPARE = (FOLDER / f"{name}.ows" for name in (
    "classify_with_the_shipped_model", "label_train_apply", "lcnn_and_pca_side_by_side",
))  # fmt: skip
SMALL = {"rows": 64, "columns": 96}
PATIENCE = 120.0

# The widgets of darfix 7 use what ewoksorange 6 and ewokscore 5.1 call deprecated.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.* is deprecated:DeprecationWarning",
    "ignore:'succeeded' should be always provided:DeprecationWarning",
    "ignore:.* implements the deprecated method 'cancel':DeprecationWarning",
)


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch, tmp_path):
    """Relative names of files, as the tutorials have them, lie here."""
    monkeypatch.chdir(tmp_path)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def _no_dialogs(monkeypatch):
    """The canvas tells of links that it had to leave out in a dialog, which would wait."""

    def refuse(text, *_, details="", **__):
        raise AssertionError(f"{text} {details}")

    monkeypatch.setattr(canvasmain, "message_warning", refuse)


@pytest.fixture
def canvas(app):
    with OrangeCanvasHandler() as handler:
        yield handler


@pytest.fixture
def widget_of(canvas):
    def widget_of(title):
        (widget,) = canvas.widgets_from_name(title)
        return widget

    return widget_of


@pytest.fixture
def press_ok(widget_of, wait):
    """Presses OK in one of darfix's widgets, and waits for its output."""

    def press_ok(title):
        widget = widget_of(title)
        wait(lambda: widget.get_dynamic_input_values(), PATIENCE)
        box = widget.findChild(qt.QDialogButtonBox)
        button = box.button(qt.QDialogButtonBox.StandardButton.Ok)
        wait(lambda: button.isEnabled(), PATIENCE)
        button.click()
        wait(lambda: widget.get_task_output_value("dataset", None) is not None, PATIENCE)

    return press_ok


@pytest.fixture
def run_of(widget_of, wait):
    """Waits for one of our widgets to have its result, on its button if told so."""

    def run_of(title, output, click=False):
        widget = widget_of(title)
        if click:
            widget.buttons.apply.click()
        wait(lambda: not widget.is_running() and widget.result(output) is not None, PATIENCE)
        return widget.result(output)

    return run_of


def headless(path, **inputs):
    """All outputs by the node's title, of a tutorial on a small scan."""
    graph = ows_to_ewoks(str(path), title_as_node_id=True)
    for title in graph.graph.nodes:
        if title.startswith("Simulated scan"):
            inputs.setdefault(title, SMALL)
    given = [
        {"id": title, "name": name, "value": value}
        for title, values in inputs.items()
        for name, value in values.items()
    ]
    return execute_graph(graph, inputs=given, outputs=[{"all": True}], merge_outputs=False)


def same(found, expected):
    numpy.testing.assert_array_equal(found, expected)
    return bool(numpy.isfinite(numpy.asarray(found, dtype=float)).any())


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_properties_are_plain_literals_and_every_link_is_one(path, canvas):
    text = path.read_text(encoding="utf-8")
    formats = re.findall(r'format="(\w+)"', text)
    assert formats
    assert set(formats) == {"literal"}
    canvas.load_ows(str(path))
    assert len(canvas.scheme.nodes) == text.count("<node ")
    assert len(canvas.scheme.links) == text.count("<link ")
    assert {node.title for node in canvas.scheme.nodes} == set(
        re.findall(r' title="([^"]+)" p', text)
    )


def test_classify_with_the_shipped_model(canvas, widget_of, press_ok, run_of, wait, tmp_path):
    canvas.load_ows(str(CLASSIFY))
    widget_of("Simulated scan").update_default_inputs(**SMALL)
    scan_file = run_of("Simulated scan", "raw_input_file", click=True)
    press_ok("Data selection")
    press_ok("Dimensions")
    beam_map = run_of("Weak-beam classifier", "classification")
    images = run_of("Beam integration", "images")
    plot = widget_of("Grain plot")
    wait(lambda: plot.get_task_output_value("dataset_with_moments", None) is not None, PATIENCE)
    maps = plot.get_task_output_value("dataset_with_moments").moments_dims

    expected = headless(CLASSIFY)
    same(beam_map.probabilities, expected["Weak-beam classifier"]["classification"].probabilities)
    assert same(images.weak, expected["Beam integration"]["weak_beam_image"])
    moments = expected["Grain plot"]["dataset_with_moments"].moments_dims
    for dimension, values in maps.items():
        for moment, image in values.items():
            same(image, moments[dimension][moment])

    given = {
        "selection": {"raw_input_file": scan_file},
        "integration": {"output_file": str(tmp_path / "weak.h5")},
        "maps": {"filename": str(tmp_path / "weak_beam_maps.h5")},
    }
    json_outputs = execute_graph(
        str(WORKFLOW),
        inputs=[
            {"id": node, "name": name, "value": value}
            for node, values in given.items()
            for name, value in values.items()
        ],
        outputs=[{"all": True}],
        merge_outputs=False,
    )
    same(json_outputs["integration"]["weak_beam_image"], images.weak)
    same(json_outputs["integration"]["binary_map"], images.binary_map)


def test_what_was_changed_comes_back_on_reopening(canvas, widget_of, run_of, press_ok, tmp_path):
    canvas.load_ows(str(CLASSIFY))
    for title in ("Weak-beam classifier", "Beam integration"):
        widget_of(title).show()
    widget_of("Simulated scan").update_default_inputs(**SMALL)
    widget_of("Weak-beam classifier").form["stride"].widget.setValue(24)
    widget_of("Weak-beam classifier").view.threshold.setValue(0.9)
    widget_of("Beam integration").form["threshold"].widget.setValue(3.5)
    run_of("Simulated scan", "raw_input_file", click=True)
    press_ok("Data selection")
    press_ok("Dimensions")
    images = run_of("Beam integration", "images")
    canvas.scheme.sync_node_properties()
    path = tmp_path / "touched.ows"
    canvas.scheme.save_to(str(path), pretty=True, pickle_fallback=True)

    canvas.load_ows(str(path))
    assert widget_of("Weak-beam classifier").form.values()["stride"] == 24
    assert widget_of("Weak-beam classifier").view.threshold.value() == 0.9
    assert widget_of("Beam integration").form.values()["threshold"] == 3.5
    run_of("Simulated scan", "raw_input_file", click=True)
    press_ok("Data selection")
    press_ok("Dimensions")
    same(run_of("Beam integration", "images").binary_map, images.binary_map)
    assert 'format="pickle"' not in path.read_text(encoding="utf-8")


def test_label_train_apply(canvas, widget_of, press_ok, run_of, wait):
    canvas.load_ows(str(TRAIN))
    for which in ("to label", "to classify"):
        widget_of(f"Simulated scan ({which})").update_default_inputs(**SMALL)
        run_of(f"Simulated scan ({which})", "raw_input_file", click=True)
        press_ok(f"Data selection ({which})")
        press_ok(f"Dimensions ({which})")
    run_of("Patch extraction", "patches")
    labelling = widget_of("Patch labelling")
    wait(lambda: labelling.view.editor is not None)
    labels = run_of("Patch labelling", "labels", click=True)
    training = widget_of("LCNN training")
    wait(training.is_ready)
    training.form["n_epochs"].widget.setValue(2)
    training.form["device"].set_value("cpu")
    model_file = run_of("LCNN training", "model_file", click=True)
    trained = BeamModel.load(model_file).hash
    integration = widget_of("Beam integration")

    def has_the_trained_models_classification():
        beam_map = integration.get_task_input_value("classification", None)
        return beam_map is not None and beam_map.model_hash == trained

    wait(has_the_trained_models_classification, PATIENCE)
    images = run_of("Beam integration", "images")

    expected = headless(TRAIN, **{"LCNN training": {"n_epochs": 2, "device": "cpu"}})
    assert expected["Patch labelling"]["labels"].hash == labels.hash
    assert BeamModel.load(expected["LCNN training"]["model_file"]).hash == trained
    same(expected["Beam integration"]["weak_beam_image"], images.weak)


def test_lcnn_and_pca_side_by_side(canvas, widget_of, press_ok, run_of, wait):
    canvas.load_ows(str(COMPARE))
    widget = widget_of("Method comparison")
    methods = ["lcnn", "angle-rule", "pca", "nmf", "gso", "matched", "detector"]
    assert widget.form.values()["methods"] == methods
    widget_of("Simulated scan").update_default_inputs(**SMALL)
    run_of("Simulated scan", "raw_input_file", click=True)
    press_ok("Data selection")
    press_ok("Dimensions")
    run_of("Weak-beam classifier", "classification")
    wait(lambda: widget.get_task_input_value("classification", None) is not None, PATIENCE)
    wait(lambda: widget.get_task_input_value("truth_file", None) is not None, PATIENCE)
    comparison = run_of("Method comparison", "comparison", click=True)
    assert "the truth of" in comparison.scored_on

    expected = headless(COMPARE)["Method comparison"]["comparison"]
    same(comparison.agreement, expected.agreement)
    for found, other in zip(comparison.outcomes, expected.outcomes, strict=True):
        assert (found.name, found.error, found.scores) == (other.name, other.error, other.scores)
        if not found.error:
            assert same(found.contrast, other.contrast)
        if found.beam_map is not None:
            same(found.beam_map.probabilities, other.beam_map.probabilities)


def test_methods_and_regions_come_back_on_reopening(canvas, widget_of, tmp_path):
    regions = {"strong": [1, 2, 30, 40], "weak_low": [3, 4, 5, 6], "weak_high": [7, 8, 9, 10]}
    canvas.load_ows(str(COMPARE))
    widget_of("Method comparison").form["methods"].set_value(["pca", "gso"])
    widget_of("Method comparison").view.regions_changed.emit(regions)
    canvas.scheme.sync_node_properties()
    path = tmp_path / "touched.ows"
    canvas.scheme.save_to(str(path), pretty=True, pickle_fallback=True)
    assert 'format="pickle"' not in path.read_text(encoding="utf-8")

    canvas.load_ows(str(path))
    widget = widget_of("Method comparison")
    assert widget.form.values()["methods"] == ["pca", "gso"]
    assert widget.view.regions.regions == regions
    assert widget.parameter("regions") == regions
