"""Patches of 16 to 128 px: from the frames to the images, with a model that takes them all."""

from __future__ import annotations

import dataclasses

import h5py
import numpy
import pytest

from darfix_wb import classify as classify_scan
from darfix_wb.classification.angle_rule import angle_rule
from darfix_wb.classification.forecast import forecast
from darfix_wb.classification.network import classify
from darfix_wb.cli import main
from darfix_wb.errors import DarfixWBError
from darfix_wb.extraction import extract
from darfix_wb.integration import integrate
from darfix_wb.io.classification_files import read_classification
from darfix_wb.model import BeamModel
from darfix_wb.scan_check import check_scan

SIZES = (16, 128, *numpy.random.default_rng(0).integers(17, 128, 5).tolist())


@pytest.fixture(autouse=True)
def _one_thread(one_thread):
    """In every test."""


@pytest.fixture(scope="module")
def model():
    """The shipped networks, said to take a range: what they answer is not the point here."""
    return dataclasses.replace(BeamModel.load(), patch_sizes=(16, 128))


@pytest.fixture(scope="module")
def model_file(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "range.safetensors"
    model.save(path)
    return path


def write(path, scan):
    with h5py.File(path, "w") as file:
        file["/1.1/instrument/pco_ff/data"] = scan.frames
        file["/1.1/instrument/positioners/phi"] = scan.angles
    return path


@pytest.mark.parametrize("size", SIZES)
def test_a_scan_in_patches_of_this_size(model, make_scan, size):
    """A model of this size alone says the same; the angle rule and the images know all pixels."""
    rng = numpy.random.default_rng(size)
    shape = tuple(rng.integers(max(32, size), 220, 2).tolist())
    scan = make_scan(shape=shape, margin=0, seed=size)
    patched = extract(scan, patch_size=size, stride=int(rng.integers(size // 4, size + 1)))
    beam_map = classify(patched, model, device="cpu")
    alone = dataclasses.replace(model, patch_size=size, patch_sizes=None)
    expected = classify(patched, alone, device="cpu")
    numpy.testing.assert_array_equal(beam_map.probabilities, expected.probabilities)
    assert not patched.empty.any()
    rule = angle_rule(patched)
    assert (rule.condition()[5] == 1).all()
    assert (rule.condition()[[0, -1]] == 0).all()
    for made in (beam_map, rule):
        numpy.testing.assert_allclose(made.probabilities.sum(axis=-1), 1, atol=1e-5)
    images = integrate(patched, rule)
    for image in (images.weak, images.strong):
        assert image.shape == shape
        numpy.testing.assert_array_equal(numpy.isnan(image), patched.scan.mask.invalid)
    assert numpy.nanmean(images.strong) > 100 > numpy.nanmean(images.weak) > 0


def test_a_scan_is_cut_by_the_shape_of_its_frames(model, make_scan):
    for shape, size in (((115, 83), 16), ((130, 300), 32), ((256, 260), 64)):
        scan = make_scan(shape=shape, n_steps=5)
        grid = classify_scan(scan, model=model, device="cpu").patches.grid
        assert (grid.patch_size, grid.stride) == (size, size // 2)
        asked = classify_scan(scan, model=model, patch_size=48, device="cpu").patches.grid
        assert (asked.patch_size, asked.stride) == (48, 24)
        report, patched = check_scan(scan, patch_size=model.patch_size_for(shape))
        outlook = forecast(patched, model, device="cpu")
        assert report.figures.patch_size == outlook.details["patch_size"] == size
        assert outlook.details["stride"] == grid.stride
        assert outlook.details["patches_per_frame"] == grid.n_patches


def test_a_model_of_one_size_keeps_it_on_small_frames(make_scan):
    scan = make_scan(shape=(115, 83), n_steps=5)
    model = dataclasses.replace(BeamModel.load(), patch_sizes=(64, 64))
    grid = classify_scan(scan, device="cpu", model=model).patches.grid
    assert (grid.patch_size, grid.stride) == (64, 32)
    with pytest.raises(DarfixWBError, match=r"trained on \(64 px\), got 16 px"):
        classify_scan(scan, device="cpu", model=model, patch_size=16)


def test_patches_that_are_cut_have_their_size_already(model, make_scan):
    patched = extract(make_scan(n_steps=3), patch_size=20)
    with pytest.raises(DarfixWBError, match="cut into patches already, got patch_size"):
        classify_scan(patched, model=model, patch_size=20)
    assert classify_scan(patched, model=model, device="cpu").patches is patched


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "patches of 16 px (chosen automatically) every 8 px"),
        (["--patch-size", "50"], "patches of 50 px (given) every 25 px"),
        (["--stride", "16"], "patches of 16 px (chosen automatically) every 16 px"),
    ],
)
def test_the_command_says_which_size_it_chose(
    model, model_file, make_scan, tmp_path, capsys, options, told
):
    path, output = write(tmp_path / "scan.h5", make_scan(shape=(115, 83))), tmp_path / "weak.h5"
    words = ["classify", str(path), "--output", str(output), "--device", "cpu", *options]
    assert main([*words, "--model", str(model_file)]) == 0
    assert f"on cpu; {told}" in capsys.readouterr().out
    beam_map = read_classification(output)
    assert beam_map.model_hash == model.hash
    assert f"patches of {beam_map.grid.patch_size} px" in told


def test_the_command_refuses_what_the_model_does_not_take(model_file, make_scan, tmp_path, capsys):
    path, output = write(tmp_path / "scan.h5", make_scan(n_steps=3)), tmp_path / "weak.h5"
    words = ["classify", str(path), "--output", str(output), "--model", str(model_file)]
    assert main([*words, "--patch-size", "12"]) == 1
    assert "size that the model was trained on (16 to 128 px), got 12 px" in capsys.readouterr().err
    assert not output.exists()


def test_the_check_cuts_as_the_classification(model_file, make_scan, tmp_path, capsys):
    path = write(tmp_path / "scan.h5", make_scan(shape=(115, 83)))
    main(["check", str(path), "--model", str(model_file), "--device", "cpu"])
    assert "140 overlapping patches of 16 px per frame" in capsys.readouterr().out


def test_diamond_topographs_without_a_patch_size(real_data, model_file, tmp_path, capsys):
    path, output = real_data / "diamond_topographs/SA1_diamond_rocking.h5", tmp_path / "weak.h5"
    words = ["classify", str(path), "--output", str(output), "--device", "cpu"]
    assert main([*words, "--model", str(model_file)]) == 0
    text = capsys.readouterr().out
    assert "patches of 16 px (chosen automatically) every 8 px" in text
    assert "101 frames, 14140 patches" in text
    condition = read_classification(output).condition()
    brightest = (condition == 1).mean(axis=(1, 2)) > 0.5
    assert 0 < brightest.sum() < len(brightest) / 2
