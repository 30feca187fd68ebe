"""``darfix-wb evaluate``, as a user calls it."""

from __future__ import annotations

import json

import pytest

from darfix_wb.cli import main
from darfix_wb.evaluation.protocol import Evaluation

OPTIONS = ["--patch-size", "16", "--seeds", "2", "--budgets", "4"]
CHEAP = ["--methods", "majority", "frame-threshold", "angle-rule"]


@pytest.fixture
def files(simulated_layers):
    return [str(path) for path in simulated_layers]


def test_tables_plots_and_record(files, tmp_path, capsys):
    output = tmp_path / "evaluation"
    assert main(["evaluate", *files, "--output", str(output), *OPTIONS, *CHEAP]) == 0
    names = {path.name for path in output.iterdir()}
    plots = {"rocking_index.png", "coverage.png", "reliability.png", "budgets.png"}
    assert names == {"evaluation.json", "evaluation.md", *plots}
    page = (output / "evaluation.md").read_text()
    said = capsys.readouterr().out
    assert page.strip() in said
    plot = (output / "rocking_index.png").as_uri()
    assert said.splitlines()[-2:] == [
        f"Written to {output}",
        f"Next: python -m webbrowser {plot}",
    ]
    assert "leave-sample-out needs scans of at least two samples" in page
    record = json.loads((output / "evaluation.json").read_text())
    assert record["finished"] == record["methods"] == CHEAP[1:]
    assert {scan["truth_hash"] for scan in record["scans"]}
    assert record["command"].startswith("darfix-wb evaluate ")
    assert record["versions"]["darfix-wb"]
    assert not [cell["error"] for cell in record["cells"] if cell["error"]]


def test_nothing_is_overwritten_unasked(files, tmp_path, capsys):
    (tmp_path / "evaluation.json").write_text("mine")
    words = ["evaluate", *files, "--output", str(tmp_path), *OPTIONS, *CHEAP]
    assert main(words) == 1
    assert (tmp_path / "evaluation.json").read_text() == "mine"
    assert "must be a new file" in capsys.readouterr().err
    words = ["evaluate", *files, "--output", str(tmp_path), "--patch-size", "16", *CHEAP]
    assert main([*words, "--overwrite", "--protocols", "no-labels"]) == 0
    assert json.loads((tmp_path / "evaluation.json").read_text())["finished"]


def test_wrong_words_end_in_a_sentence(files, tmp_path, capsys):
    words = ["evaluate", *files, "--output", str(tmp_path), *OPTIONS]
    assert main([*words, "--methods", "guess"]) == 1
    assert "methods must be some of majority" in capsys.readouterr().err
    assert main([*words, *CHEAP, "--protocols", "luck"]) == 1
    assert "protocols must be some of no-labels" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_stopping_leaves_what_was_done(files, tmp_path, monkeypatch, capsys):
    whole = Evaluation.run

    def run(self, *, after_each, monitor):
        def stop():
            after_each()
            raise KeyboardInterrupt

        whole(self, after_each=stop, monitor=monitor)

    monkeypatch.setattr(Evaluation, "run", run)
    assert main(["evaluate", *files, "--output", str(tmp_path), *OPTIONS, *CHEAP]) == 130
    record = json.loads((tmp_path / "evaluation.json").read_text())
    assert record["finished"] == ["majority"]
    assert record["cells"]
    assert (tmp_path / "evaluation.md").exists()
    assert (tmp_path / "coverage.png").exists()


@pytest.mark.slow
def test_every_method_gives_figures_or_a_sentence(files, tmp_path):
    few = ["--protocols", "leave-layer-out", "--seeds", "1", "--epochs", "2", "--vgg-epochs", "1"]
    words = ["evaluate", *files, "--output", str(tmp_path), "--patch-size", "32", *few]
    assert main([*words, "--device", "cpu"]) == 0
    record = json.loads((tmp_path / "evaluation.json").read_text())
    assert record["finished"] == record["methods"]
    for cell in record["cells"]:
        if cell["method"] in ("matched", "detector"):
            assert (cell["figures"], cell["error"]) == (None, "")
            assert cell["image"]["bright_contrast"]
        else:
            assert bool(cell["figures"]) != bool(cell["error"])
