"""Work on all cores."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import numpy
import pytest

from darfix_wb.threads import FRAMES_AT_ONCE, one_by_one, over_rows, same_typed


@pytest.mark.parametrize("n_rows", [0, 1, 63, 64, 127, 128, 1000, 2161])
def test_each_row_is_done_once(n_rows):
    done = numpy.zeros(n_rows, int)

    def work(first, last):
        done[first:last] += 1

    over_rows(work, n_rows)
    assert (done == 1).all()


def test_results_come_in_order_and_few_items_are_fetched_ahead():
    fetched, begun = [], []

    def items():
        for number in range(20):
            fetched.append(number)
            yield number

    def work(number):
        begun.append(number)
        time.sleep(0.002 * (number % 3))
        return number**2

    results = one_by_one(work, items(), ahead=3)
    for number in range(20):
        assert next(results) == number**2
        assert len(fetched) <= number + 5
    assert next(results, None) is None
    assert sorted(begun) == list(range(20))


def test_an_error_ends_the_work_and_the_threads_go_on():
    def work(number):
        if number == 3:
            raise ValueError("three")
        return number

    with pytest.raises(ValueError, match="three"):
        list(one_by_one(work, range(100)))
    assert list(one_by_one(work, range(3))) == [0, 1, 2]


def test_several_threads_use_them_at_once():
    totals = numpy.zeros(8)

    def program(number):
        image = numpy.zeros(500)

        def work(first, last):
            image[first:last] = number

        for _ in one_by_one(lambda _: over_rows(work, 500), range(20)):
            pass
        totals[number] = image.sum()

    threads = [threading.Thread(target=program, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    numpy.testing.assert_array_equal(totals, 500.0 * numpy.arange(8))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks")
def test_a_forked_process_has_threads_of_its_own():
    code = """
import os
from darfix_wb.threads import one_by_one
list(one_by_one(abs, range(9)))
child = os.fork()
if child == 0:
    os._exit(sum(one_by_one(abs, range(9))))
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=60
    )
    assert run.stdout.strip() == "36"


def test_arrays_of_one_type():
    first = numpy.zeros(3)
    second = numpy.ones(3)
    second.flags.writeable = False
    given = same_typed([first, second])
    assert len(given) == FRAMES_AT_ONCE
    assert all(one is first for one in (given[0], *given[2:]))
    assert given[1].flags.writeable
    numpy.testing.assert_array_equal(given[1], 1)
