"""Scans in files as BLISS writes them, darfix's tasks around ours, and a trained model."""

from __future__ import annotations

import h5py
import numpy
import pytest
import torch
from darfix.core.dataset import Dataset
from darfix.core.dimension import AcquisitionDims, Dimension
from darfix.tasks.dimension_definition import DimensionDefinition
from darfix.tasks.hdf5_data_selection import HDF5DataSelection

from darfix_wb.beam import BeamCondition
from darfix_wb.errors import DarfixWBError
from darfix_wb.tasks.lcnn_training import LCNNTraining
from darfix_wb.tasks.patch_extraction import PatchExtraction
from darfix_wb.tasks.patch_labelling import PatchLabelling
from darfix_wb.tasks.weak_beam_classification import WeakBeamClassification

PATCH_SIZE = 16
FRAME_LABELS = {"weak": [0, 1, 9, 10], "strong": [4, 5, 6]}
CHI = numpy.array([-0.02, 0.0, 0.02])


@pytest.fixture(scope="session", autouse=True)
def _two_threads():
    torch.set_num_threads(2)


@pytest.fixture(scope="session")
def run():
    """Executes a task and gives its outputs."""

    def run(task, **inputs):
        done = task(inputs=inputs)
        done.execute()
        return done.outputs

    return run


@pytest.fixture(scope="session")
def refusal():
    """The text of the error of a task that must refuse its inputs, checked for its form."""

    def refusal(task, **inputs) -> str:
        refusing = task(inputs=inputs)
        with pytest.raises(RuntimeError) as caught:
            refusing.execute()
        error = caught.value.__cause__
        assert type(error) is DarfixWBError, repr(error)
        text = str(error)
        assert "\n" not in text
        assert text.endswith(".")
        assert text[0].isupper() or text.split()[0] in refusing.input_names()
        return text

    return refusal


@pytest.fixture(scope="session")
def write_scan(tmp_path_factory):
    """Writes frames and positions to a new file."""

    def write(frames, positions, name="scan.h5"):
        path = tmp_path_factory.mktemp("scans") / name
        with h5py.File(path, "w") as file:
            file["1.1/instrument/pco_ff/data"] = frames
            for motor, values in positions.items():
                file[f"1.1/instrument/positioners/{motor}"] = values
        return path

    return write


@pytest.fixture(scope="session")
def scan_file(write_scan, scan):
    return write_scan(scan.frames, {"phi": scan.angles, "ffz": 1600.0})


@pytest.fixture(scope="session")
def two_motors(write_scan, make_scan):
    """Three positions of chi, 11 of phi; the outer positions are fainter."""
    inner = make_scan(seed=5)
    parts = [
        numpy.rint(100 + factor * (inner.frames - 100.0)).astype("uint16")
        for factor in (0.4, 1.0, 0.4)
    ]
    positions = {"phi": numpy.tile(inner.angles, 3), "chi": numpy.repeat(CHI, 11)}
    return write_scan(numpy.concatenate(parts), positions, "mosaicity.h5")


@pytest.fixture(scope="session")
def select(run, tmp_path_factory):
    """The lazy dataset of a file."""

    def select(path, **inputs):
        given = {
            "raw_input_file": str(path),
            "raw_detector_data_path": "/1.1/instrument/pco_ff/data",
            "raw_metadata_path": "/1.1/instrument/positioners",
            "treated_data_dir": str(tmp_path_factory.mktemp("processed")),
        }
        return run(HDF5DataSelection, **{**given, **inputs}).dataset

    return select


@pytest.fixture(scope="session")
def dataset(run, select, scan_file):
    """11 frames, one dimension."""
    return run(DimensionDefinition, dataset=select(scan_file)).dataset


@pytest.fixture(scope="session")
def dataset_4d(run, select, two_motors):
    """3 x 11 frames."""
    dims = {
        0: {"name": "phi", "size": 11, "start": -0.04, "stop": 0.04},
        1: {"name": "chi", "size": 3, "start": -0.02, "stop": 0.02},
    }
    return run(DimensionDefinition, dataset=select(two_motors), dims=dims).dataset


@pytest.fixture(scope="session")
def patches(run, dataset):
    return run(PatchExtraction, dataset=dataset, patch_size=PATCH_SIZE).patches


@pytest.fixture(scope="session")
def labels(run, patches):
    return run(PatchLabelling, patches=patches, frame_labels=FRAME_LABELS).labels


@pytest.fixture(scope="session")
def training_inputs(patches, labels):
    """A short training that still learns."""
    return {"patches": patches, "labels": labels, "n_epochs": 15, "device": "cpu"}


@pytest.fixture(scope="session")
def model_file(run, training_inputs, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "model.safetensors"
    return run(LCNNTraining, model_file=str(path), **training_inputs).model_file


@pytest.fixture(scope="session")
def classification(run, dataset, model_file):
    done = run(WeakBeamClassification, dataset=dataset, model_file=model_file, device="cpu")
    return done.classification


@pytest.fixture(scope="session")
def share_right():
    """Share of the weak, the strong and the empty patches that are found, of `make_scan`."""

    def shares(beam_map, margin=16):
        condition = beam_map.condition().reshape(-1, 11, *beam_map.grid.shape)
        size, width = beam_map.grid.patch_size, beam_map.grid.frame_shape[1]
        start = beam_map.grid.origins[: beam_map.grid.shape[1], 1]
        lit, dark = start + size <= width - margin, start >= width - margin
        return (
            (condition[:, [0, 1, 9, 10]][..., lit] == BeamCondition.WEAK).mean(),
            (condition[:, [4, 5, 6]][..., lit] == BeamCondition.STRONG).mean(),
            (condition[..., dark] == BeamCondition.EMPTY).mean(),
        )

    return shares


@pytest.fixture(scope="session")
def as_dataset():
    """A dataset of frames with a dimension of its own."""

    def as_dataset(frames):
        dims = AcquisitionDims([Dimension("phi", len(frames), -0.04, 0.04)])
        return Dataset("", raw_data=frames, dims=dims)

    return as_dataset
