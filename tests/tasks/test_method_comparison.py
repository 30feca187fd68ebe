"""Methods side by side, as a task among darfix's."""

from __future__ import annotations

import h5py
import numpy
import pytest
from ewokscore import execute_graph

from darfix_wb.beam import BeamCondition
from darfix_wb.io.provenance import Provenance
from darfix_wb.methods.registry import METHODS
from darfix_wb.simulation import (
    ScanParameters,
    SimulationParameters,
    patch_truth,
    read_truth,
    simulate_scan,
    write_scan,
)
from darfix_wb.tasks.method_comparison import DEFAULT_METHODS, MethodComparison
from darfix_wb.tasks.weak_beam_classification import WeakBeamClassification

from .conftest import PATCH_SIZE

QUICK = ["frame-threshold", "angle-rule"]


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    path = tmp_path_factory.mktemp("simulated") / "scan.h5"
    write_scan(path, simulate_scan(SimulationParameters(scan=ScanParameters(shape=(64, 96)))))
    return path


def test_the_default_methods_are_known():
    assert set(DEFAULT_METHODS) <= set(METHODS)


def test_on_a_simulated_scan_every_method_is_scored_on_its_truth(run, select, simulated, tmp_path):
    path = tmp_path / "comparison.h5"
    done = run(
        MethodComparison,
        dataset=select(simulated),
        truth_file=str(simulated),
        stride=64,
        output_file=str(path),
    )
    comparison = done.comparison
    assert comparison.names == DEFAULT_METHODS
    assert done.output_file == str(path)
    assert {one.suffix for one in tmp_path.iterdir()} == {".h5", ".png", ".csv"}
    truth = patch_truth(read_truth(simulated), comparison.patched.grid)
    n_lit = numpy.isin(truth.condition, (BeamCondition.WEAK, BeamCondition.STRONG)).sum()
    for outcome in comparison.outcomes:
        assert outcome.error == ""
        assert outcome.weak_image.shape == (64, 96)
        if outcome.name in ("matched", "detector"):
            assert (outcome.beam_map, outcome.scores) == (None, None)
        else:
            assert outcome.scores.n_patches == n_lit
    with h5py.File(path) as file:
        parameters = file["entry/comparison/parameters/data"].asstr()[()]
        assert tuple(file["entry/comparison/methods"].asstr()) == DEFAULT_METHODS
    assert '"truth_file"' in parameters


def test_the_classifier_and_labels_of_a_coarser_grid_go_together(
    run, dataset, classification, labels
):
    done = run(
        MethodComparison,
        dataset=dataset,
        classification=classification,
        labels=labels,
        methods=["lcnn", *QUICK],
    )
    comparison = done.comparison
    assert comparison.patched.grid == classification.grid
    assert classification.grid != labels.grid
    assert comparison["lcnn"].beam_map is classification
    for outcome in comparison.outcomes:
        assert outcome.scores.balanced_accuracy > 0.9


def test_a_classifier_by_the_angle_rule_is_not_called_lcnn(run, dataset, tmp_path):
    rule = run(WeakBeamClassification, dataset=dataset, method="angle-rule", patch_size=16, dark=90)
    path = tmp_path / "comparison.h5"
    done = run(
        MethodComparison,
        dataset=dataset,
        classification=rule.classification,
        methods=["lcnn", "angle-rule"],
        output_file=str(path),
    )
    assert done.comparison.names == ("angle-rule (connected)", "angle-rule")
    connected = done.comparison["angle-rule (connected)"]
    assert connected.beam_map is rule.classification
    with h5py.File(path) as file:
        group = file["entry/comparison"]
        for outcome in done.comparison.outcomes:
            numpy.testing.assert_array_equal(
                group[outcome.name]["probabilities"], outcome.beam_map.probabilities
            )
        made = Provenance.from_nexus(group).parameters["classification"]
    assert (made["method"], made["dark"], made["dark_source"]) == ("angle-rule", 90, "given")


def test_the_grid_is_that_of_what_is_given(run, dataset, labels, model_file):
    done = run(MethodComparison, dataset=dataset, labels=labels, methods=QUICK)
    assert done.comparison.patched.grid == labels.grid
    done = run(MethodComparison, dataset=dataset, model_file=model_file, methods=["lcnn"])
    grid = done.comparison.patched.grid
    assert (grid.patch_size, grid.stride) == (PATCH_SIZE, PATCH_SIZE // 2)
    expected = run(WeakBeamClassification, dataset=dataset, model_file=model_file)
    numpy.testing.assert_array_equal(
        done.comparison["lcnn"].beam_map.probabilities,
        expected.classification.probabilities,
    )
    done = run(MethodComparison, dataset=dataset, patch_size=32, stride=8, methods=["angle-rule"])
    assert done.comparison.patched.grid.stride == 8


def test_scans_of_two_motors(run, dataset_4d):
    done = run(MethodComparison, dataset=dataset_4d, patch_size=16, methods=["angle-rule", "nmf"])
    for outcome in done.comparison.outcomes:
        assert outcome.beam_map.n_frames == 33


def test_what_cannot_be_used_is_said_in_a_sentence(refusal, dataset, labels, scan_file, tmp_path):
    assert "must be some of lcnn" in refusal(MethodComparison, dataset=dataset, methods=["magic"])
    text = refusal(MethodComparison, dataset=dataset, labels=3)
    assert "'labels' must be an instance of LabelMap, got 3" in text
    text = refusal(MethodComparison, dataset=dataset, patch_size=16, truth_file=str(scan_file))
    assert "truth must come from a file written by darfix-wb simulate" in text
    path = tmp_path / "there.png"
    path.write_text("mine")
    text = refusal(MethodComparison, dataset=dataset, output_file=str(tmp_path / "there.h5"))
    assert "there.png exists" in text
    assert path.read_text() == "mine"


def test_the_same_in_a_workflow(run, scan_file, labels, dataset):
    expected = run(MethodComparison, dataset=dataset, patch_size=16, stride=16, methods=QUICK[1:])
    tasks = {
        "selection": "darfix.tasks.hdf5_data_selection.HDF5DataSelection",
        "dimensions": "darfix.tasks.dimension_definition.DimensionDefinition",
        "comparison": "darfix_wb.tasks.method_comparison.MethodComparison",
    }
    values = {
        "selection": {
            "raw_input_file": str(scan_file),
            "raw_detector_data_path": "/1.1/instrument/pco_ff/data",
            "raw_metadata_path": "/1.1/instrument/positioners",
        },
        "comparison": {"patch_size": 16, "stride": 16, "methods": QUICK[1:]},
    }
    graph = {
        "graph": {"id": "comparison", "schema_version": "1.1"},
        "nodes": [
            {
                "id": name,
                "task_type": "class",
                "task_identifier": task,
                "default_inputs": [
                    {"name": key, "value": value} for key, value in values.get(name, {}).items()
                ],
            }
            for name, task in tasks.items()
        ],
        "links": [
            {"source": one, "target": other, "data_mapping": [
                {"source_output": "dataset", "target_input": "dataset"}]}
            for one, other in (("selection", "dimensions"), ("dimensions", "comparison"))
        ],
    }  # fmt: skip
    found = execute_graph(graph)["comparison"]
    numpy.testing.assert_array_equal(
        found["angle-rule"].weak_image, expected.comparison["angle-rule"].weak_image
    )


@pytest.mark.slow
def test_networks_are_trained_on_the_labels(run, dataset, labels):
    done = run(
        MethodComparison,
        dataset=dataset,
        labels=labels,
        methods=["lcnn", "lcnn-paper"],
        n_epochs=50,
        device="cpu",
    )
    for outcome in done.comparison.outcomes:
        assert "trained for 50 epochs" in outcome.note
        # From the shipped model on, so few labels of a strange scan hardly move it.
        from_shipped = "started from the shipped model" in outcome.note
        assert outcome.scores.balanced_accuracy > (0.5 if from_shipped else 0.8)
