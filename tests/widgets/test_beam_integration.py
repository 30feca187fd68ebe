"""The widget "Beam integration"."""

import numpy
import pytest

from darfix_wb.beam import BeamMap
from darfix_wb.classification.angle_rule import angle_rule
from darfix_wb.patches import PatchGrid
from darfix_wb.tasks.beam_integration import BeamIntegration
from orangecontrib.darfix_wb.widgets.beam_integration import OWBeamIntegration


@pytest.fixture(scope="module")
def classification(patched):
    return angle_rule(patched)


def headless(dataset, classification, **inputs):
    task = BeamIntegration(inputs={"dataset": dataset, "classification": classification, **inputs})
    task.execute()
    return task.outputs


@pytest.mark.parametrize("mode", ["default", "paper"])
def test_the_images_are_those_of_the_task(make_widget, feed, dataset, classification, mode):
    widget = make_widget(OWBeamIntegration, mode=mode)
    feed(widget, dataset=dataset, classification=classification)
    expected = headless(dataset, classification, mode=mode)
    for name in ("weak_beam_image", "strong_beam_image", "binary_map"):
        numpy.testing.assert_array_equal(widget.result(name), getattr(expected, name))
    numpy.testing.assert_array_equal(
        widget.result("dataset").as_array3d(), expected.dataset.as_array3d()
    )
    shown = widget.view.panels["strong"].image()
    numpy.testing.assert_array_equal(shown, expected.strong_beam_image)


def test_patches_that_are_connected_are_taken(make_widget, feed, dataset, classification, patched):
    widget = make_widget(OWBeamIntegration)
    feed(widget, dataset=dataset, classification=classification, patches=patched)
    expected = headless(dataset, classification)
    numpy.testing.assert_array_equal(widget.result("weak_beam_image"), expected.weak_beam_image)
    assert widget.view.has_content()


def test_another_dark_level_than_that_of_the_patches_is_refused(
    make_widget, feed, dataset, classification, patched, sentence
):
    widget = make_widget(OWBeamIntegration, dark=1.0)
    feed(widget, dataset=dataset, classification=classification, patches=patched)
    assert sentence(widget).startswith("The dark level must be that of the classification")
    assert not widget.view.has_content()


def test_a_dragged_threshold_is_a_parameter_of_the_workflow(
    make_widget, feed, dataset, classification
):
    widget = make_widget(OWBeamIntegration)
    feed(widget, dataset=dataset, classification=classification)
    widget.view.threshold_changed.emit(2.5)
    assert widget.form.values()["threshold"] == 2.5
    assert widget.settingsHandler.pack_data(widget)["_ewoks_default_inputs"]["threshold"] == 2.5
    widget.buttons.apply.click()
    feed(widget)
    expected = headless(dataset, classification, threshold=2.5)
    numpy.testing.assert_array_equal(widget.result("binary_map"), expected.binary_map)


def test_a_typed_threshold_moves_the_line(make_widget, feed, dataset, classification):
    widget = make_widget(OWBeamIntegration)
    feed(widget, dataset=dataset, classification=classification)
    widget.form["threshold"].widget.setValue(9.0)
    assert widget.view.histogram.threshold == 9.0
    excess = widget.view.histogram, widget.view.panels["binary_map"].image()
    assert excess[1].sum() < headless(dataset, classification).binary_map.sum()


def test_the_file_is_written_once_and_not_replaced(
    make_widget, feed, dataset, classification, sentence, tmp_path
):
    path = tmp_path / "weak.h5"
    widget = make_widget(OWBeamIntegration, output_file=str(path))
    feed(widget, dataset=dataset, classification=classification)
    assert widget.result("output_file") == str(path)
    widget.buttons.apply.click()
    feed(widget)
    assert "exists. Choose another name, or tick 'Replace an existing file'." in sentence(widget)
    widget.form["overwrite"].widget.setChecked(True)
    widget.buttons.apply.click()
    feed(widget)
    assert not widget.Error.active


def test_saving_from_the_view_says_so(make_widget, feed, dataset, classification, tmp_path):
    widget = make_widget(OWBeamIntegration)
    feed(widget, dataset=dataset, classification=classification)
    widget.view._save.save_nexus(str(tmp_path / "weak.h5"))
    assert [str(one) for one in widget.Information.active] == ["Saved to weak.h5."]
    widget.view._save.save_nexus(str(tmp_path / "weak.h5"))
    assert len(widget.Error.active) == 1


def test_a_classification_of_other_frames_is_refused(make_widget, feed, dataset, sentence):
    grid = PatchGrid((64, 96), 16)
    other = BeamMap(numpy.full((3, *grid.shape, 3), 1 / 3, dtype="float32"), grid)
    widget = make_widget(OWBeamIntegration)
    feed(widget, dataset=dataset, classification=other)
    assert sentence(widget).startswith("The classification must be that of the frames")
    assert not widget.view.has_content()


def test_it_waits_for_both_inputs_and_forgets_them(make_widget, feed, dataset, classification):
    widget = make_widget(OWBeamIntegration)
    feed(widget, dataset=dataset)
    assert not widget.is_running()
    assert not widget.buttons.apply.isEnabled()
    feed(widget, classification=classification)
    assert widget.view.has_content()
    feed(widget, classification=None)
    assert not widget.view.has_content()
    assert widget.result("binary_map") is None
