"""The task and the widget "Simulated scan"."""

import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.io.frame_sources import open_scan
from darfix_wb.simulation import read_truth
from darfix_wb.tasks.simulated_scan import SimulatedScan
from orangecontrib.darfix_wb.widgets.simulated_scan import OWSimulatedScan

SMALL = {"rows": 64, "columns": 96, "steps": 5}


def simulate(**inputs):
    task = SimulatedScan(inputs={**SMALL, **inputs})
    task.execute()
    return task.outputs.raw_input_file


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "scan.h5")


def test_the_scan_is_made_where_it_is_missing(path, tmp_path):
    assert simulate(output_file=path, seed=3) == path
    before = (tmp_path / "scan.h5").stat().st_mtime_ns
    assert open_scan(path).frames.shape == (5, 64, 96)
    assert read_truth(path).parameters.scan.seed == 3
    assert simulate(output_file=path, seed=3) == path
    assert (tmp_path / "scan.h5").stat().st_mtime_ns == before


def test_a_file_with_something_else_is_kept_unless_told(path, tmp_path):
    (tmp_path / "scan.h5").write_text("mine")
    with pytest.raises(RuntimeError) as caught:
        simulate(output_file=path)
    assert type(caught.value.__cause__) is DarfixWBError
    assert (tmp_path / "scan.h5").read_text() == "mine"
    simulate(output_file=path, overwrite=True)
    with pytest.raises(RuntimeError, match="exists"):
        simulate(output_file=path, seed=1)


def test_the_widget_makes_it_on_the_button_and_shows_it(make_widget, wait, path):
    widget = make_widget(OWSimulatedScan, output_file=path, **SMALL)
    widget.handleNewSignals()
    assert not widget.is_running()
    widget.buttons.apply.click()
    wait(lambda: not widget.is_running(), seconds=60)
    assert widget.result("raw_input_file") == path
    assert widget.view.has_content()
    assert widget.view.frames.frame == 2
    widget.form["rows"].widget.setValue(32)
    assert not widget.view.has_content()
    widget.buttons.apply.click()
    wait(lambda: not widget.is_running(), seconds=60)
    assert len(widget.Error.active) == 1
