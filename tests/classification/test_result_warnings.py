"""Warnings where a result as a whole cannot be right or is of no use."""

from __future__ import annotations

from dataclasses import replace

import numpy
import pytest

from darfix_wb.beam import BeamMap
from darfix_wb.classification.angle_rule import angle_rule
from darfix_wb.classification.network import classify
from darfix_wb.classification.result_warnings import with_result_warnings
from darfix_wb.extraction import extract
from darfix_wb.integration import integrate
from darfix_wb.integration.empty_images import image_warnings
from darfix_wb.model import BeamModel
from darfix_wb.scan import RockingScan

SIZE = 16


@pytest.fixture(scope="module")
def patched(make_scan):
    return extract(make_scan(), patch_size=SIZE)


def all_of(patched, value):
    probabilities = numpy.zeros((*patched.curves.shape, 3), dtype=numpy.float32)
    probabilities[..., value] = 1
    probabilities[:, patched.empty] = (0, 0, 1)
    return BeamMap(probabilities, patched.grid)


def test_a_right_result_has_none(patched):
    assert angle_rule(patched).warnings == ()


@pytest.mark.parametrize(("value", "name", "other"), [(0, "weak", "strong"), (1, "strong", "weak")])
def test_all_of_one_condition(patched, value, name, other):
    (warning,) = with_result_warnings(all_of(patched, value), patched).warnings
    n_lit = 11 * int((~patched.empty).sum())
    assert f"All {n_lit} lit patches of 11 frames are called {name}: the {other}-beam" in warning
    assert "counts, estimated)." in warning


def test_its_own_warnings_stay(patched):
    beam_map = replace(all_of(patched, 0), warnings=("doubt",))
    assert with_result_warnings(beam_map, patched).warnings[0] == "doubt"
    assert len(with_result_warnings(beam_map, patched).warnings) == 2


def test_nothing_is_lit(patched):
    (warning,) = with_result_warnings(all_of(patched, 2), patched).warnings
    assert warning.startswith("No patch carries any signal")


def test_no_numbers(patched):
    probabilities = angle_rule(patched).probabilities
    probabilities[3] = numpy.nan
    beam_map = BeamMap(probabilities, patched.grid)
    n_patches = patched.grid.n_patches
    (warning,) = with_result_warnings(beam_map, patched).warnings
    assert f"of {n_patches} of {11 * n_patches} patches in 1 frames are not numbers" in warning


@pytest.mark.parametrize(("dark", "warned"), [(0.0, True), (98.0, False), (None, False)])
def test_a_dark_level_that_is_too_low(make_scan, dark, warned):
    warnings = angle_rule(extract(make_scan(), patch_size=SIZE, dark=dark)).warnings
    assert ("above the dark level (0 counts, given)" in "".join(warnings)) == warned


@pytest.mark.parametrize("n_frames", [1, 2])
def test_too_few_frames_for_a_rocking_curve(make_scan, n_frames):
    scan = make_scan(shape=(128, 128))
    few = RockingScan(scan.frames[4 : 4 + n_frames], scan.angles[4 : 4 + n_frames])
    warnings = classify(extract(few), BeamModel.load(), device="cpu").warnings
    assert (
        f"A rocking curve needs at least 3 frames, and the longest one has {n_frames}: each frame "
        "was classified alone." in warnings
    )


def test_images_without_any_value(patched):
    images = integrate(patched, all_of(patched, 0))
    (warning,) = image_warnings(images)
    assert warning.startswith("The strong-beam image has no value in any of its 6144 pixels")
    assert image_warnings(integrate(patched, angle_rule(patched))) == ()
