"""The same labels whichever way they are computed: at most one patch in a thousand may differ."""

from __future__ import annotations

import copy
import dataclasses
import threading

import dask.array
import h5py
import numpy
import pytest
import torch

from darfix_wb.beam import BeamCondition
from darfix_wb.classification.curve_context import context_logits
from darfix_wb.classification.decoding import set_empty
from darfix_wb.classification.frame_classifier import FrameClassifier
from darfix_wb.classification.network import classify
from darfix_wb.device import one_core_workers
from darfix_wb.errors import OperationCancelled
from darfix_wb.extraction import extract
from darfix_wb.io.hdf5_frames import HDF5Frames
from darfix_wb.model import BeamModel
from darfix_wb.progress import Monitor
from darfix_wb.scan import RockingScan
from darfix_wb.simulation import (
    SampleParameters,
    ScanParameters,
    SimulationParameters,
    simulate_scan,
)

TOLERANCE = 1e-3
UNLIT = 80


@pytest.fixture(scope="module")
def model():
    return BeamModel.load()


@pytest.fixture(scope="module")
def scan():
    """A simulated layer whose last columns are dark in all frames."""
    simulated = simulate_scan(
        SimulationParameters(
            sample=SampleParameters(crystal_seed=77, tilt_urad=30),
            scan=ScanParameters(shape=(256, 320), steps=25, seed=78),
        )
    )
    frames = simulated.frames.copy()
    dark = numpy.random.default_rng(0).normal(100, 3, (*frames.shape[:2], UNLIT))
    frames[..., -UNLIT:] = dark.round()
    return RockingScan(frames, simulated.phi_deg)


@pytest.fixture(scope="module")
def patched(scan):
    return extract(scan, patch_size=64, stride=32)


@pytest.fixture(scope="module")
def usual(patched, model):
    """Labels of each frame with its rocking curve and alone."""
    labels = {
        use_context: classify(patched, model, device="cpu", use_context=use_context).condition()
        for use_context in (True, False)
    }
    assert {*numpy.unique(labels[True])} == {*BeamCondition}
    return labels


@pytest.fixture(params=[True, False], ids=["context", "alone"])
def use_context(request):
    return request.param


@pytest.fixture
def set_threads():
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def assert_same(labels, expected):
    assert labels.shape == expected.shape
    assert (labels != expected).mean() <= TOLERANCE


@pytest.mark.parametrize("batch_size", [1, 7, 4096])
def test_one_by_one_in_batches_and_whole_frames(patched, model, usual, use_context, batch_size):
    beam_map = classify(
        patched, model, device="cpu", batch_size=batch_size, use_context=use_context
    )
    assert_same(beam_map.condition(), usual[use_context])


def test_channels_last(patched, model, usual, use_context):
    network = copy.deepcopy(model.network).to(memory_format=torch.channels_last)
    other = dataclasses.replace(model, network=network)
    beam_map = classify(patched, other, device="cpu", use_context=use_context)
    assert_same(beam_map.condition(), usual[use_context])


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads(patched, model, usual, use_context, threads, set_threads):
    set_threads(threads)
    beam_map = classify(patched, model, device="cpu", use_context=use_context)
    assert_same(beam_map.condition(), usual[use_context])


def test_empty_patches_skipped_or_not(patched, model, usual):
    assert patched.empty.any()
    classifier = FrameClassifier(model, patched.grid, patched.background, device="cpu")
    looks = [classifier.look(frame) for frame in patched.scan.iter_frames()]
    logits, features = (numpy.stack(part) for part in zip(*looks, strict=True))
    assert (logits[:, patched.empty] != 0).all()
    strong = context_logits(model, patched, logits, features[..., 1], device="cpu")
    probabilities = model.context_calibration.probabilities(strong)
    set_empty(probabilities, patched.empty)
    assert_same(probabilities.argmax(axis=-1), usual[True])


def test_overlapping_patches_or_not(scan, model, usual, use_context):
    apart = classify(
        extract(scan, patch_size=64, stride=64), model, device="cpu", use_context=use_context
    )
    assert_same(apart.condition(), usual[use_context][:, ::2, ::2])


def test_in_memory_in_a_file_or_in_dask(scan, model, usual, tmp_path):
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file.create_dataset("frames", data=scan.frames, chunks=(4, 64, 64), compression="gzip")
    in_file = HDF5Frames(tmp_path / "scan.h5", "/frames")
    in_dask = dask.array.from_array(scan.frames, chunks=(3, -1, -1))
    as_floats = scan.frames.astype(numpy.float32)
    for frames in (in_file, in_dask, as_floats):
        other = extract(dataclasses.replace(scan, frames=frames), patch_size=64, stride=32)
        assert_same(classify(other, model, device="cpu").condition(), usual[True])
    in_file.close()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU for CUDA")
@pytest.mark.parametrize("batch_size", [128, 4096])
def test_on_a_gpu(patched, model, usual, use_context, batch_size):
    beam_map = classify(
        patched, model, device="cuda", batch_size=batch_size, use_context=use_context
    )
    assert_same(beam_map.condition(), usual[use_context])


def test_workers_compute_with_one_core_and_nobody_else_does(set_threads):
    set_threads(3)
    begun = threading.Barrier(2)

    def cores(_):
        begun.wait(timeout=10)
        return torch.get_num_threads()

    with one_core_workers(2) as workers:
        assert list(workers.map(cores, range(2))) == [1, 1]
    assert torch.get_num_threads() == 3
    seen = []
    later = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
    later.start()
    later.join()
    assert seen == [3]


def test_cancelling_ends_all_workers(patched, model, set_threads):
    set_threads(2)
    runs = []
    network = copy.deepcopy(model.network)
    network.register_forward_hook(lambda *_: runs.append(1))
    other = dataclasses.replace(model, network=network)
    with pytest.raises(OperationCancelled, match="Classification was cancelled"):
        classify(
            patched,
            other,
            device="cpu",
            batch_size=1,
            monitor=Monitor(cancelled=lambda: len(runs) > 5),
        )
    assert 5 < len(runs) < patched.grid.n_patches
