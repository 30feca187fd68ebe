"""Commands end with their files and the next command, which runs as it is printed."""

from __future__ import annotations

import shlex

import pytest

from darfix_wb.cli import main
from darfix_wb.commands.ending import free_name, print_ending
from darfix_wb.simulation.volume_truth import read_volume_truth

CHEAP = (
    "--shape 64 96 --steps 11 --step-deg 0.006 --row-px 4 --column-px 4 --upstream 10 --exit 15 "
    "--layer-cell 0.15 --exit-cell 1 --pixel 0.1"
)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs a command line in a folder of its own; its files and the next command line."""
    monkeypatch.chdir(tmp_path)

    def run(line: str, status: int = 0) -> tuple[list[str], str]:
        program, *words = shlex.split(line)
        assert program == "darfix-wb"
        assert main(words) == status
        *lines, last = capsys.readouterr().out.splitlines()
        assert last.startswith("Next: ")
        written = []
        while lines and lines[-1].startswith("Written to "):
            written.insert(0, lines.pop().removeprefix("Written to "))
        for file in written:
            assert (tmp_path / file).exists()
        return written, last.removeprefix("Next: ")

    return run


def test_from_a_simulated_scan_to_images_by_its_own_model(run, tmp_path):
    written, following = run(f"darfix-wb simulate {CHEAP} --output 'my scan.h5'")
    assert (written, following) == (["my scan.h5"], "darfix-wb check 'my scan.h5'")
    following += " --frames 0:10 --skip-frames 9 --report 'a page.png'"
    written, following = run(following)
    assert written == ["a page.png"]
    options = "--frames 0:10 --skip-frames 9"
    files = ["weak_beam.h5", "weak_beam.png"]
    following_check = f"darfix-wb classify 'my scan.h5' {options} --output {files[0]}"
    assert following == f"{following_check} --report {files[1]}"
    written, following = run(following)
    assert (written, following) == (files, "silx view weak_beam.h5")
    labelling = f"darfix-wb label 'my scan.h5' {options} --weak 0-2 --strong 4,5 --output l.h5"
    written, following = run(labelling)
    assert written == ["l.h5"]
    assert following == (
        f"darfix-wb train 'my scan.h5' {options} --labels l.h5 --output model.safetensors"
    )
    written, following = run(f"{following} --epochs 2")
    assert written == ["model.safetensors"]
    assert following == (
        f"darfix-wb classify 'my scan.h5' {options} --model model.safetensors "
        "--output weak_beam_2.h5"
    )
    written, following = run(following)
    assert (written, following) == (["weak_beam_2.h5"], "silx view weak_beam_2.h5")


def test_from_simulated_layers_to_their_lines(run, tmp_path):
    written, following = run(f"darfix-wb simulate {CHEAP} --layers 2 --output layers.h5")
    assert written == ["layers.h5"]
    assert following == "darfix-wb volume layers.h5 --output volume.h5"
    written, following = run(f"{following} --binning 2 --device cpu")
    assert written == ["volume.h5"]
    layers, rows, columns = read_volume_truth(tmp_path / "layers.h5").spacing_um
    spacing = f"{layers:.6g} {2 * rows:.6g} {2 * columns:.6g}"
    assert following == (f"darfix-wb reconstruct volume.h5 --spacing {spacing} --output lines.h5")
    written, following = run(following)
    assert (written, following) == (["lines.h5"], "silx view lines.h5")
    again = f"darfix-wb reconstruct volume.h5 --spacing {spacing} --overwrite"
    written, following = run(f"{again} --export vtp csv --json r.json --output lines.h5")
    assert written == ["lines.h5", "lines.vtp", "lines.csv", "r.json"]
    assert following == "paraview lines.vtp"


def test_what_is_not_done_is_run_again(run, tmp_path):
    run(f"darfix-wb simulate {CHEAP} --layers 2 --output layers.h5")
    _, following = run("darfix-wb volume layers.h5 --output v.h5 --estimate --no-lines")
    assert following == "darfix-wb volume layers.h5 --output v.h5 --no-lines"
    assert not (tmp_path / "v.h5").exists()
    written, following = run(following)
    assert (written, following) == (["v.h5"], "silx view v.h5")


def test_names_that_are_free(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert free_name("a.h5") == "a.h5"
    (tmp_path / "a.h5").touch()
    (tmp_path / "a_2.h5").symlink_to("nowhere")
    assert free_name("a.h5") == "a_3.h5"


def test_several_commands_on_one_line(capsys):
    print_ending(then=[["darfix-wb", "simulate"], ["darfix-wb", "check", "it's"]])
    text = capsys.readouterr().out
    assert text == "Next: darfix-wb simulate && darfix-wb check 'it'\"'\"'s'\n"
