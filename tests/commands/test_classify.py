"""``darfix-wb classify`` and ``darfix-wb pretrain``, as a user calls them."""

from __future__ import annotations

from dataclasses import replace

import h5py
import numpy
import pytest
from fabio.tifimage import TifImage

from darfix_wb.beam import ambiguous_share
from darfix_wb.cli import main
from darfix_wb.io.classification_files import read_classification
from darfix_wb.io.frame_sources import open_scan
from darfix_wb.io.provenance import Provenance
from darfix_wb.model import BeamModel


@pytest.fixture
def scan_file(tmp_path, make_scan):
    """A scan of 11 frames of 128x128 px as BLISS writes it."""
    scan = make_scan(shape=(128, 128), seed=3)
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w") as file:
        file["/1.1/instrument/pco_ff/data"] = scan.frames
        file["/1.1/instrument/positioners/phi"] = scan.angles
    return path


def test_the_shipped_model_is_the_default(scan_file, tmp_path, capsys):
    output = tmp_path / "weak_beam.h5"
    assert main(["classify", str(scan_file), "--output", str(output)]) == 0
    beam_map = read_classification(output)
    assert beam_map.model_hash == BeamModel.load().hash
    assert beam_map.grid.stride == beam_map.grid.patch_size // 2
    assert "11 frames" in capsys.readouterr().out
    with h5py.File(output) as file:
        provenance = Provenance.from_nexus(file["/entry/integration"])
        assert file["/entry/integration/weak_beam/weak_beam"].shape == (128, 128)
    assert provenance.model_hash == beam_map.model_hash
    assert beam_map.record.use_context
    assert beam_map.record.dark == pytest.approx(100, abs=3)
    assert provenance.parameters["classification"] == beam_map.parameters
    assert provenance.device == beam_map.record.device != ""
    assert str(scan_file) in provenance.source


def test_the_angle_rule_needs_no_model(scan_file, tmp_path):
    output = tmp_path / "weak_beam.h5"
    options = ["--angle-rule", "--patch-size", "16", "--stride", "16"]
    assert main(["classify", str(scan_file), "--output", str(output), *options]) == 0
    beam_map = read_classification(output)
    condition = beam_map.condition()
    assert beam_map.model_hash == ""
    assert (condition[5, :, :6] == 1).all()
    assert (condition[[0, -1], :, :6] == 0).all()
    assert (condition[:, :, -1] == 2).all()


def test_ambiguous_patches_are_counted_and_kept(scan_file, tmp_path, capsys):
    path, output = tmp_path / "model.safetensors", tmp_path / "weak_beam.h5"
    model = BeamModel.load()
    calibration = replace(model.context_calibration, thresholds=(0.0, 1.0))
    replace(model, context_calibration=calibration).save(path)
    options = ["--model", str(path), "--device", "cpu"]
    assert main(["classify", str(scan_file), "--output", str(output), *options]) == 0
    beam_map = read_classification(output)
    assert beam_map.thresholds == (0.0, 1.0)
    share = ambiguous_share(beam_map.condition(threshold=None))
    assert 0 < share < 1
    assert f"Ambiguous: {share:.1%} of the lit patches" in capsys.readouterr().out


def test_a_scan_without_signal_has_no_share_of_ambiguous_patches(tmp_path, capsys):
    with h5py.File(tmp_path / "dark.h5", "w") as file:
        noise = numpy.random.default_rng(0).normal(100, 4, (9, 64, 64))
        file["1.1/instrument/pco/data"] = noise.round().astype("uint16")
        file["1.1/instrument/positioners/phi"] = numpy.linspace(-0.1, 0.1, 9)
    output = str(tmp_path / "weak_beam.h5")
    assert main(["classify", str(tmp_path / "dark.h5"), "--output", output, "--no-lines"]) == 0
    printed = capsys.readouterr().out
    assert "100.0% empty" in printed
    assert "Ambiguous" not in printed


def test_some_frames_only(scan_file, tmp_path, capsys):
    output = tmp_path / "weak_beam.h5"
    options = ["--angle-rule", "--patch-size", "16", "--frames", "1:10", "--skip-frames", "0,7:"]
    assert main(["classify", str(scan_file), "--output", str(output), *options]) == 0
    printed = capsys.readouterr().out
    assert "9 frames" in printed
    assert "3 frames are left out (skipped on request): 0, 7 to 8." in printed.splitlines()
    with h5py.File(output) as file:
        source = Provenance.from_nexus(file["/entry/integration"]).source
    assert source.endswith("&slice=1:10")
    wrong = tmp_path / "wrong.h5"
    assert main(["classify", str(scan_file), "--output", str(wrong), "--skip-frames", "11"]) == 1
    assert "numbers from 0 to 10 or ranges of them, got '11'" in capsys.readouterr().err
    assert not wrong.exists()


def test_nothing_is_overwritten_unasked(scan_file, tmp_path, capsys):
    output = tmp_path / "weak_beam.h5"
    output.write_text("mine")
    assert main(["classify", str(scan_file), "--output", str(output)]) == 1
    assert output.read_text() == "mine"
    assert "must be a new file" in capsys.readouterr().err


def test_each_frame_alone_by_either_spelling(scan_file, tmp_path):
    maps = []
    for name in ("--no-context", "--no-decode"):
        output = tmp_path / f"{name}.h5"
        options = ["--output", str(output), "--device", "cpu", name]
        assert main(["classify", str(scan_file), *options]) == 0
        maps.append(read_classification(output))
    numpy.testing.assert_array_equal(maps[0].probabilities, maps[1].probabilities)
    assert maps[0].thresholds == BeamModel.load().calibration.thresholds


@pytest.mark.slow
def test_a_pretrained_model_says_what_it_was_made_from(tmp_path):
    file = tmp_path / "model.safetensors"
    options = [
        "--crystals",
        "8",
        "--aluminium",
        "0",
        "--shape",
        "128",
        "128",
        "--epochs",
        "2",
        "--device",
        "cpu",
    ]
    options += ["--context-steps", "4"]
    assert main(["pretrain", "--output", str(file), *options]) == 0
    model = BeamModel.load(file)
    assert model.context is not None
    assert model.context.image_bound == 4.0
    assert model.patch_sizes == (16, 128)
    assert model.context_calibration.thresholds is None  # a promise takes nineteen crystals
    assert model.record["conformal"]["crystals"] == 1
    assert model.record["training_data"]["simulated_crystals"] == 8
    assert model.record["split"]["validation"]["frames"].keys() == {"2", "5"}
    for record in (model.record, model.record["context"]):
        assert record["validation"]["n_patches"] > 0


def test_tiff_images_with_positions(tmp_path, make_scan, capsys):
    scan = make_scan(shape=(128, 128), seed=3)
    folder, positions, output = tmp_path / "scan", tmp_path / "mu.txt", tmp_path / "weak_beam.h5"
    folder.mkdir()
    for index, frame in enumerate(scan.frames):
        TifImage(data=numpy.asarray(frame)).write(str(folder / f"s_{index:04d}.tif"))
    numpy.savetxt(positions, scan.angles)
    command = ["classify", str(folder), "--angle-rule", "--patch-size", "16"]
    assert main([*command, "--output", str(output)]) == 1
    assert "--positions FILE, or --start X --step Y" in capsys.readouterr().err
    given = ["--positions", str(positions), "--motor", "mu"]
    assert main([*command, *given, "--output", str(output)]) == 0
    with h5py.File(output) as file:
        source = Provenance.from_nexus(file["/entry/integration"]).source
    again = open_scan(source)
    assert again.motor == "mu"
    numpy.testing.assert_allclose(again.angles, scan.angles)
    assert main([*command, *given, "--output", str(positions), "--overwrite"]) == 1
    assert "belongs to the scan" in capsys.readouterr().err
