"""What people type wrong ends in one sentence before the work, and nothing is written."""

from __future__ import annotations

import json

import h5py
import pytest

from darfix_wb.cli import main
from darfix_wb.model import BeamModel


@pytest.fixture
def scan_file(tmp_path, make_scan):
    scan = make_scan(shape=(128, 128), seed=3)
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w") as file:
        file["/1.1/instrument/pco_ff/data"] = scan.frames
        file["/1.1/instrument/positioners/phi"] = scan.angles
    return path


@pytest.fixture
def refused(scan_file, tmp_path, capsys):
    """The sentence of a command; SCAN stands for a scan, OUT for a new folder."""

    def refused(words) -> str:
        names = {"SCAN": str(scan_file), "TEXT": str(tmp_path / "note.txt")}
        (tmp_path / "note.txt").write_text("text")
        words = [names.get(word, word.replace("OUT", str(tmp_path / "out"))) for word in words]
        assert main(words) == 1
        text = capsys.readouterr().err
        assert text.startswith("darfix-wb: ")
        assert "Traceback" not in text
        assert not (tmp_path / "out").exists()
        return text

    return refused


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("--patch-size 7", "), got 7 px. Choose patches of "),
        ("--stride 0", "stride must be at least 1 px"),
        ("--angle-rule --stride 0", "stride must be at least 1 px"),
        ("--angle-rule --patch-size 0", "patch_size must be at least 8 px"),
        ("--angle-rule --model m.safetensors", "--model would have none with --angle-rule"),
        ("--angle-rule --no-context --device cpu", "--no-context, --device would have none"),
        ("--angle-rule --patch-size 64 --dark 500", "below the median of the frames (122.68"),
        ("--angle-rule --dark=-5", "must not be negative where no frame has"),
        ("--angle-rule --dark nan", "The dark level must be finite"),
        ("--threshold nan", "threshold must be a number from 0 on (sigma"),
        ("--threshold=-1", "got -1.0. Leave it out for 5"),
        ("--mode paper --threshold 5", "and below 1 (of the brightest pixel)"),
        ("--device tpu", "device must be 'auto', 'cpu'"),
    ],
)
def test_classify(refused, options, expected):
    text = refused(["classify", "SCAN", "--output", "OUT/weak.h5", *options.split()])
    assert expected in text


@pytest.mark.parametrize("name", ["weak", "weak.tif", "weak.safetensors", ".h5"])
def test_an_output_that_is_not_named_as_hdf5(refused, name):
    text = refused(["classify", "SCAN", "--output", f"OUT/{name}"])
    assert "must end in .h5 or .hdf5 or .nxs or .nx, got" in text


@pytest.mark.parametrize("name", ["weak.H5", "weak.hdf5", "weak.nxs", "weak.nx"])
def test_outputs_that_are(scan_file, tmp_path, name):
    options = ["--angle-rule", "--patch-size", "16"]
    assert main(["classify", str(scan_file), "--output", str(tmp_path / name), *options]) == 0
    assert h5py.is_hdf5(tmp_path / name)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("evaluate SCAN --output OUT --epochs 0", "--epochs must be at least 1, got 0"),
        ("evaluate SCAN --output OUT --seeds 0", "--seeds must be at least 1, got 0"),
        ("evaluate SCAN --output OUT --vgg-epochs 0", "--vgg-epochs must be at least 1, got 0"),
        ("evaluate SCAN --output OUT --device tpu --vgg-epochs 1", "device must be 'auto', 'cpu'"),
        ("evaluate SCAN --output OUT --methods gso --vgg-epochs 1", "without the method vgg16"),
        ("evaluate SCAN --output OUT --methods gso --epochs 3", "--epochs would have none without"),
        (
            "evaluate SCAN --output OUT --protocols no-labels --budgets 4",
            "--budgets would have none without the protocol budgets",
        ),
        ("evaluate --suite standard --output OUT --methods gso", "--methods would have none with"),
        ("evaluate --suite standard --output OUT --stride 32", "--stride would have none with"),
        ("evaluate SCAN --output TEXT", "The folder of the output must be writable"),
        ("pretrain --output OUT/m.h5", "must end in .safetensors, got"),
        ("pretrain --output OUT/m.safetensors --context-steps 0", "--context-steps must be at"),
        ("pretrain --output OUT/m.safetensors --epochs 0", "--epochs must be at least 1, got 0"),
        ("pretrain --output OUT/m.safetensors --seed -1", "--seed must be at least 0, got -1"),
        ("pretrain --output OUT/m.safetensors --scans TEXT", "--scans must be a folder, got the"),
        ("pretrain --output OUT/m.safetensors --device tpu", "device must be 'auto', 'cpu'"),
        ("pretrain --output OUT/m.safetensors --crystals 1", "at least 3 crystals, got 1"),
        ("simulate --output OUT/s.h5 --random -1", "--random must be at least 0, got -1"),
        ("simulate --output OUT/s.h5 --shape -5 3", "shape must be two integers"),
        ("simulate --output OUT/s.h5 --subgrain inf", "of at least 3, not inf, got inf"),
        ("simulate --output OUT/s.txt", "must end in .h5 or .hdf5 or .nxs or .nx, got"),
    ],
)
def test_other_commands(refused, words, expected):
    assert expected in refused(words.split())


def test_text_instead_of_a_number(capsys):
    with pytest.raises(SystemExit) as end:
        main(["classify", "scan.h5", "--output", "weak.h5", "--stride", "half"])
    assert end.value.code == 2
    assert "argument --stride: invalid int value: 'half'" in capsys.readouterr().err


def test_how_to_overwrite_in_the_words_of_the_command(scan_file, tmp_path, capsys):
    output = tmp_path / "weak.h5"
    words = ["classify", str(scan_file), "--output", str(output), "--angle-rule"]
    assert main(words) == 0
    assert main(words) == 1
    assert "exists. Choose another name, or give --overwrite.\n" in capsys.readouterr().err
    assert main([*words, "--overwrite"]) == 0


def test_a_scan_of_another_program_is_not_replaced(scan_file, tmp_path, capsys):
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["1.1/instrument/pco_ff/data"] = [[[1]]]
    words = ["classify", str(scan_file), "--output", str(other), "--angle-rule", "--overwrite"]
    before = other.read_bytes()
    assert main(words) == 1
    assert f"Only files of darfix-wb may be replaced, and {other}" in capsys.readouterr().err
    assert other.read_bytes() == before


def test_what_was_used_is_printed_and_stored(scan_file, tmp_path, capsys):
    output = tmp_path / "weak.h5"
    words = ["classify", str(scan_file), "--output", str(output), "--device", "cpu"]
    assert main([*words, "--dark", "99", "--patch-size", "64"]) == 0
    text, model = capsys.readouterr().out, BeamModel.load()
    assert f"Method: lcnn of the shipped model (SHA-256 {model.hash[:12]}), with" in text
    assert "on cpu; patches of 64 px (given) every 32 px" in text
    assert "Dark level: 99.00 counts (given), noise " in text
    assert "1 rocking curve of phi, 11 frames each" in text
    assert "Images: mode default, binary map above 5 sigma above the local background" in text
    with h5py.File(output) as file:
        stored = json.loads(file["entry/integration/parameters/data"].asstr()[()])["used"]
    expected = {
        "model": "the shipped model",
        "model_hash": model.hash,
        "device": "cpu",
        "stride": 32,
        "patch_size": 64,
        "patch_size_source": "given",
        "dark": 99.0,
        "dark_source": "given",
        "rocking_motor": "phi",
        "rocking_curves": 1,
        "steps": [11],
        "mode": "default",
        "threshold": 5.0,
    }
    assert stored.items() >= expected.items()
    assert stored["noise"] == pytest.approx(4, abs=0.5)


def test_a_dark_level_far_too_low_is_said(scan_file, tmp_path, capsys):
    output = tmp_path / "weak.h5"
    words = ["classify", str(scan_file), "--output", str(output), "--angle-rule", "--dark", "0"]
    assert main(words) == 0
    text = capsys.readouterr().out
    assert "counts above the dark level (0 counts, given)" in text
    with h5py.File(output) as file:
        stored = file["entry/classification/warnings"].asstr()[()]
    assert all(sentence in text for sentence in stored)
    assert any("the level may be too low" in sentence for sentence in stored)
