"""Seconds and memory of a piece of work."""

import gc
import time

import numpy
import pytest

from darfix_wb.methods import resources
from darfix_wb.methods.resources import measured


def test_memory_that_was_given_back_is_counted():
    gc.collect()
    with measured() as used:
        block = numpy.ones(400_000_000, dtype="uint8")
        time.sleep(0.1)
        del block
    assert 200e6 < used.memory < 600e6
    assert 0.1 <= used.seconds < 20


def test_figures_are_there_after_an_error():
    with pytest.raises(KeyError), measured() as used:
        raise KeyError
    assert used.seconds > 0


def test_memory_is_nan_where_the_system_does_not_tell(monkeypatch, tmp_path):
    monkeypatch.setattr(resources, "_STATUS", tmp_path / "none")
    with measured() as used:
        pass
    assert numpy.isnan(used.memory)
