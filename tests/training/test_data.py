"""Patches in memory: which, from where, and scaled as at inference."""

import numpy
import pytest
import torch

from darfix_wb.beam import AMBIGUOUS, BeamCondition
from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.extraction import extract
from darfix_wb.labels import LabelMap
from darfix_wb.normalization import LogScaling, PatchNormalizer, PatchScaling
from darfix_wb.progress import Monitor
from darfix_wb.scan import RockingScan
from darfix_wb.training import data
from darfix_wb.training.data import concatenate, gather
from darfix_wb.training.predict import fit_scaling, network_inputs

from .conftest import N_FRAMES, PATCH_SIZE, make_scan


@pytest.mark.parametrize("scaling", [PatchScaling(), LogScaling(2.0, 1.5)])
@pytest.mark.parametrize("margin", [0, 6])
@pytest.mark.parametrize("shape", [(64, 80), (70, 90)])
def test_inputs_are_those_of_inference(scaling, margin, shape):
    patched = extract(make_scan(shape=shape), patch_size=PATCH_SIZE)
    labels = LabelMap.unlabelled(N_FRAMES, patched.grid).with_frames({"weak": [3]})
    patches = gather(patched, labels, margin=margin)
    signals = torch.from_numpy(patches.centres().astype(numpy.float32))
    images, features = network_inputs(signals, torch.from_numpy(patches.sigma), scaling)
    normalizer = PatchNormalizer(scaling, patched.grid, patched.background)
    wanted_images, wanted_features = normalizer(patched.scan.frame(3))
    numpy.testing.assert_allclose(images, wanted_images, atol=0.01)
    numpy.testing.assert_allclose(features, wanted_features, atol=0.01)


def test_only_known_patches_are_gathered_with_their_frame(patched, labels):
    labels = labels.with_patches([(0, 0, 0, "ambiguous"), (2, 1, 1, "strong")])
    patches = gather(patched, labels, scan_index=3)
    assert len(patches) == labels.trainable.sum()
    assert AMBIGUOUS not in patches.targets
    assert set(patches.scan) == {3}
    assert patches.targets[patches.frame == 2].tolist() == [BeamCondition.STRONG]


def test_windows_hold_the_surroundings_of_their_patch(patched):
    labels = LabelMap.unlabelled(N_FRAMES, patched.grid).with_patches([(5, 1, 2, "strong")])
    window = gather(patched, labels, margin=4).signals[0]
    frame = patched.background.subtract(patched.scan.frame(5)) / patched.background.sigma
    numpy.testing.assert_allclose(window, frame[12:36, 28:52], rtol=1e-3, atol=1e-3)


def test_the_published_network_gets_no_empty_patches(patched, labels):
    patches = gather(patched, labels)
    assert (patches.targets == BeamCondition.EMPTY).any()
    lit = patches.of_classes((BeamCondition.WEAK, BeamCondition.STRONG))
    assert set(lit.targets.tolist()) == {0, 1}


def test_scaling_constants_are_those_of_the_training_patches(patched, labels):
    patches = gather(patched, labels)
    scaling = fit_scaling("log-constants", patches)
    signals = torch.from_numpy(patches.centres().astype(numpy.float32))
    images, _ = network_inputs(signals, torch.from_numpy(patches.sigma), scaling)
    assert float(images.mean()) == pytest.approx(0, abs=1e-3)
    assert float(images.std()) == pytest.approx(1, abs=1e-3)


def test_scans_are_joined_and_told_apart(patched, labels):
    parts = [gather(patched, labels, scan_index=index) for index in (0, 1)]
    joined = concatenate(parts)
    assert len(joined) == 2 * len(parts[0])
    assert len(numpy.unique(joined.frame_keys)) == 2 * len(numpy.unique(parts[0].frame_keys))


def test_scans_of_other_patch_sizes_are_refused(patched, labels):
    other = extract(make_scan(), patch_size=20)
    other_labels = LabelMap.unlabelled(N_FRAMES, other.grid).with_frames({"weak": [0]})
    with pytest.raises(DarfixWBError, match=r"patch_size \[16, 20\]"):
        concatenate([gather(patched, labels), gather(other, other_labels)])


def test_what_does_not_fit_in_memory_is_refused(monkeypatch):
    monkeypatch.setattr(data, "free_memory", lambda: 10**9)
    with pytest.raises(DarfixWBError, match=r"free memory \(1.0 GB\), and they need 0.8 GB"):
        data.allocate_signals(100_000, 64)


def test_float_frames_and_overflowing_counts_stay_finite():
    frames = make_scan().frames.astype(numpy.float64)
    frames[3, 0, 0] = 1e9
    patched = extract(RockingScan(frames, numpy.arange(N_FRAMES)), patch_size=PATCH_SIZE)
    labels = LabelMap.unlabelled(N_FRAMES, patched.grid).with_frames({"weak": [3]})
    assert numpy.isfinite(gather(patched, labels).signals).all()


def test_gathering_reads_labelled_frames_only_and_can_be_cancelled(patched, labels):
    asked = []
    gather(patched, labels, monitor=Monitor(cancelled=lambda: bool(asked.append(1))))
    assert len(asked) == 8
    with pytest.raises(OperationCancelled):
        gather(patched, labels, monitor=Monitor(cancelled=lambda: True))
