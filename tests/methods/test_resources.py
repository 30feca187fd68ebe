"""Seconds and memory of a piece of work."""

import subprocess
import sys

import numpy
import pytest

from darfix_wb.methods import resources
from darfix_wb.methods.resources import measured

_BLOCK = """
import time, numpy
from darfix_wb.methods.resources import measured
with measured() as used:
    block = numpy.ones(400_000_000, dtype="uint8")
    time.sleep(0.2)
    del block
print(used.memory, used.seconds)
"""


def test_memory_that_was_given_back_is_counted():
    """In a process of its own: here, memory of other tests may be given back meanwhile."""
    told = subprocess.run(
        [sys.executable, "-c", _BLOCK], capture_output=True, text=True, check=True
    ).stdout.split()
    assert 350e6 < float(told[0]) < 600e6
    assert 0.2 <= float(told[1]) < 20


def test_figures_are_there_after_an_error():
    with pytest.raises(KeyError), measured() as used:
        raise KeyError
    assert used.seconds > 0


def test_memory_is_nan_where_the_system_does_not_tell(monkeypatch, tmp_path):
    monkeypatch.setattr(resources, "_STATUS", tmp_path / "none")
    with measured() as used:
        pass
    assert numpy.isnan(used.memory)
