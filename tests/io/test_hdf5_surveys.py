"""Many files are looked at in a process that may die."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy
import pytest

from darfix_wb.io import hdf5_surveys
from darfix_wb.io.hdf5_surveys import survey_files

DIES = """
import os
from darfix_wb.io import hdf5_survey
plain = hdf5_survey.survey
def survey(path, data_path):
    if "bad" in path:
        os.abort()
    return plain(path, data_path)
hdf5_survey.survey = survey
hdf5_survey.main()
"""


@pytest.fixture
def files(write_bliss, frames):
    names = [f"{kind}_{number}.h5" for number, kind in enumerate(("good", "bad", "good", "bad"))]
    positions = {"phi": numpy.arange(6.0), "samz": 0.25}
    return [(str(write_bliss(frames, positions, name)), None) for name in names]


def test_each_file_that_it_dies_of_is_damaged(files, monkeypatch):
    monkeypatch.setattr(hdf5_surveys, "_PROGRAM", DIES)
    found = survey_files(files)
    assert [len(one.scans) for one in found] == [1, 0, 1, 0]
    assert found[0].scans[0].standing == {"phi": (2.5, 5.0), "samz": (0.25, 0.0)}
    assert found[0].scans[0].shape == (6, 12, 10)
    for (path, _), one in zip(files[1::2], found[1::2], strict=True):
        assert one.problem.startswith(f"The file must be whole, and {path} is damaged")


def test_a_file_that_it_never_comes_back_from_is_damaged(files, monkeypatch):
    monkeypatch.setattr(hdf5_surveys, "_PROGRAM", DIES.replace("os.abort()", "while True: pass"))
    monkeypatch.setattr(hdf5_surveys, "WAIT_S", 3.0)
    assert [bool(one.problem) for one in survey_files(files[:2])] == [False, True]


def test_the_same_without_a_process(files, monkeypatch):
    def fail(*_, **__):
        raise OSError("no process")

    expected = survey_files(files)
    monkeypatch.setattr(hdf5_surveys, "probe_process", fail)
    assert survey_files(files) == expected


def test_a_process_that_never_begins_says_nothing_of_the_files(files, monkeypatch):
    monkeypatch.setattr(hdf5_surveys, "_PROGRAM", "import no_such_package")
    (found,) = survey_files(files[:1])
    assert found.scans
    assert not found.problem


def test_the_package_need_not_be_on_the_path(files, monkeypatch):
    root = str(Path(hdf5_surveys.__file__).parents[2])
    monkeypatch.setattr(sys, "path", [one for one in sys.path if one not in ("", root)])
    monkeypatch.setattr(hdf5_surveys, "survey", None)  # only the process can tell
    (found,) = survey_files(files[:1])
    assert found.scans
    assert not found.problem
