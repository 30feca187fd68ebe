"""The widget "Patch extraction"."""

import numpy

from darfix_wb.tasks.patch_extraction import PatchExtraction
from orangecontrib.darfix_wb.widgets.patch_extraction import OWPatchExtraction


def test_the_window_and_the_task_give_the_same_arrays(make_widget, feed, dataset):
    parameters = {"patch_size": 16, "stride": 8}
    widget = make_widget(OWPatchExtraction, **parameters)
    feed(widget, dataset=dataset)
    task = PatchExtraction(inputs={"dataset": dataset, **parameters})
    task.execute()
    shown, alone = widget.result("patches"), task.outputs.patches
    assert shown.grid == alone.grid
    assert shown.background == alone.background
    numpy.testing.assert_array_equal(shown.curves, alone.curves)


def test_grid_and_dark_level_are_told(make_widget, feed, dataset):
    widget = make_widget(OWPatchExtraction, patch_size=16)
    feed(widget, dataset=dataset)
    assert "4 rows x 6 columns" in widget.view.grid_text.text()
    assert "24 patches per frame, 264 in the scan" in widget.view.grid_text.text()
    level = widget.result("patches").background.mean_level
    assert f"{level:.1f} counts" in widget.view.dark_text.text()


def test_the_chosen_patch_before_and_after(make_widget, feed, dataset, scan):
    widget = make_widget(OWPatchExtraction, patch_size=16)
    feed(widget, dataset=dataset)
    widget.view.frames.set_frame(5)
    widget.view.choose_patch(1, 2)
    before = widget.view.pair.before.getImage("patch").getData()
    after = widget.view.pair.after.getImage("patch").getData()
    numpy.testing.assert_array_equal(before, scan.frames[5, 16:32, 32:48])
    assert abs(after.mean()) < 1e-4
    assert abs(after.std() - 1) < 1e-3


def test_another_grid_is_drawn_before_it_is_applied(make_widget, feed, dataset):
    widget = make_widget(OWPatchExtraction, patch_size=16)
    feed(widget, dataset=dataset)
    widget.form["patch_size"].widget.setValue(32)
    assert "2 rows x 3 columns" in widget.view.grid_text.text()
    assert widget.result("patches") is None
    assert widget.view.pair.before.getImage("patch") is None


def test_without_data_the_view_says_what_to_do(make_widget, feed, dataset):
    widget = make_widget(OWPatchExtraction)
    feed(widget, dataset=dataset)
    feed(widget, dataset=None)
    assert not widget.view.frames.isVisibleTo(widget.view)


def test_without_a_size_the_grid_that_is_drawn_is_the_one_that_is_cut(make_widget, feed, dataset):
    for stride, size in ((None, 16), (20, 32)):
        widget = make_widget(OWPatchExtraction, stride=stride)
        feed(widget, dataset=dataset)
        rows, columns = widget.result("patches").grid.shape
        assert widget.result("patches").grid.patch_size == size
        assert f"{rows} rows x {columns} columns" in widget.view.grid_text.text()
        assert f"of {size} x {size} px" in widget.view.grid_text.text()
