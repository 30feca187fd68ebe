"""The dislocations that the task "Beam integration" finds."""

from __future__ import annotations

import h5py
import numpy
import pytest

from darfix_wb.detection.detector import LineDetector
from darfix_wb.detection.lines import Lines
from darfix_wb.detection.mapping import map_dislocations
from darfix_wb.tasks.beam_integration import BeamIntegration
from darfix_wb.tasks.weak_beam_classification import WeakBeamClassification

from .conftest import PATCH_SIZE


@pytest.fixture(scope="module")
def classified(run, dataset):
    done = run(WeakBeamClassification, dataset=dataset, method="angle-rule", patch_size=PATCH_SIZE)
    return {
        "dataset": done.dataset,
        "classification": done.classification,
        "patches": done.patches,
    }


def test_outputs_are_those_of_the_library(run, classified):
    done = run(BeamIntegration, **classified, device="cpu")
    expected = map_dislocations(classified["patches"], device="cpu")
    numpy.testing.assert_array_equal(done.dislocation_image, expected.image)
    numpy.testing.assert_array_equal(done.line_probability, expected.probability)
    assert isinstance(done.lines, Lines)
    numpy.testing.assert_array_equal(done.lines["row"], expected.lines.row)
    assert done.images.dislocations.detector_hash == LineDetector.load().hash


def test_without_the_link_of_patches_the_same_comes_out(run, classified):
    with_link = run(BeamIntegration, **classified, device="cpu")
    without = {name: classified[name] for name in ("dataset", "classification")}
    other = run(BeamIntegration, **without, device="cpu")
    numpy.testing.assert_array_equal(with_link.dislocation_image, other.dislocation_image)


def test_they_can_be_left_out(run, classified, tmp_path):
    output = str(tmp_path / "images.h5")
    done = run(BeamIntegration, **classified, find_dislocations=False, output_file=output)
    assert (done.dislocation_image, done.line_probability, done.lines) == (None, None, None)
    assert done.images.dislocations is None
    with h5py.File(output) as file:
        assert "dislocation_image" not in file["entry/integration"]


def test_another_detector(run, refusal, classified, tmp_path):
    path = tmp_path / "own.safetensors"
    LineDetector(LineDetector.load().network, shift=3.0).save(path)
    done = run(BeamIntegration, **classified, detector_file=str(path), device="cpu")
    assert done.images.dislocations.detector_hash == LineDetector.load(path).hash
    missing = str(tmp_path / "none.safetensors")
    text = refusal(BeamIntegration, **classified, detector_file=missing)
    assert text.startswith("The detector file must exist")


@pytest.mark.parametrize("threshold", [0, 1, 7.5])
def test_thresholds_are_probabilities(refusal, classified, threshold):
    text = refusal(BeamIntegration, **classified, line_threshold=threshold)
    assert text.startswith("line_threshold must be a probability")


def test_the_output_never_replaces_the_detector(refusal, classified, tmp_path):
    path = tmp_path / "own.h5"
    path.write_bytes(b"weights")
    text = refusal(
        BeamIntegration,
        **classified,
        detector_file=str(path),
        output_file=str(path),
        overwrite=True,
    )
    assert "detector" in text
    assert path.read_bytes() == b"weights"
