"""What a monitor is told, and what shows it."""

from __future__ import annotations

import pytest

from darfix_wb import progress
from darfix_wb.errors import OperationCancelled
from darfix_wb.progress import SILENT, Lines, Monitor, progress_bar


def test_a_part_tells_the_fraction_of_the_whole():
    told = []
    part = Monitor(told.append).part(0.25, 0.75)
    for fraction in (0, 0.5, 1):
        part.report(fraction)
    assert told == [0.25, 0.5, 0.75]


def test_steps_that_begin_anew_and_records_of_trainings_do_not_set_it_back():
    told = []
    part = Monitor(told.append).part(0, 0.5)
    part.report(1.0)
    part.report(0.1, {"loss": 3.0})
    part.report(1.1)
    assert told == [0.5, 0.5, 0.5]


@pytest.mark.parametrize("count", [1, 3, 7])
def test_equal_parts_end_at_the_whole(count):
    told = []
    parts = Monitor(told.append).parts(count)
    assert len(parts) == count
    for part in parts:
        part.report(0.5)
        part.report(1)
    assert told == sorted(told)
    assert told[0] == pytest.approx(0.5 / count)
    assert told[-1] == 1


def test_a_record_is_handed_on():
    told = []
    Monitor(lambda *values: told.append(values)).report(0.5, {"loss": 3.0})
    assert told == [(0.5, {"loss": 3.0})]


def test_nobody_listens():
    SILENT.report(0.5)
    SILENT.check("Never.")
    assert not SILENT.stopped
    for part in (SILENT.part(0, 1), *SILENT.parts(2), SILENT.quiet):
        part.report(1.0)


@pytest.mark.parametrize("derived", [lambda m: m, lambda m: m.part(0, 1), lambda m: m.quiet])
def test_parts_ask_whether_to_stop(derived):
    monitor = derived(Monitor(cancelled=lambda: True, stopped=lambda: True))
    assert monitor.stopped
    with pytest.raises(OperationCancelled, match="The work was cancelled"):
        monitor.check("The work was cancelled.")


def test_a_quiet_monitor_tells_nothing():
    told = []
    Monitor(told.append).quiet.report(0.5)
    assert told == []


def test_a_log_gets_a_line_every_tenth_and_no_more(capsys, monkeypatch):
    monkeypatch.setattr(progress, "SILENT_SECONDS", 0.0)
    with progress_bar("Working") as monitor:
        for step in range(1000):
            monitor.report((step + 1) / 1000)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 10
    assert lines[0].startswith("Working: 10% after ")
    assert lines[-1].startswith("Working: 100% after ")


def test_short_work_leaves_no_line(capsys):
    lines = Lines("Working")
    lines.show(1.0)
    lines.close()
    assert capsys.readouterr().err == ""
