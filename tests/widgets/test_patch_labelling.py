"""The widget "Patch labelling"."""

import ast
from dataclasses import replace

import numpy
import pytest
from silx.gui import qt

from darfix_wb.beam import AMBIGUOUS, UNLABELLED, BeamCondition
from darfix_wb.extraction import extract
from darfix_wb.io.label_files import load_labels, save_labels
from darfix_wb.io.provenance import Provenance
from darfix_wb.labels import LabelMap
from darfix_wb.tasks.patch_labelling import PatchLabelling
from orangecontrib.darfix_wb.widgets.patch_labelling import OWPatchLabelling

FRAMES = {"weak": [0, 1], "strong": [5]}


@pytest.fixture
def labelling(make_widget, feed, patched):
    """A widget with patches and the given parameters."""

    def make(**parameters):
        widget = make_widget(OWPatchLabelling, **parameters)
        feed(widget, patches=patched)
        return widget

    return make


def apply(widget, wait):
    widget.buttons.apply.click()
    wait(lambda: not widget.is_running())
    return widget.result("labels")


def test_nothing_runs_before_the_button(labelling):
    widget = labelling(frame_labels=FRAMES)
    assert not widget.is_running()
    assert widget.result("labels") is None


def test_the_window_and_the_task_give_the_same_labels(labelling, patched, wait):
    widget = labelling(frame_labels=FRAMES)
    task = PatchLabelling(inputs={"patches": patched, "frame_labels": FRAMES})
    task.execute()
    expected = task.outputs.labels.values
    numpy.testing.assert_array_equal(widget.view.editor.values, expected)
    numpy.testing.assert_array_equal(apply(widget, wait).values, expected)


def test_painted_labels_are_saved_at_once_and_come_back(labelling, tmp_path, wait):
    path = str(tmp_path / "labels.h5")
    widget = labelling(labels_file=path)
    widget.view.brushes.condition = BeamCondition.STRONG
    widget.view.frames.set_frame(4)
    widget.view.paint(0, 0, 1, 2)
    assert load_labels(path).counts()["strong"] == 6
    widget.view.undo()
    assert load_labels(path).counts()["strong"] == 0
    widget.view.redo()
    expected = widget.view.editor.labels
    assert apply(widget, wait).hash == expected.hash
    again = labelling(labels_file=path)
    assert again.view.editor.labels.hash == expected.hash


def test_without_a_file_the_workflow_keeps_them_as_literals(labelling, patched, wait):
    widget = labelling(frame_labels=FRAMES)
    widget.view.brushes.condition = AMBIGUOUS
    widget.view.frames.set_frame(7)
    widget.view.paint(2, 3, 2, 3)
    saved = widget.settingsHandler.pack_data(widget)["_ewoks_default_inputs"]
    assert ast.literal_eval(repr(saved)) == saved
    assert [7, 2, 3, "ambiguous"] in saved["patch_labels"]
    alone = PatchLabelling(inputs={"patches": patched, **saved})
    alone.execute()
    assert alone.outputs.labels.hash == apply(widget, wait).hash
    assert labelling(**saved).view.editor.labels.hash == alone.outputs.labels.hash


def test_the_frame_comes_back(make_widget, feed, patched):
    widget = make_widget(OWPatchLabelling)
    feed(widget, patches=patched)
    widget.view.frames.set_frame(6)
    assert widget.settingsHandler.pack_data(widget)["last_frame"] == 6


def test_the_same_patches_again_keep_the_history(labelling, feed, patched):
    widget = labelling()
    widget.view.paint(0, 0, 0, 0)
    feed(widget, patches=patched)
    assert widget.view.editor.can_undo


def test_labels_of_another_grid_are_told_and_left_alone(
    labelling, feed, make_widget, tmp_path, scan, sentence
):
    path = tmp_path / "labels.h5"
    labelling(labels_file=str(path)).view.paint(0, 0, 0, 0)
    before = path.read_bytes()
    other = make_widget(OWPatchLabelling, labels_file=str(path))
    feed(other, patches=extract(scan, patch_size=32))
    assert "patch_size 16" in sentence(other)
    other.view.paint(0, 0, 0, 0)
    other.view.label_by_angle()
    assert path.read_bytes() == before


def test_a_file_that_cannot_be_written_is_told_and_labels_stay(labelling, tmp_path, sentence):
    widget = labelling(labels_file=str(tmp_path / "RAW_DATA" / "labels.h5"))
    widget.view.paint(0, 0, 0, 0)
    assert "RAW_DATA" in sentence(widget)
    assert widget.view.editor.values[0, 0, 0] == BeamCondition.WEAK
    widget.buttons.apply.click()
    assert not widget.is_running()


def test_a_file_that_is_no_labels_file_of_these_patches_is_kept(
    labelling, make_widget, feed, patched, scan, tmp_path, sentence
):
    text, other, own = tmp_path / "notes.h5", tmp_path / "other.h5", tmp_path / "scan.h5"
    text.write_text("notes")
    own.write_text("frames")
    widget = make_widget(OWPatchLabelling, labels_file=str(other))
    feed(widget, patches=extract(scan, patch_size=32))
    widget.view.paint(0, 0, 0, 0)
    before = {path: path.read_bytes() for path in (text, other, own)}
    widget = make_widget(OWPatchLabelling)
    feed(widget, patches=replace(patched, scan=replace(scan, source=str(own))))
    for path in before:
        widget.form["labels_file"].set_value(str(path))
        widget.view.paint(1, 1, 1, 1)
        assert sentence(widget)
        widget.buttons.apply.click()
        assert path.read_bytes() == before[path]
    assert "a file that the run reads" in sentence(widget)


def test_choosing_an_existing_file_can_be_undone(labelling, tmp_path):
    path = str(tmp_path / "labels.h5")
    labelling(labels_file=path).view.paint(0, 0, 3, 5)
    widget = labelling()
    widget.view.frames.set_frame(3)
    widget.view.paint(1, 1, 1, 1)
    widget.form["labels_file"].set_value(path)
    assert widget.view.editor.labels.counts()["weak"] == 24
    widget.view.undo()
    assert widget.view.editor.labels.counts()["weak"] == 1


def test_the_angle_rule_fills_what_is_not_labelled(labelling):
    widget = labelling()
    widget.view.brushes.condition = AMBIGUOUS
    widget.view.frames.set_frame(5)
    widget.view.paint(0, 0, 0, 0)
    widget.view.label_by_angle()
    values = widget.view.editor.values
    assert values[5, 0, 0] == AMBIGUOUS
    assert (values[5, 1:, :4] == BeamCondition.STRONG).all()
    assert (values[0, 1:, :4] == BeamCondition.WEAK).mean() > 0.5
    assert (values[:, :, 5] == BeamCondition.EMPTY).all()


def test_counts_are_told(labelling):
    widget = labelling(frame_labels=FRAMES)
    widget.view.frames.set_frame(5)
    table = widget.view.counts
    texts = [[table.item(row, column).text() for column in (0, 1)] for row in range(5)]
    counts = widget.view.editor.labels.counts()
    assert [int(all_frames) for _, all_frames in texts] == list(counts.values())
    assert sum(int(this_frame) for this_frame, _ in texts) == 24


@pytest.mark.parametrize(
    ("key", "condition"),
    [("S", BeamCondition.STRONG), ("E", BeamCondition.EMPTY), ("A", AMBIGUOUS),
     ("W", BeamCondition.WEAK), ("Delete", UNLABELLED)],
)  # fmt: skip
def test_keys_choose_what_is_painted(labelling, key, condition):
    widget = labelling()
    press(widget, key)
    assert widget.view.brushes.condition == condition


def test_keys_lead_through_frames_and_patches(labelling):
    widget = labelling()
    for key in ("Right", "Right", "Left", "S", "Shift+Up", "Shift+Right", "Space"):
        press(widget, key)
    assert widget.view.frames.frame == 1
    assert widget.view.editor.values[1, 1, 4] == BeamCondition.STRONG
    press(widget, "Ctrl+Z")
    assert (widget.view.editor.values == UNLABELLED).all()
    press(widget, "Ctrl+Shift+Z")
    press(widget, "F")
    assert (widget.view.editor.values[1, :, :4] == BeamCondition.STRONG).all()


def test_none_and_delete(labelling, feed):
    widget = labelling()
    feed(widget, patches=None)
    assert not widget.buttons.apply.isEnabled()
    widget.view.paint(0, 0, 0, 0)
    widget.view.label_by_angle()
    widget.view.undo()
    widget.onDeleteWidget()


def press(widget, key):
    """Send the shortcut of the window that has this key."""

    wanted = qt.QKeySequence(key)
    found = [one for one in widget.findChildren(qt.QShortcut) if one.key() == wanted]
    assert len(found) == 1, key
    found[0].activated.emit()


def test_ok_that_cannot_save_does_not_close_later(labelling, tmp_path, wait):
    widget = labelling(labels_file=str(tmp_path / "RAW_DATA" / "labels.h5"))
    widget.view.paint(0, 0, 0, 0)
    widget.show()
    widget.buttons.ok.click()
    assert widget.isVisible()
    widget.form["labels_file"].set_value(str(tmp_path / "labels.h5"))
    assert apply(widget, wait).counts()["weak"] == 1
    assert widget.isVisible()


def test_labels_of_another_scan_are_refused_until_ticked(labelling, patched, sentence, tmp_path):
    path = str(tmp_path / "labels.h5")
    other = patched.scan.source.replace("scan.h5", "other.h5")
    grid = patched.grid
    labels = LabelMap.unlabelled(patched.scan.n_frames, grid).with_frames(FRAMES)
    save_labels(path, labels, provenance=Provenance(source=other))
    widget = labelling(labels_file=path)
    text = sentence(widget)
    assert text.startswith("Labels must be of the scan that they are used with (")
    assert text.endswith("Choose those of this scan, or tick 'Take labels of another scan'.")
    assert widget.view.editor is None
    widget.form["labels_of_another_scan"].widget.setChecked(True)
    assert not widget.Error.active
    assert widget.view.editor.labels.hash == labels.hash


def test_labels_of_a_copy_are_marked(labelling, patched, tmp_path):
    path = str(tmp_path / "labels.h5")
    scan = patched.scan
    copy = f"silx:{tmp_path}/scan.h5?{scan.source.partition('?')[2]}".rstrip("?")
    labels = LabelMap.unlabelled(scan.n_frames, patched.grid).with_frames(FRAMES)
    save_labels(path, labels, provenance=Provenance(source=copy))
    widget = labelling(labels_file=path)
    (warning,) = widget.Warning.active
    assert "because the file has the same name" in str(warning)
    assert widget.view.editor.labels.hash == labels.hash
