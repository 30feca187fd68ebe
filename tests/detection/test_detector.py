"""The detector of lines: features, network, file."""

import json
from dataclasses import replace

import numpy
import pytest
import safetensors.torch
import torch

from darfix_wb.detection.detector import LineDetector, shipped_detector_file
from darfix_wb.detection.features import N_FEATURES, REVERSED, STRIDE, detector_features
from darfix_wb.detection.network import REACH, LineNetwork
from darfix_wb.dislocation_image import dislocation_image
from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.extraction import extract
from darfix_wb.model import BeamModel, shipped_model_file
from darfix_wb.progress import Monitor
from darfix_wb.scan import RockingScan


def test_it_is_small():
    detector = LineDetector.load()
    assert detector.n_parameters <= 60_000
    assert shipped_detector_file().stat().st_size <= 300_000


def test_features_are_finite_and_nothing_is_seen_in_the_dark(found):
    features = detector_features(found)
    assert features.shape == (N_FEATURES, 80, 96)
    assert numpy.isfinite(features).all()
    dark = replace(found, lit=numpy.zeros_like(found.lit))
    assert not detector_features(dark).any()


def test_features_of_reversed_angles(crystal):
    scan = crystal.rocking_scan
    there, back = (
        detector_features(
            dislocation_image(
                extract(RockingScan(scan.frames, sign * scan.angles), patch_size=32, stride=16)
            )
        )
        for sign in (1, -1)
    )
    different = numpy.abs(back - there[REVERSED]) > 0.05
    assert different.mean() < 0.02  # an angle on the edge between two bins changes sides


@pytest.mark.parametrize("shape", [(160, 192), (161, 191)])
def test_odd_sides_are_filled_up(found, shape):
    features = detector_features(found)
    assert features.shape[1:] == (80, 96)
    rows, columns = shape
    frames = numpy.random.default_rng(0).normal(300, 20, (5, rows, columns))
    odd = detector_features(dislocation_image(extract(RockingScan(frames, numpy.arange(5)))))
    assert odd.shape[1:] == (-(-rows // STRIDE), -(-columns // STRIDE))


@pytest.mark.parametrize("seed", range(3))
def test_strips_give_what_the_whole_gives(random_detector, seed):
    features = numpy.random.default_rng(seed).normal(size=(N_FEATURES, 300, 40))
    detector = random_detector(seed)
    with torch.inference_mode():
        whole = detector.network(torch.from_numpy(features[None].astype(numpy.float32)))[0]
    numpy.testing.assert_allclose(detector.logits(features), whole.numpy(), atol=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_beyond_the_reach_does_not_matter(random_detector, seed):
    features = numpy.random.default_rng(seed).normal(size=(N_FEATURES, 2 * REACH + 3, 20))
    detector, middle = random_detector(seed), REACH + 1
    before = detector.logits(features)[2 * middle]
    features[:, 0], features[:, -1] = 100, -100
    numpy.testing.assert_array_equal(detector.logits(features)[2 * middle], before)


def test_probabilities(found, random_detector):
    dark = numpy.zeros_like(found.lit)
    dark[:20] = True
    probability = random_detector().probability(replace(found, lit=found.lit & ~dark))
    assert probability.shape == found.image.shape
    assert numpy.isnan(probability[dark]).all()
    inside = probability[found.lit & ~dark]
    assert ((inside >= 0) & (inside <= 1)).all()


def test_it_is_cancelled(found, random_detector):
    with pytest.raises(OperationCancelled):
        random_detector().probability(found, monitor=Monitor(cancelled=lambda: True))


def test_a_file_gives_the_same_detector(tmp_path, found, random_detector):
    detector = random_detector()
    path = tmp_path / "lines.safetensors"
    detector.save(path)
    again = LineDetector.load(path)
    assert (again.hash, again.scale, again.shift) == (detector.hash, 0.8, -0.3)
    assert again.record == {"command": "test"}
    one, other = (each.probability(found) for each in (detector, again))
    numpy.testing.assert_array_equal(one, other)


def test_calibration_is_part_of_the_hash(random_detector):
    detector = random_detector()
    assert replace(detector, shift=0.0).hash != detector.hash


def changed(path, change):
    """Write the file with another header, its hash unchanged."""
    with safetensors.safe_open(path, framework="pt") as file:
        header = json.loads(file.metadata()["darfix_wb_detector"])
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    change(header, weights)
    text = {"darfix_wb_detector": json.dumps(header, sort_keys=True)}
    safetensors.torch.save_file(weights, path, text)


@pytest.mark.parametrize(
    "change",
    [
        lambda header, weights: header.update(scale=2.0),
        lambda header, weights: weights["stem.0.bias"].add_(1),
        lambda header, weights: header.update(sha256=None),
    ],
)
def test_a_changed_file_is_refused(tmp_path, random_detector, change):
    path = tmp_path / "lines.safetensors"
    random_detector().save(path)
    changed(path, change)
    with pytest.raises(DarfixWBError, match="A detector must be as it was written"):
        LineDetector.load(path)


def test_files_of_other_kinds_are_refused(tmp_path, random_detector):
    with pytest.raises(DarfixWBError, match="A detector must be written by darfix-wb"):
        LineDetector.load(shipped_model_file())
    path = tmp_path / "lines.safetensors"
    random_detector().save(path)
    with pytest.raises(DarfixWBError, match="A model must be written by darfix-wb"):
        BeamModel.load(path)
    (tmp_path / "text.safetensors").write_text("lines")
    with pytest.raises(DarfixWBError, match="complete"):
        LineDetector.load(tmp_path / "text.safetensors")
    with pytest.raises(DarfixWBError, match="The detector file must exist"):
        LineDetector.load(tmp_path / "none.safetensors")


def test_a_newer_format_is_refused(tmp_path, random_detector):
    path = tmp_path / "lines.safetensors"
    random_detector().save(path)
    changed(path, lambda header, weights: header.update(format_version=2))
    with pytest.raises(DarfixWBError, match="version 1 to 1, got 2"):
        LineDetector.load(path)


def test_weights_must_be_finite(tmp_path, random_detector):
    detector = random_detector()
    with torch.no_grad():
        detector.network.stem[0].bias[0] = float("nan")
    path = tmp_path / "lines.safetensors"
    detector.save(path)
    with pytest.raises(DarfixWBError, match="must be finite"):
        LineDetector.load(path)


def test_any_size_uses_the_same_weights():
    network = LineNetwork().eval()
    for rows, columns in ((8, 8), (13, 40)):
        with torch.inference_mode():
            logits = network(torch.zeros(2, N_FEATURES, rows, columns))
        assert logits.shape == (2, STRIDE * rows, STRIDE * columns)
