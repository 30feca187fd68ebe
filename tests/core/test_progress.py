"""Progress of parts of some work."""

from __future__ import annotations

import pytest

from darfix_wb.errors import OperationCancelled
from darfix_wb.progress import equal_parts, part_of, stop_if


def test_a_part_tells_the_fraction_of_the_whole():
    told = []
    part = part_of(told.append, 0.25, 0.75)
    for fraction in (0, 0.5, 1):
        part(fraction)
    assert told == [0.25, 0.5, 0.75]


def test_steps_that_begin_anew_and_records_of_trainings_do_not_set_it_back():
    told = []
    part = part_of(told.append, 0, 0.5)
    part(1.0)
    part(0.1, {"loss": 3.0})
    part(1.1)
    assert told == [0.5, 0.5, 0.5]


@pytest.mark.parametrize("count", [1, 3, 7])
def test_equal_parts_end_at_the_whole(count):
    told = []
    parts = equal_parts(told.append, count)
    assert len(parts) == count
    for part in parts:
        part(0.5)
        part(1)
    assert told == sorted(told)
    assert told[0] == pytest.approx(0.5 / count)
    assert told[-1] == 1


def test_nobody_listens():
    assert part_of(None, 0, 1) is None
    assert equal_parts(None, 2) == [None, None]


def test_work_that_is_asked_to_stop_says_so():
    stop_if(None, "Never.")
    stop_if(lambda: False, "Never.")
    with pytest.raises(OperationCancelled, match="The work was cancelled"):
        stop_if(lambda: True, "The work was cancelled.")
