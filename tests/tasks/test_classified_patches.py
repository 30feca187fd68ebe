"""What the classifier knew reaches the integration, with the link of patches and without."""

from __future__ import annotations

from dataclasses import replace

import h5py
import numpy
import pytest

from darfix_wb.extraction import extract
from darfix_wb.io.darfix.dataset import scan_from_dataset
from darfix_wb.io.provenance import Provenance
from darfix_wb.tasks.beam_integration import BeamIntegration
from darfix_wb.tasks.method_comparison import MethodComparison
from darfix_wb.tasks.patch_extraction import PatchExtraction
from darfix_wb.tasks.weak_beam_classification import WeakBeamClassification

from .conftest import PATCH_SIZE

RULE = {"method": "angle-rule", "patch_size": PATCH_SIZE}
IMAGES = ("weak", "strong", "weak_low", "weak_high", "weak_count", "strong_count", "binary_map")


@pytest.fixture(scope="module")
def classified(run, dataset):
    """By the angle rule, with the dark level of the simulation given."""
    return run(WeakBeamClassification, dataset=dataset, dark=100.0, **RULE)


def both(done, **more):
    """Inputs of the integration with the link of patches, and without."""
    inputs = {"dataset": done.dataset, "classification": done.classification, **more}
    return {**inputs, "patches": done.patches}, inputs


def assert_same(one, other):
    for name in IMAGES:
        numpy.testing.assert_array_equal(getattr(one.images, name), getattr(other.images, name))
    numpy.testing.assert_array_equal(one.dataset.as_array3d(), other.dataset.as_array3d())


@pytest.mark.parametrize("method", ["network", "angle-rule"])
@pytest.mark.parametrize("kind", ["dataset", "dataset_4d"])
def test_with_and_without_patches_the_images_are_the_same(run, request, model_file, method, kind):
    source = request.getfixturevalue(kind)
    by_network = {"model_file": model_file, "device": "cpu"}
    inputs = RULE if method == "angle-rule" else by_network
    done = run(WeakBeamClassification, dataset=source, **inputs)
    assert done.patches.grid == done.classification.grid
    assert done.classification.record.dark_source == "estimated"
    linked, alone = (run(BeamIntegration, **inputs) for inputs in both(done))
    assert_same(linked, alone)


def test_another_dark_level_than_that_of_the_classification_is_refused(refusal, classified):
    for inputs in both(classified, dark=0.0):
        text = refusal(BeamIntegration, **inputs)
        assert "must be that of the classification (100 counts), got 0 counts" in text


def test_the_dark_level_of_the_classification_is_taken(run, classified):
    bare = replace(classified.classification, record=None)
    expected = run(BeamIntegration, dataset=classified.dataset, classification=bare, dark=100.0)
    dark_zero = run(BeamIntegration, dataset=classified.dataset, classification=bare, dark=0.0)
    for given in ({}, {"dark": 100.0}):
        for inputs in both(classified, **given):
            assert_same(run(BeamIntegration, **inputs), expected)
    means = [numpy.nanmean(done.weak_beam_image) for done in (dark_zero, expected)]
    assert means[0] - means[1] == pytest.approx(100, abs=1)


def test_patches_are_not_extracted_again(run, dataset, classified):
    bare = replace(classified.classification, record=None)
    patches = run(PatchExtraction, dataset=dataset, patch_size=16, stride=8, dark=60.0).patches
    linked, alone = (
        run(BeamIntegration, dataset=dataset, classification=bare, **given).weak_beam_image
        for given in ({"patches": patches}, {"dark": 60.0})
    )
    numpy.testing.assert_array_equal(linked, alone)


def test_the_motor_of_the_classification_is_taken(run, refusal, dataset_4d):
    done = run(WeakBeamClassification, dataset=dataset_4d, rocking_motor="chi", **RULE)
    linked, alone = (run(BeamIntegration, **inputs) for inputs in both(done))
    assert_same(linked, alone)
    by_phi = run(WeakBeamClassification, dataset=dataset_4d, **RULE)
    other = replace(by_phi.classification, probabilities=done.classification.probabilities)
    swapped = run(BeamIntegration, dataset=dataset_4d, classification=other)
    assert (swapped.images.weak_low != alone.images.weak_low).any()
    for inputs in both(done, rocking_motor="phi"):
        text = refusal(BeamIntegration, **inputs)
        assert "must be that of the classification ('chi'), got 'phi'" in text
    text = refusal(BeamIntegration, **{**both(by_phi)[0], "patches": done.patches})
    assert "must have the rocking motor of the classification ('phi'), got 'chi'" in text


def test_patches_of_something_else_are_refused(
    run, refusal, dataset, dataset_4d, classified, as_dataset, make_scan
):
    linked, _ = both(classified)
    other = run(WeakBeamClassification, dataset=dataset_4d, **RULE)
    text = refusal(BeamIntegration, **{**linked, "dataset": dataset_4d})
    assert "(33 frames of 64x96 px), got patches of 11 frames of 64x96 px" in text
    narrow = as_dataset(dataset.as_array3d()[:, :, :80].copy())
    text = refusal(BeamIntegration, **{**linked, "dataset": narrow})
    assert "(11 frames of 64x80 px)" in text
    text = refusal(BeamIntegration, **{**linked, "dataset": as_dataset(make_scan(seed=9).frames)})
    assert "got patches with other counts in frame" in text
    text = refusal(BeamIntegration, **{**linked, "patches": other.patches})
    assert "must have the dark level of the classification (100 counts)" in text
    text = refusal(BeamIntegration, **{**linked, "patches": 3})
    assert "'patches' must be an instance of PatchedScan, got 3" in text


def test_an_image_of_the_dark_level_is_told_from_another(run, dataset):
    scan = scan_from_dataset(dataset)
    image = numpy.full(scan.frame_shape, 100.0, dtype="float32")
    one, same, other = (
        extract(scan, patch_size=16, dark=dark).record()
        for dark in (image, image.copy(), image + 0.5)
    )
    assert one == same
    assert one.dark.startswith("an image of mean 100 counts")
    assert one.dark != other.dark


def test_the_file_says_how_the_classification_was_made(run, classified, tmp_path):
    files = []
    for name, inputs in zip(("linked", "alone"), both(classified), strict=True):
        files.append(tmp_path / f"{name}.h5")
        run(BeamIntegration, output_file=str(files[-1]), **inputs)
    for path in files:
        with h5py.File(path) as file:
            for process in ("integration", "classification"):
                parameters = Provenance.from_nexus(file[f"entry/{process}"]).parameters
                assert parameters["classification"] == classified.classification.parameters
                assert (parameters["dark"], parameters["rocking_motor"]) == (100, "phi")
    made = classified.classification.parameters
    assert (made["method"], made["patch_size"], made["stride"]) == ("angle-rule", 16, 8)
    assert (made["dark_source"], made["use_context"], made["device"]) == ("given", None, "cpu")


def test_a_comparison_takes_the_dark_level_of_the_classification(run, refusal, classified):
    given = {
        "dataset": classified.dataset,
        "classification": classified.classification,
        "methods": ["lcnn"],
    }
    compared = run(MethodComparison, **given).comparison.patched
    numpy.testing.assert_array_equal(compared.curves, classified.patches.curves)
    message = refusal(MethodComparison, **given, dark=0.0)
    assert "dark" in message
    assert "100" in message
