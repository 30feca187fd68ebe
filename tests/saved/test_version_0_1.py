"""Files that version 0.1.0 wrote still open, and give the same numbers.

`version_0_1` holds a scan of 12 frames, its labels, a model of format 3 with a context network, the
classification and integration that 0.1.0 made of them (stride 8 px), what it gave for each frame
alone, and the workflows and tutorials as it saved them.
"""

from __future__ import annotations

import importlib
import json
import xml.etree.ElementTree as ElementTree
from ast import literal_eval
from pathlib import Path

import h5py
import numpy
import pytest
from ewoks import execute_graph

from darfix_wb.classification.network import classify
from darfix_wb.extraction import extract
from darfix_wb.integration import integrate
from darfix_wb.io.classification_files import read_classification
from darfix_wb.io.frame_sources import open_scan
from darfix_wb.io.label_files import load_labels
from darfix_wb.model import BeamModel

SAVED = Path(__file__).parent / "version_0_1"
MODEL_HASH = "c2af69199341b56451674b3c4bf24111a1ac5e25e922fba4a34f0dec87fd5599"
ROUNDING = {"rtol": 1e-4, "atol": 2e-5}
"""Matrix products may differ in the last bits between processors."""


@pytest.fixture(autouse=True)
def _one_thread(one_thread):
    """In every test."""


@pytest.fixture(scope="module")
def model():
    return BeamModel.load(SAVED / "model.safetensors")


@pytest.fixture(scope="module")
def patched():
    return extract(open_scan(str(SAVED / "scan.h5")), patch_size=16, stride=8)


@pytest.fixture(scope="module")
def saved():
    return read_classification(SAVED / "weak_beam.h5")


def saved_image(name):
    with h5py.File(SAVED / "weak_beam.h5") as file:
        return file[f"/entry/integration/{name}/{name}"][()]


def test_the_model_is_the_same(model, saved):
    assert model.hash == saved.model_hash == MODEL_HASH


def test_the_labels_are_the_same(patched):
    labels = load_labels(SAVED / "labels.h5")
    assert labels.counts()["weak"] == labels.counts()["strong"] == 64
    labels.check_fits(12, extract(patched.scan, patch_size=16).grid)


def test_the_same_classification_and_images(model, patched, saved):
    beam_map = classify(patched, model, device="cpu")
    numpy.testing.assert_allclose(beam_map.probabilities, saved.probabilities, **ROUNDING)
    numpy.testing.assert_array_equal(beam_map.condition(), saved.condition())
    assert beam_map.thresholds == saved.thresholds
    images = integrate(patched, saved)
    for name, image in (("weak_beam", images.weak), ("strong_beam", images.strong)):
        numpy.testing.assert_allclose(image, saved_image(name), **ROUNDING)
    numpy.testing.assert_array_equal(images.binary_map, saved_image("binary_map"))


def test_the_same_for_each_frame_alone(model, patched):
    alone = classify(patched, model, device="cpu", use_context=False).probabilities
    expected = numpy.load(SAVED / "frames_alone.npz")["alone"]
    numpy.testing.assert_allclose(alone, expected, **ROUNDING)


def test_the_workflow_gives_the_same_images(tmp_path):
    values = {
        "selection": {
            "raw_input_file": str(SAVED / "scan.h5"),
            "raw_detector_data_path": "/1.1/instrument/detector/data",
            "treated_data_dir": str(tmp_path),
        },
        "classifier": {"model_file": str(SAVED / "model.safetensors"), "device": "cpu"},
        "integration": {"output_file": str(tmp_path / "weak.h5")},
        "maps": {"filename": str(tmp_path / "maps.h5")},
    }
    inputs = [
        {"label": label, "name": name, "value": value}
        for label, given in values.items()
        for name, value in given.items()
    ]
    execute_graph(str(SAVED / "apply_weak_beam.json"), inputs=inputs)
    with h5py.File(tmp_path / "weak.h5") as file:
        image = file["/entry/integration/weak_beam/weak_beam"][()]
    numpy.testing.assert_allclose(image, saved_image("weak_beam"), **ROUNDING)


def known_inputs(task):
    module, _, name = task.rpartition(".")
    return getattr(importlib.import_module(module), name).input_model().model_fields


@pytest.mark.parametrize("path", sorted(SAVED.glob("*.json")), ids=lambda path: path.stem)
def test_nodes_and_links_of_saved_workflows_exist(path):
    graph = json.loads(path.read_text())
    tasks = {node["id"]: node["task_identifier"] for node in graph["nodes"]}
    for node in graph["nodes"]:
        if node["task_identifier"].startswith("darfix_wb."):
            given = {one["name"] for one in node["default_inputs"]}
            assert given <= set(known_inputs(node["task_identifier"]))
    for link in graph["links"]:
        for mapping in link.get("data_mapping", ()):
            if tasks[link["target"]].startswith("darfix_wb."):
                assert mapping["target_input"] in known_inputs(tasks[link["target"]])


@pytest.mark.parametrize("path", sorted(SAVED.glob("*.ows")), ids=lambda path: path.stem)
def test_widgets_of_saved_canvases_exist(path):
    root = ElementTree.parse(path).getroot()
    ours = {}
    for node in root.iter("node"):
        name = node.get("qualified_name")
        if name.startswith("orangecontrib.darfix_wb."):
            module, _, widget = name.rpartition(".")
            task = getattr(importlib.import_module(module), widget).ewokstaskclass
            ours[node.get("id")] = task
    assert ours
    for properties in root.iter("properties"):
        task = ours.get(properties.get("node_id"))
        if task is not None:
            saved = literal_eval(properties.text).get("_ewoks_default_inputs", {})
            assert set(saved) <= set(task.input_model().model_fields)
    for link in root.iter("link"):
        source, sink = ours.get(link.get("source_node_id")), ours.get(link.get("sink_node_id"))
        if source is not None:
            assert link.get("source_channel") in source.output_model().model_fields
        if sink is not None:
            assert link.get("sink_channel") in sink.input_model().model_fields
