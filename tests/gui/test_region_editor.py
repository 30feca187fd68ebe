"""Regions of Gram-Schmidt on the frames; real mouse events."""

import json

import pytest

from darfix_wb.gui.comparison.region_editor import RegionEditor, clamp


@pytest.fixture
def editor(show, patched, settle):
    editor = show(RegionEditor(), 1000, 600)
    editor.set_scan(patched.scan)
    editor.frames.set_frame(5)
    settle()
    return editor


def test_regions_begin_as_squares_and_are_moved_in_whole_pixels(editor, settle, drag):
    told = []
    editor.regions_changed.connect(told.append)
    editor.by_hand.setChecked(True)
    settle()
    assert set(told[-1]) == {"strong", "weak_low", "weak_high"}
    assert all(one[2:] == [50, 50] for one in told[-1].values())
    row, column, *_ = told[-1]["strong"]
    drag(editor.frames.plot, (column + 25, row + 25), (column + 32.4, row + 28.2))
    settle()
    assert len(told) == 2
    moved = told[-1]["strong"]
    assert moved[0] == pytest.approx(row + 3, abs=1)
    assert moved[1] == pytest.approx(column + 7, abs=1)
    assert moved[2:] == [50, 50]
    assert all(type(value) is int for one in told[-1].values() for value in one)
    assert json.loads(json.dumps(told[-1])) == told[-1]
    editor.automatic.setChecked(True)
    assert told[-1] is None
    assert editor.rois == {}


def test_regions_of_the_workflow_are_shown_and_not_told(editor):
    told = []
    editor.regions_changed.connect(told.append)
    regions = {"strong": [1, 2, 10, 20], "weak_low": [3, 4, 5, 6], "weak_high": [30, 40, 7, 8]}
    editor.set_regions(regions)
    assert editor.by_hand.isChecked()
    assert editor.rois["strong"].getOrigin().tolist() == [2, 1]
    assert editor.rois["strong"].getSize().tolist() == [20, 10]
    editor.set_regions(None)
    assert editor.automatic.isChecked()
    assert told == []


def test_regions_wait_for_the_frames(show, patched, settle):
    editor = show(RegionEditor())
    editor.set_regions({name: [0, 0, 9, 9] for name in ("strong", "weak_low", "weak_high")})
    assert editor.rois == {}
    assert not editor.automatic.isEnabled()
    editor.set_scan(patched.scan)
    assert len(editor.rois) == 3
    editor.set_scan(None)
    assert editor.rois == {}


def test_rectangles_are_clamped_to_the_frame():
    assert clamp((-3.2, 90.7, 10.4, 10.6), (64, 96)) == [0, 85, 10, 11]
    assert clamp((5, 5, 200, 0.2), (64, 96)) == [0, 5, 64, 1]
