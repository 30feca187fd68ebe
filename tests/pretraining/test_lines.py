"""The detector of lines is made from simulated crystals."""

from dataclasses import replace

import numpy
import pytest
import torch
from scipy.special import expit

from darfix_wb.cli import main
from darfix_wb.detection.detector import LineDetector
from darfix_wb.detection.features import N_FEATURES, STRIDE
from darfix_wb.detection.network import LineNetwork
from darfix_wb.errors import OperationCancelled
from darfix_wb.pretraining.crystals import known_scans
from darfix_wb.pretraining.detector import DetectorOptions, calibrated, pixel_scores
from darfix_wb.pretraining.line_crystals import LineSample, line_sample
from darfix_wb.pretraining.lines import LineOptions, fit_lines
from darfix_wb.progress import Monitor

SMALL = LineOptions(n_steps=60, batch_size=4, side=16, learning_rate=1e-2, device="cpu")


def sample(seed, shape=(24, 28)):
    """A line that shows in one of the features, among noise."""
    rng = numpy.random.default_rng(seed)
    features = rng.normal(0, 0.3, (N_FEATURES, *shape)).astype(numpy.float16)
    target = numpy.zeros(tuple(STRIDE * side for side in shape), dtype=bool)
    row = int(rng.integers(6, shape[0] - 6))
    features[3, row : row + 3] += 3
    target[STRIDE * row : STRIDE * (row + 3)] = True
    return LineSample(features, target, numpy.ones_like(target))


@pytest.fixture(scope="module")
def samples():
    return [sample(seed) for seed in range(4)]


def auc(network, one):
    with torch.inference_mode():
        logits = network(torch.from_numpy(one.features[None].astype(numpy.float32)))[0].numpy()
    rank = logits.ravel().argsort().argsort()[one.target.ravel()].mean() / logits.size
    return rank


def test_training_finds_what_shows(samples):
    network = fit_lines(samples, SMALL)
    untrained = auc(LineNetwork(), sample(9))
    assert auc(network, sample(9)) > max(0.85, untrained)
    assert not network.training


def test_the_same_seed_gives_the_same_network(samples):
    short = replace(SMALL, n_steps=3)
    one, other = (fit_lines(samples, short).state_dict() for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_pixels_that_do_not_count_teach_nothing(samples):
    short = replace(SMALL, n_steps=3, with_lines=0.0)
    hidden = [replace(one, counted=numpy.zeros_like(one.counted)) for one in samples]
    wrong = [replace(one, target=~one.target) for one in hidden]
    one, other = (fit_lines(each, short).state_dict() for each in (hidden, wrong))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_training_is_cancelled(samples):
    with pytest.raises(OperationCancelled):
        fit_lines(samples, SMALL, monitor=Monitor(cancelled=lambda: True))


def test_calibration_mends_what_is_over_confident(samples):
    network = fit_lines(samples, SMALL)
    with torch.no_grad():
        network.head[-1].weight *= 8
        network.head[-1].bias += 3
    aside = [sample(seed) for seed in range(20, 24)]
    before = LineDetector(network)
    after, scores = calibrated(before, aside)
    assert after.scale < 1
    logits = numpy.concatenate([before.logits(one.features).ravel()[::7] for one in aside])
    near = numpy.concatenate([one.target.ravel()[::7] for one in aside])
    uncalibrated = pixel_scores(expit(logits), near)
    assert scores.ece < uncalibrated.ece


def test_calibration_without_lines_changes_nothing():
    empty = replace(sample(0), target=numpy.zeros((48, 56), dtype=bool))
    detector = LineDetector(LineNetwork())
    assert calibrated(detector, [empty])[0] is detector


def test_crystals_without_lines(tmp_path):
    (crystal,) = known_scans(1, 3_100_000, shapes=((96, 128),), without_lines=True)
    assert (crystal.truth.line_map == -1).all()
    one = line_sample(crystal)
    assert not one.target.any()
    assert one.features.shape == (N_FEATURES, 48, 64)
    assert one.counted.any()


def test_a_tenth_as_many_are_perfect():
    assert DetectorOptions(n_crystals=40).n_perfect == 4


def test_the_command_makes_the_same_detector_twice(tmp_path, capsys):
    options = ["--crystals", "3", "--shape", "96", "128", "--detector-steps", "3"]
    options += ["--device", "cpu", "--scans", str(tmp_path / "scans")]
    files = [tmp_path / f"{name}.safetensors" for name in "ab"]
    for file in files:
        assert main(["pretrain", "--detector", "--output", str(file), *options]) == 0
    assert files[0].read_bytes() == files[1].read_bytes()
    detector = LineDetector.load(files[0])
    assert detector.record["simulated_crystals"] == 3
    assert detector.record["kept_aside"] == 1
    text = capsys.readouterr().out
    assert "ECE" in text
    assert text.splitlines()[-2:] == [
        f"Written to {files[1]}",
        "Next: darfix-wb simulate --random 1 --output scan.h5 && darfix-wb classify scan.h5 "
        f"--detector {files[1]} --output weak_beam.h5",
    ]


@pytest.mark.parametrize(
    ("arguments", "refused"),
    [
        (["--detector", "--epochs", "3"], "--epochs"),
        (["--detector", "--context-from", "model.safetensors"], "--context-from"),
        (["--detector-steps", "3"], "--detector-steps"),
    ],
)
def test_options_of_the_other_network_are_refused(tmp_path, capsys, arguments, refused):
    output = str(tmp_path / "x.safetensors")
    assert main(["pretrain", "--output", output, *arguments]) != 0
    assert f"{refused} would have none" in capsys.readouterr().err


def test_one_crystal_is_too_few(tmp_path, capsys):
    output = tmp_path / "x.safetensors"
    assert main(["pretrain", "--detector", "--crystals", "1", "--output", str(output)]) != 0
    assert "--crystals must be at least 2, got 1" in capsys.readouterr().err
