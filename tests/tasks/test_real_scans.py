"""The whole path on real scans: what comes out is finite and plausible."""

from __future__ import annotations

from importlib import resources

import h5py
import numpy
import pytest
from darfix.tasks.hdf5_data_selection import HDF5DataSelection
from ewoks import execute_graph

from darfix_wb.beam import BeamCondition
from darfix_wb.io.classification_files import read_classification
from darfix_wb.tasks.lcnn_training import LCNNTraining
from darfix_wb.tasks.patch_extraction import PatchExtraction
from darfix_wb.tasks.patch_labelling import PatchLabelling

from .conftest import PATCH_SIZE

WEAK, STRONG, EMPTY = BeamCondition


IMAGES = ("weak_beam", "strong_beam")


@pytest.fixture(scope="module")
def diamond(real_data):
    """The file, and the condition of each frame by its angle."""
    path = real_data / "diamond_topographs" / "SA1_diamond_rocking.h5"
    if not path.is_file():
        pytest.skip(f"no {path.name} in {path.parent}")
    with h5py.File(path) as file:
        return path, file["label_from_rocking_curve"].asstr()[()]


@pytest.fixture(scope="module")
def trained_on_diamond(run, diamond, tmp_path_factory):
    """A model of every second labelled frame, and the frames that it never saw."""
    path, names = diamond
    folder = tmp_path_factory.mktemp("diamond")
    lazy = run(
        HDF5DataSelection,
        raw_input_file=str(path),
        raw_detector_data_path="/1.1/instrument/topo_ccd/data",
        raw_metadata_path="/1.1/instrument/positioners",
        treated_data_dir=str(folder),
    ).dataset
    seen = {
        "weak": numpy.flatnonzero(names == "WB")[::4].tolist(),
        "strong": numpy.flatnonzero(names == "SB")[::2].tolist(),
    }
    patches = run(PatchExtraction, dataset=lazy, patch_size=PATCH_SIZE).patches
    labels = run(PatchLabelling, patches=patches, frame_labels=seen).labels
    model_file = str(folder / "model.safetensors")
    inputs = {"patches": patches, "labels": labels, "n_epochs": 25, "device": "cpu"}
    run(LCNNTraining, model_file=model_file, **inputs)
    weak = sorted(set(numpy.flatnonzero(names == "WB")) - set(seen["weak"]))
    strong = sorted(set(numpy.flatnonzero(names == "SB")) - set(seen["strong"]))
    return model_file, weak, strong


def classifier(method, model_file):
    """Inputs of the weak-beam classifier."""
    by_network = {"model_file": model_file, "device": "cpu"} if method == "network" else {}
    return {"method": method, "patch_size": PATCH_SIZE, **by_network}


def apply(path, detector, folder, **given):
    """Runs the saved workflow; the classification, and the images by name."""
    values = {
        "selection": {
            "raw_input_file": str(path),
            "raw_detector_data_path": f"/1.1/instrument/{detector}",
            "treated_data_dir": str(folder),
        },
        "classifier": given,
        "integration": {"output_file": str(folder / "weak.h5")},
        "maps": {"filename": str(folder / "maps.h5")},
    }
    execute_graph(
        str(resources.files("darfix_wb.workflows") / "apply_weak_beam.json"),
        inputs=[
            {"label": label, "name": name, "value": value}
            for label, inputs in values.items()
            for name, value in inputs.items()
        ],
    )
    with h5py.File(folder / "weak.h5") as file:
        group = file["entry/integration"]
        images = {
            name: group[f"{name}/{name}"][()]
            for name in (*IMAGES, "weak_count", "strong_count", "binary_map", "invalid_pixels")
        }
    return read_classification(folder / "weak.h5"), images


@pytest.mark.parametrize("method", ["network", "angle-rule"])
def test_diamond_by_frames_that_were_not_trained_on(diamond, trained_on_diamond, tmp_path, method):
    model_file, weak, strong = trained_on_diamond
    # The patches of training, in other frames: for those between them a dozen frames teach too
    # little (balanced accuracy 0.77).
    inputs = {**classifier(method, model_file), "stride": PATCH_SIZE}
    beam_map, images = apply(diamond[0], "topo_ccd/data", tmp_path, **inputs)
    assert beam_map.n_frames == 101
    numpy.testing.assert_allclose(beam_map.probabilities.sum(axis=-1), 1, rtol=1e-4)
    condition = beam_map.condition()
    lit = (condition != EMPTY).all(axis=0)
    assert lit.mean() > 0.3
    right = (condition[weak][:, lit] == WEAK).mean(), (condition[strong][:, lit] == STRONG).mean()
    assert numpy.mean(right) > 0.85
    both = numpy.isfinite(images["weak_beam"]) & numpy.isfinite(images["strong_beam"])
    assert both.mean() > 0.3
    assert numpy.median((images["strong_beam"] / images["weak_beam"])[both]) > 1.5
    assert images["weak_count"].max() + images["strong_count"].max() <= 2 * 101
    assert 0 < images["binary_map"].mean() < 0.2


@pytest.mark.parametrize("method", ["network", "angle-rule"])
def test_a_grain_without_dislocations(real_data, trained_on_diamond, tmp_path, method):
    path = real_data / "id03_rocking" / "rocking.h5"
    if not path.is_file():
        pytest.skip(f"no {path.name} in {path.parent}")
    inputs = classifier(method, trained_on_diamond[0])
    beam_map, images = apply(path, "pco_ff/image", tmp_path, **inputs)
    assert beam_map.probabilities.shape[0] == 150
    assert numpy.isfinite(beam_map.probabilities).all()
    for name in IMAGES:
        image = images[name]
        assert image.shape == (118, 314)
        seen = numpy.isfinite(image)
        counted = images[name.replace("beam", "count")] > 0.5
        assert (seen == counted & ~images["invalid_pixels"].astype(bool)).all()
        assert numpy.abs(image[seen]).max(initial=0) < 65535
    assert numpy.isfinite(images["strong_beam"]).mean() > 0.2
    assert images["binary_map"].mean() < 0.2
