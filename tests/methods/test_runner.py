"""A method is prepared, fitted and asked; what fails is a sentence."""

from __future__ import annotations

from dataclasses import replace

import numpy
import pytest

from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.extraction import extract
from darfix_wb.integration import integrate
from darfix_wb.labels import LabelMap
from darfix_wb.methods.method import MethodOptions
from darfix_wb.methods.registry import make_method
from darfix_wb.methods.runner import Runner, weak_image
from darfix_wb.methods.scores import ScoreMethod
from darfix_wb.progress import Monitor

FRAMES = {"weak": [0, 1, 9, 10], "strong": [4, 5, 6]}


@pytest.fixture(scope="module")
def patched(scan):
    return extract(scan, patch_size=16)


@pytest.fixture(scope="module")
def labels(patched):
    return LabelMap.unlabelled(11, patched.grid).with_frames(FRAMES, empty=patched.empty)


def counted(name, seen):
    """A method that notes which scans it was given to prepare."""
    method: ScoreMethod = make_method(name, MethodOptions())

    def analyse(patched, monitor):
        seen.append(patched)
        return method.analyse(patched, monitor)

    return replace(method, analyse=analyse)


def test_the_steps_are_those_of_the_method(patched, labels):
    method = make_method("frame-threshold", MethodOptions())
    runner = Runner(method, [patched])
    answer = runner.answer(runner.fit([(0, labels)]), 0)
    prepared = method.prepare(patched)
    expected = method.fit([(prepared, labels)])(prepared)
    found = answer.result()
    numpy.testing.assert_array_equal(found.beam_map.probabilities, expected.beam_map.probabilities)
    assert found.fitted == expected.fitted
    assert answer.error == ""
    assert answer.seconds > 0
    assert runner.memory >= 0


def test_each_scan_is_prepared_once_and_only_when_it_is_needed(patched, labels):
    other = extract(patched.scan, patch_size=16)
    seen = []
    runner = Runner(counted("frame-threshold", seen), [patched, other])
    assert seen == []
    for _ in range(2):
        runner.answer(runner.fit([(0, labels)]), 1).result()
    assert [scan is patched for scan in seen] == [True, False]


def test_it_is_fitted_on_all_scans_that_are_labelled(patched, labels):
    few = LabelMap.unlabelled(11, patched.grid).with_frames({"weak": [0]}, empty=patched.empty)
    more = LabelMap.unlabelled(11, patched.grid).with_frames({"strong": [5]}, empty=patched.empty)
    runner = Runner(make_method("angle-rule", MethodOptions()), [patched, patched])
    assert "weak and strong" in runner.fit([(0, few)]).error
    assert runner.fit([(0, few), (1, more)]).error == ""


def test_a_failure_is_one_sentence_in_all_that_needs_it(patched):
    runner = Runner(make_method("frame-threshold", MethodOptions()), [patched])
    fitted = runner.fit([])
    answer = runner.answer(fitted, 0)
    drawn = runner.step(lambda: weak_image(patched, answer.result()))
    assert "needs labels" in fitted.error
    assert fitted.error == answer.error == drawn.error
    with pytest.raises(DarfixWBError, match="needs labels"):
        answer.result()


def test_a_fault_of_the_method_is_logged_once_and_named(patched, caplog):
    method = replace(
        make_method("angle-rule", MethodOptions()), analyse=lambda *_: numpy.zeros(3)[4]
    )
    runner = Runner(method, [patched])
    answer = runner.answer(runner.fit([]), 0)
    assert answer.error.startswith("IndexError: index 4 is out of bounds")
    assert [record.getMessage() for record in caplog.records] == ["The method angle-rule failed"]


def test_cancelling_is_no_failure(patched):
    method = make_method("darfix-nstd", MethodOptions())
    runner = Runner(method, [patched], monitor=Monitor(cancelled=lambda: True))
    with pytest.raises(OperationCancelled):
        runner.prepare(0)


def test_another_seed_is_fitted_on_what_was_prepared(patched, labels):
    seen = []
    method = counted("frame-threshold", seen)
    again = replace(method, name="again")
    runner = Runner(method, [patched])
    fitted = runner.fit([(0, labels)], method=again)
    assert fitted.result().name == "again"
    assert len(seen) == 1


def test_the_image_is_that_of_the_method_or_integrated(patched):
    own, rule = (
        runner.answer(runner.fit([]), 0).result()
        for runner in (
            Runner(make_method(name, MethodOptions()), [patched])
            for name in ("darfix-nstd", "angle-rule")
        )
    )
    assert weak_image(patched, own)[0] is own.weak_image
    image, unit = weak_image(patched, rule)
    numpy.testing.assert_array_equal(image, integrate(patched, rule.beam_map).weak)
    assert unit == "mean counts above dark"
