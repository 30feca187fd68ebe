"""The widget "Method comparison"."""

import ast

import h5py
import numpy

from darfix_wb.classification.angle_rule import angle_rule
from darfix_wb.methods.registry import METHODS
from darfix_wb.tasks.method_comparison import DEFAULT_METHODS, MethodComparison
from orangecontrib.darfix_wb.widgets.method_comparison import OWMethodComparison

FEW = {"methods": ["angle-rule", "darfix-nstd"], "patch_size": 16, "stride": 16}
REGIONS = {"strong": [0, 0, 20, 20], "weak_low": [20, 0, 20, 20], "weak_high": [0, 50, 20, 20]}


def apply(widget, wait):
    widget.buttons.apply.click()
    wait(lambda: not widget.is_running())


def headless(dataset, **inputs):
    task = MethodComparison(inputs={"dataset": dataset, **inputs})
    task.execute()
    return task.outputs.comparison


def saved(widget):
    """The parameters as they are in the workflow."""
    return widget.settingsHandler.pack_data(widget)["_ewoks_default_inputs"]


def test_the_images_are_those_of_the_task(make_widget, feed, wait, dataset):
    widget = make_widget(OWMethodComparison, **FEW)
    feed(widget, dataset=dataset)
    assert not widget.is_running()
    assert widget.view.has_content()
    apply(widget, wait)
    expected = headless(dataset, **FEW)
    assert widget.result("comparison").names == expected.names
    for name, panel in widget.view.images.grid.panels.items():
        numpy.testing.assert_array_equal(panel.image(), expected[name].contrast)
    numpy.testing.assert_array_equal(widget.result("comparison").agreement, expected.agreement)


def test_the_defaults_are_those_of_the_task(make_widget):
    widget = make_widget(OWMethodComparison)
    assert sorted(widget.form.values()["methods"]) == sorted(DEFAULT_METHODS)
    items = [widget.form["methods"].widget.item(row) for row in range(len(METHODS))]
    assert all(item.toolTip() for item in items)
    texts = [item.text() for item in items]
    assert "vgg16 (needs labels)" in texts
    assert "pca" in texts


def test_what_a_method_needs_is_enabled_with_it(make_widget, feed, dataset):
    widget = make_widget(OWMethodComparison, **FEW)
    feed(widget, dataset=dataset)
    assert not widget.form["n_components"].widget.isEnabled()
    widget.form["methods"].set_value(["pca"])
    assert widget.form["n_components"].widget.isEnabled()
    assert saved(widget)["methods"] == ["pca"]


def test_drawn_regions_are_a_parameter_of_the_workflow(make_widget, feed, wait, dataset):
    widget = make_widget(OWMethodComparison, **{**FEW, "methods": ["gso"]})
    feed(widget, dataset=dataset)
    widget.view.regions_changed.emit(REGIONS)
    assert widget.view.regions.regions == REGIONS
    assert saved(widget)["regions"] == REGIONS
    assert ast.literal_eval(repr(saved(widget))) == saved(widget)
    apply(widget, wait)
    found = widget.result("comparison")["gso"]
    expected = headless(dataset, **{**FEW, "methods": ["gso"]}, regions=REGIONS)["gso"]
    assert found.error == expected.error
    if not found.error:
        numpy.testing.assert_array_equal(found.weak_image, expected.weak_image)


def test_regions_of_a_workflow_are_shown_and_reset(make_widget, feed, dataset):
    widget = make_widget(OWMethodComparison, **FEW, regions=REGIONS)
    feed(widget, dataset=dataset)
    assert widget.view.regions.by_hand.isChecked()
    assert widget.view.regions.rois["weak_high"].getOrigin().tolist() == [50, 0]
    widget.buttons.reset.click()
    assert widget.view.regions.automatic.isChecked()
    assert widget.parameter("regions") is None
    assert sorted(widget.form.values()["methods"]) == sorted(DEFAULT_METHODS)


def test_a_method_that_fails_says_so_in_its_cell(make_widget, feed, wait, dataset):
    widget = make_widget(OWMethodComparison, **{**FEW, "methods": ["vgg16", "angle-rule"]})
    feed(widget, dataset=dataset)
    apply(widget, wait)
    assert not widget.Error.active
    assert list(widget.view.images.grid.panels) == ["angle-rule"]
    assert "needs labels" in widget.view.table.table.item(0, 12).text()


def test_without_a_method_it_asks_for_one(make_widget, feed, wait, dataset, sentence):
    widget = make_widget(OWMethodComparison, **{**FEW, "methods": []})
    feed(widget, dataset=dataset)
    apply(widget, wait)
    assert sentence(widget).startswith("methods must be some of")
    assert widget.result("comparison") is None


def test_a_connected_classification_is_called_what_it_is(make_widget, feed, wait, dataset, patched):
    given = angle_rule(patched)
    widget = make_widget(OWMethodComparison, methods=["lcnn", "angle-rule"])
    feed(widget, dataset=dataset, classification=given)
    apply(widget, wait)
    beam_map = widget.result("comparison")["angle-rule (connected)"].beam_map
    numpy.testing.assert_array_equal(beam_map.probabilities, given.probabilities)
    assert beam_map.grid.patch_size == 16


def test_the_files_are_written_once_and_not_replaced(
    make_widget, feed, wait, dataset, sentence, tmp_path
):
    path = tmp_path / "all.h5"
    widget = make_widget(OWMethodComparison, **FEW, output_file=str(path))
    feed(widget, dataset=dataset)
    apply(widget, wait)
    assert widget.result("output_file") == str(path)
    with h5py.File(path) as file:
        assert "entry/comparison/angle-rule" in file
    assert {one.suffix for one in tmp_path.iterdir()} == {".h5", ".png", ".csv"}
    apply(widget, wait)
    assert "exists. Choose another name, or tick 'Replace existing files'." in sentence(widget)


def test_saving_from_the_view_says_so(make_widget, feed, wait, dataset, tmp_path):
    widget = make_widget(OWMethodComparison, **FEW)
    feed(widget, dataset=dataset)
    apply(widget, wait)
    widget.view.save.save_csv(str(tmp_path / "table.csv"))
    assert [str(one) for one in widget.Information.active] == ["Saved to table.csv."]


def test_data_that_go_are_forgotten(make_widget, feed, wait, dataset):
    widget = make_widget(OWMethodComparison, **FEW)
    feed(widget, dataset=dataset)
    apply(widget, wait)
    feed(widget, dataset=None)
    assert not widget.view.has_content()
    assert not widget.view.save.isEnabled()
    assert widget.result("comparison") is None
    assert not widget.buttons.apply.isEnabled()


def test_abort_and_new_data_during_a_run(make_widget, feed, wait, dataset, slow_dataset):
    slow = {"methods": ["angle-rule"], "patch_size": 64, "stride": 1}
    widget = make_widget(OWMethodComparison, **slow)
    feed(widget, dataset=slow_dataset)
    widget.buttons.apply.click()
    assert widget.is_running()
    assert not widget.view.isEnabled()
    feed(widget, until_done=False, dataset=dataset)
    assert widget.is_running()
    widget.buttons.abort.click()
    wait(lambda: not widget.is_running())
    assert widget.result("comparison") is None
    widget.form["stride"].widget.setValue(32)
    apply(widget, wait)
    assert widget.result("comparison").patched.scan.n_frames == 11
    assert widget.view.regions.frames.image().shape == (64, 96)
