"""``darfix-wb compare-volumes``, as a user calls it."""

from __future__ import annotations

import json

import numpy
import pytest

from darfix_wb.cli import main
from darfix_wb.dislocation_lines.network_file import write_network
from tests.volume_comparison.lines import moved, network, random_points


@pytest.fixture
def files(tmp_path):
    """Masks, numbers and lines."""
    mask = numpy.zeros((5, 150, 200), bool)
    mask[:, 50], mask[2, :, 100] = True, True
    numpy.save(tmp_path / "a.npy", numpy.roll(mask, 3, 1))
    numpy.save(tmp_path / "b.npy", mask)
    numpy.save(tmp_path / "wide.npy", numpy.pad(mask, ((0, 0), (0, 1), (0, 0))))
    numpy.save(tmp_path / "sigma.npy", numpy.random.default_rng(0).normal(size=mask.shape))
    write_network(tmp_path / "true.h5", network(*random_points(0)))
    write_network(tmp_path / "found.h5", network(*moved(random_points(0), 0, 0.2)))
    write_network(tmp_path / "more.h5", network(*random_points(0), *random_points(9, 2)))
    write_network(tmp_path / "hidden.h5", network(*random_points(9, 2)))
    write_network(tmp_path / "none.h5", network())
    return tmp_path


def run(folder, *arguments):
    """The exit status of the command, with files by their name."""
    names = [
        str(folder / one) if "." in one and one[0] not in ".-0123456789" else one
        for one in arguments
    ]
    return main(["compare-volumes", *names])


def test_two_masks(files, capsys):
    status = run(files, "a.npy", "b.npy", "--spacing", "1", "0.3", "0.2", "--json", "out.json")
    assert status == 0
    text = capsys.readouterr().out
    assert text.count("F1 at 1 um over chance") == 2
    json_file = files / "out.json"
    assert text.splitlines()[-2:] == [
        f"Written to {json_file}",
        f"Next: python -m json.tool {json_file}",
    ]
    assert text.startswith(f"A: {files / 'a.npy'}\nB: {files / 'b.npy'}\n")
    values = json.loads((files / "out.json").read_text())
    whole, cut = values["comparisons"]
    assert (whole["border_um"], cut["border_um"]) == (0, 1)
    assert whole["figures"]["voxels"]["scores"]["hd95_um"] == pytest.approx(0.9)
    assert values["spacing_um"] == [1, 0.3, 0.2]


def test_two_networks(files, capsys):
    assert run(files, "more.h5", "true.h5", "--json", "-", "--border", "0") == 0
    (counted,) = json.loads(capsys.readouterr().out)["comparisons"]
    options = ("--ignore", "hidden.h5", "--json", "-", "--border", "0")
    assert run(files, "more.h5", "true.h5", *options) == 0
    (ignored,) = json.loads(capsys.readouterr().out)["comparisons"]
    assert counted["figures"]["lines"]["length_false_um"] > 10
    assert ignored["figures"]["lines"]["length_false_um"] == 0
    assert ignored["null_ratio"] > 5


def test_lines_and_a_mask(files, capsys):
    assert run(files, "found.h5", "b.npy", "--spacing", "1", "0.3", "0.26", "--border", "0") == 0
    assert "points of A" in capsys.readouterr().out


def test_numbers_and_thresholds(files, capsys):
    options = ("--spacing", "1", "0.3", "0.2", "--no-length", "--border", "0", "--json", "-")
    assert run(files, "sigma.npy", "b.npy", *options, "--threshold", "3", "0.5") == 1
    assert "threshold is for volumes of numbers" in capsys.readouterr().err
    assert run(files, "sigma.npy", "sigma.npy", *options, "--threshold", "3", "2.5") == 0
    (found,) = json.loads(capsys.readouterr().out)["comparisons"]
    assert found["figures"]["voxels"]["n_a"] < found["figures"]["voxels"]["n_b"]
    assert found["figures"]["voxels"]["scores"]["precision"] == [1] * 5


def test_an_empty_network_is_told_and_is_no_failure(files, capsys):
    assert run(files, "none.h5", "true.h5") == 0
    assert "A has no lines" in capsys.readouterr().out


SPACING = ("--spacing", "1", "0.3", "0.2")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("a.npy", "b.npy"),
            "three distances above 0 in um, of layers, rows and columns, got none",
        ),
        (("a.npy", "b.npy", "--spacing", "1", "0.3"), "got 1 0.3"),
        (("a.npy", "b.npy", "--spacing", "1", "0", "1"), "got 1 0 1"),
        (("found.h5", "b.npy"), "three distances above 0"),
        (("found.h5", "true.h5", *SPACING), "Leave the spacing out"),
        (("a.npy", "wide.npy", *SPACING), "5 x 150 x 200 and 5 x 151 x 200"),
        (("sigma.npy", "b.npy", *SPACING), "Give a threshold"),
        (("a.npy", "b.npy", *SPACING, "--ignore", "hidden.h5"), "lines are compared with lines"),
        (("found.h5", "true.h5", "--ignore", "b.npy"), "--ignore must be a file of lines"),
        (("found.h5", "true.h5", "--valid", "b.npy"), "mask of valid voxels is for two volumes"),
        (("a.npy", "b.npy", *SPACING, "--shifts", "3"), "--shifts must be at least 20, got 3"),
        (("found.h5", "true.h5", "--border", "30"), "border must be at least 0 um"),
        (("found.h5", "true.h5", "--threshold", "1", "2", "3"), "one number or two, got 3"),
        (("found.h5", "true.h5", "--json", "true.h5"), "must not be a file that the run reads"),
        (("found.h5", "true.h5", "--json", "out.txt"), "must end in .json"),
    ],
)
def test_what_is_wrong_is_told_in_one_sentence(files, capsys, arguments, sentence):
    assert run(files, *arguments) == 1
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
