"""The saved workflows, by ewoks in this process and by its command line in another."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import resources
from pathlib import Path

import h5py
import numpy
import pytest
from ewoks import execute_graph
from silx.io.nxdata import get_default

from darfix_wb.io.classification_files import read_classification
from darfix_wb.model import BeamModel

from .conftest import FRAME_LABELS, PATCH_SIZE

WORKFLOWS = resources.files("darfix_wb.workflows")


def setting(label, **values):
    return [{"label": label, "name": name, "value": value} for name, value in values.items()]


def train(scan_file, folder, **options):
    folder.mkdir(exist_ok=True)
    model_file = folder / "model.safetensors"
    inputs = [
        *setting("selection", raw_input_file=str(scan_file), treated_data_dir=str(folder)),
        *setting("extraction", patch_size=PATCH_SIZE),
        *setting("labelling", frame_labels=FRAME_LABELS, labels_file=str(folder / "labels.h5")),
        *setting(
            "training", **{"n_epochs": 3, "device": "cpu", "model_file": str(model_file), **options}
        ),
    ]
    done = execute_graph(
        str(WORKFLOWS / "train_weak_beam.json"), inputs=inputs, outputs=[{"all": False}]
    )
    return model_file, done


def apply(scan_file, model_file, folder, workflow=WORKFLOWS / "apply_weak_beam.json"):
    folder.mkdir(exist_ok=True)
    output_file = folder / "weak.h5"
    inputs = [
        *setting("selection", raw_input_file=str(scan_file), treated_data_dir=str(folder)),
        *setting("classifier", model_file=str(model_file), device="cpu"),
        *setting("integration", output_file=str(output_file)),
        *setting("maps", filename=str(folder / "maps.h5")),
    ]
    done = execute_graph(str(workflow), inputs=inputs, outputs=[{"all": False}])
    return output_file, done


def contents(path):
    """Every data set and attribute of a file."""
    found = {}

    def visit(name, item):
        for key, value in item.attrs.items():
            found[f"{name}@{key}"] = value
        if isinstance(item, h5py.Dataset):
            found[name] = item[()]

    with h5py.File(path) as file:
        visit("", file)
        file.visititems(visit)
    return found


def differing(one, other):
    """Names of the items in which two files differ, to the last bit."""
    assert one.keys() == other.keys()
    return {name.rpartition("/")[2] for name in one if bits(one[name]) != bits(other[name])}


def bits(value):
    value = numpy.asarray(value)
    return value.tolist() if value.dtype.kind == "O" else value.tobytes()


def test_train_and_apply(scan_file, tmp_path):
    model_file, done = train(scan_file, tmp_path / "train")
    assert done["model_file"] == str(model_file)
    assert len(done["history"]["training_loss"]) == 3
    output_file, done = apply(scan_file, model_file, tmp_path / "apply")
    beam_map = read_classification(output_file)
    assert beam_map.model_hash == BeamModel.load(model_file).hash
    assert beam_map.n_frames == 11
    with h5py.File(output_file) as file:
        assert get_default(file).signal.name == "/entry/integration/overview/brightness"
    assert done["dataset_with_moments"].frame_shape == (64, 96)
    assert (tmp_path / "apply" / "maps.h5").exists()


def test_a_workflow_saved_without_the_link_of_patches_gives_the_same(
    scan_file, model_file, tmp_path
):
    saved = Path(__file__).parents[1] / "saved" / "version_0_1" / "apply_weak_beam.json"
    assert '"patches"' not in saved.read_text()
    before, after = (
        apply(scan_file, model_file, tmp_path / name, workflow)
        for name, workflow in (("before", saved), ("after", WORKFLOWS / "apply_weak_beam.json"))
    )
    assert differing(contents(before[0]), contents(after[0])) <= {"date"}
    numpy.testing.assert_array_equal(
        before[1]["dataset_with_moments"].as_array3d(),
        after[1]["dataset_with_moments"].as_array3d(),
    )


@pytest.mark.parametrize("network", ["lcnn", "lcnn-paper"])
def test_twice_with_one_seed_gives_identical_files(scan_file, tmp_path, network):
    models, outputs = [], []
    for name in ("first", "second"):
        model_file, _ = train(scan_file, tmp_path / name, seed=3, network=network, n_epochs=2)
        models.append(model_file.read_bytes())
        output_file, _ = apply(scan_file, model_file, tmp_path / name)
        outputs += [contents(output_file)]
    assert models[0] == models[1]
    first, second = outputs
    assert differing(first, second) <= {"date"}
    other, _ = train(scan_file, tmp_path / "third", seed=4, network=network, n_epochs=2)
    assert other.read_bytes() != models[0]


def test_the_command_line_gives_the_same(scan_file, model_file, tmp_path):
    expected, _ = apply(scan_file, model_file, tmp_path / "here")
    output_file = tmp_path / "weak.h5"
    settings = [
        f"selection:raw_input_file={scan_file}",
        f"selection:treated_data_dir={tmp_path}",
        f"classifier:model_file={model_file}",
        "classifier:device=cpu",
        f"integration:output_file={output_file}",
        f"maps:filename={tmp_path / 'maps.h5'}",
    ]
    command = [
        *(sys.executable, "-m", "ewoks", "execute", "darfix_wb.workflows.apply_weak_beam"),
        *("--workflow-format", "json_module"),
        *(part for text in settings for part in ("-pl", text)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == "FINISHED"
    written = [line for line in done.stderr.splitlines() if line.startswith("Wrote ")]
    assert written == [f"Wrote {output_file}", f"Wrote {tmp_path / 'maps.h5'}"]
    there, here = contents(output_file), contents(expected)
    assert differing(here, there) <= {"date"}


def test_the_command_line_says_what_is_wrong(scan_file, tmp_path):
    command = [
        *(sys.executable, "-m", "ewoks", "execute", "darfix_wb.workflows.apply_weak_beam"),
        *("--workflow-format", "json_module"),
        *("-pl", f"selection:raw_input_file={scan_file}"),
        *("-pl", f"selection:treated_data_dir={tmp_path}"),
        *("-pl", f"classifier:model_file={scan_file}"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode != 0
    lines = done.stderr.rstrip().splitlines()
    assert lines[-1].startswith("A model must be a complete .safetensors file, got")
    assert "for ewoks task 'classifier'" in lines[-2]
    assert done.stdout.split()[-1] == "FAILED"
    assert sum(line.startswith("Traceback") for line in lines) == 1


@pytest.mark.parametrize(
    "name",
    [
        "train_weak_beam",
        "apply_weak_beam",
        "compare_methods",
        "classify_volume",
        "reconstruct_volume",
        "watch_scan",
    ],
)
def test_defaults_are_plain_and_labels_are_ids(name):
    graph = json.loads((WORKFLOWS / f"{name}.json").read_text())
    assert graph["graph"]["id"] == name
    for node in graph["nodes"]:
        assert node["label"] == node["id"]


def test_compare_methods(scan_file, model_file, tmp_path):
    path = tmp_path / "comparison.h5"
    inputs = [
        *setting("selection", raw_input_file=str(scan_file), treated_data_dir=str(tmp_path)),
        *setting("classifier", model_file=model_file, device="cpu"),
        *setting("comparison", methods=["lcnn", "angle-rule", "pca"], output_file=str(path)),
    ]
    done = execute_graph(str(WORKFLOWS / "compare_methods.json"), inputs=inputs)
    assert [one.error for one in done["comparison"].outcomes] == ["", "", ""]
    assert done["comparison"]["lcnn"].note == "given classification (lcnn)"
    with h5py.File(path) as file:
        assert get_default(file).signal.name == "/entry/comparison/overview/brightness"
