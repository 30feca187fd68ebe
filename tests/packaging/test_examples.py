"""The examples in docstrings and the front door."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys

import pytest

import darfix_wb
from darfix_wb.errors import DarfixWBError

SKIPPED = {"__main__", "gui"}
"""Rooms whose import runs a program, or whose examples need a window."""


def modules():
    for found in pkgutil.walk_packages(darfix_wb.__path__, "darfix_wb."):
        if not SKIPPED & set(found.name.split(".")):
            yield found.name


def examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    for name in ("darfix_wb", *modules()):
        for test in finder.find(importlib.import_module(name), name):
            if test.examples:
                yield pytest.param(test, id=test.name)


@pytest.mark.parametrize("test", list(examples()))
def test_the_example_gives_what_it_shows(test, one_thread):
    failed, attempted = doctest.DocTestRunner(verbose=False).run(test, out=sys.stdout.write)
    assert failed == 0
    assert attempted > 0


def test_every_public_name_is_there_and_documented():
    assert "__version__" in darfix_wb.__all__
    for name in darfix_wb.__all__:
        assert getattr(darfix_wb, name).__doc__
        assert name in dir(darfix_wb)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = darfix_wb.nothing


SECTIONS = {
    "function": ("Parameters", "Returns", "Raises", "Examples"),
    "class": ("Attributes", "Examples"),
}


@pytest.mark.parametrize("name", [name for name in darfix_wb.__all__ if name != "__version__"])
def test_every_public_name_is_documented_in_full_and_has_an_example(name):
    value = getattr(darfix_wb, name)
    lines = inspect.cleandoc(value.__doc__).splitlines()
    kind = "class" if inspect.isclass(value) else "function"
    missing = [one for one in SECTIONS[kind] if one not in lines]
    assert not missing
    assert doctest.DocTestParser().get_examples(value.__doc__)


def test_the_front_door_opens_without_loading_what_is_behind_it():
    code = """
import sys
import darfix_wb
assert not {"torch", "numpy", "h5py", "silx"} & set(sys.modules)
darfix_wb.open_scan, darfix_wb.extract, darfix_wb.classify, darfix_wb.integrate
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_options_are_given_by_name():
    kinds = inspect.Parameter
    for name in ("open_scan", "simulate_scan", "extract", "classify", "integrate", "train_model"):
        parameters = list(inspect.signature(getattr(darfix_wb, name)).parameters.values())
        options = [one for one in parameters[1:] if one.default is not kinds.empty]
        assert all(one.kind is kinds.KEYWORD_ONLY for one in options), name


def test_an_unknown_option_of_a_training_is_refused():
    with pytest.raises(DarfixWBError, match=r"must be among network, .*, got epochs"):
        darfix_wb.train_model([], epochs=3)


def test_patches_that_are_cut_already_keep_their_stride():
    import numpy

    from darfix_wb.extraction import extract
    from darfix_wb.scan import RockingScan

    patches = extract(
        RockingScan(numpy.arange(3 * 64 * 64).reshape(3, 64, 64) % 7, numpy.arange(3))
    )
    with pytest.raises(DarfixWBError, match="stride and dark must be left out"):
        darfix_wb.classify(patches, stride=16)
