"""A task names the file that it wrote, unless a window shows it."""

from __future__ import annotations

import pytest
from ewokscore.progress import BasePercentageProgress

from darfix_wb.errors import DarfixWBError
from darfix_wb.tasks.simulated_scan import SimulatedScan


class Progress(BasePercentageProgress):
    """What a widget gives its task."""

    def update(self):
        pass


@pytest.fixture
def simulate(tmp_path, capsys):
    """Runs the simplest task that writes a file; what it printed."""

    def simulate(**options):
        path = tmp_path / "scan.h5"
        inputs = {"output_file": str(path), "rows": 16, "columns": 16, "steps": 1}
        SimulatedScan(inputs=inputs, **options).execute()
        assert path.is_file()
        return path, capsys.readouterr()

    return simulate


def test_headless_it_is_named_once(simulate):
    path, printed = simulate()
    assert printed.err.splitlines()[-1] == f"Wrote {path}"
    assert not printed.out
    assert "Wrote" not in simulate()[1].err, "it was there already"


def test_on_the_canvas_nothing_is_printed(simulate):
    _, printed = simulate(progress=Progress())
    assert "Wrote" not in printed.err + printed.out


def test_an_error_ends_with_its_sentence_and_keeps_its_cause(tmp_path):
    (tmp_path / "scan.h5").write_text("another")
    task = SimulatedScan(inputs={"output_file": str(tmp_path / "scan.h5")}, node_id="simulation")
    with pytest.raises(RuntimeError) as caught:
        task.execute()
    where, sentence = str(caught.value).split("\n")
    assert "'simulation'" in where
    assert where.endswith(":")
    assert sentence == str(task.exception) == str(caught.value.__cause__)
    assert type(caught.value.__cause__) is type(task.exception) is DarfixWBError
    assert caught.value.__cause__.__traceback__ is None
