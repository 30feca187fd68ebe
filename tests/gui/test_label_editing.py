"""Every stroke can be undone and made again."""

import numpy
import pytest

from darfix_wb.beam import AMBIGUOUS, UNLABELLED, BeamCondition
from darfix_wb.gui.labelling.editing import LONGEST_HISTORY, LabelEditor
from darfix_wb.labels import LabelMap
from darfix_wb.patches import PatchGrid

GRID = PatchGrid((64, 96), 16)


@pytest.fixture
def editor():
    return LabelEditor(LabelMap.unlabelled(5, GRID))


def test_a_rectangle_is_painted_with_both_corners(editor):
    assert editor.paint(2, 1, 1, 2, 3, BeamCondition.STRONG)
    assert (editor.values[2, 1:3, 1:4] == BeamCondition.STRONG).all()
    assert editor.labels.counts()["strong"] == 6


def test_painting_what_is_there_is_no_stroke(editor):
    assert editor.paint(0, 0, 0, 0, 0, AMBIGUOUS)
    assert not editor.paint(0, 0, 0, 0, 0, AMBIGUOUS)
    assert editor.undo() == 0
    assert not editor.can_undo


def test_undo_and_redo_give_back_every_state(editor):
    rng = numpy.random.default_rng(0)
    states = [editor.values.copy()]
    for _ in range(20):
        row0, row1 = sorted(rng.integers(0, 4, 2))
        column0, column1 = sorted(rng.integers(0, 6, 2))
        if editor.paint(rng.integers(5), row0, column0, row1, column1, rng.integers(4)):
            states.append(editor.values.copy())
    for state in states[-2::-1]:
        assert editor.undo() is not None
        numpy.testing.assert_array_equal(editor.values, state)
    assert editor.undo() is None
    for state in states[1:]:
        assert editor.redo() is not None
        numpy.testing.assert_array_equal(editor.values, state)
    assert editor.redo() is None


def test_undo_says_in_which_frame_it_was(editor):
    editor.paint(1, 0, 0, 0, 0, 0)
    editor.paint(4, 3, 5, 3, 5, 1)
    assert editor.undo() == 4
    assert editor.redo() == 4


def test_a_new_stroke_forgets_what_was_undone(editor):
    editor.paint(0, 0, 0, 0, 0, 0)
    editor.undo()
    editor.paint(1, 0, 0, 0, 0, 0)
    assert not editor.can_redo


def test_a_whole_frame_leaves_dark_patches_empty(editor):
    empty = numpy.zeros(GRID.shape, dtype=bool)
    empty[:, -1] = True
    editor.paint_frame(3, BeamCondition.WEAK, empty)
    assert (editor.values[3, :, :-1] == BeamCondition.WEAK).all()
    assert (editor.values[3, :, -1] == BeamCondition.EMPTY).all()
    editor.paint_frame(3, UNLABELLED, empty)
    assert (editor.values == UNLABELLED).all()


def test_filling_keeps_what_was_said(editor):
    editor.paint(0, 0, 0, 0, 0, BeamCondition.STRONG)
    editor.fill_unlabelled(numpy.zeros(editor.values.shape, dtype=numpy.uint8))
    assert editor.values[0, 0, 0] == BeamCondition.STRONG
    assert editor.labels.counts()["weak"] == editor.values.size - 1


def test_history_has_an_end(editor):
    for index in range(LONGEST_HISTORY + 10):
        editor.paint(0, 0, 0, 0, 0, index % 2)
    undone = 0
    while editor.undo() is not None:
        undone += 1
    assert undone == LONGEST_HISTORY


def test_labels_are_not_shared(editor):
    labels = editor.labels
    editor.paint(0, 0, 0, 0, 0, 0)
    assert labels.counts()["weak"] == 0
    with pytest.raises(ValueError):
        editor.values[0, 0, 0] = 0
