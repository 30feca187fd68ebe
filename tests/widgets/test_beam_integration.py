"""The widget "Beam integration"."""

from dataclasses import replace

import numpy
import pytest

from darfix_wb.beam import BeamMap
from darfix_wb.classification.angle_rule import angle_rule
from darfix_wb.detection.dislocation_map import DislocationMap
from darfix_wb.detection.lines import Lines
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
    widget.view.choose("strong")
    numpy.testing.assert_array_equal(widget.view.picture.panel.image(), expected.strong_beam_image)


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
    widget.view.choose("binary_map")
    assert (
        widget.view.picture.panel.image().sum() < headless(dataset, classification).binary_map.sum()
    )


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


@pytest.fixture
def dislocations():
    """A map of one line across, with a warning."""
    index_map = numpy.full((64, 96), -1, dtype="int32")
    index_map[30, 20:61] = 0
    row = [numpy.array([value], dtype="float32") for value in (30, 40, 41, 0, 0.9, 0.2)]
    flat = numpy.zeros((64, 96), dtype="float32")
    return DislocationMap(
        flat, flat, flat, flat, Lines(*row, index_map), warnings=("The scan drifts.",)
    )


@pytest.mark.parametrize("with_patches", [True, False])
def test_lines_have_their_warnings_and_rocking_curves(
    make_widget, feed, wait, dataset, classification, patched, dislocations, with_patches,
    monkeypatch,
):  # fmt: skip
    widget = make_widget(OWBeamIntegration)
    patches = {"patches": patched} if with_patches else {}
    feed(widget, dataset=dataset, classification=classification, **patches)
    images = replace(widget.result("images"), dislocations=dislocations)
    monkeypatch.setattr(widget, "result", lambda name: images)
    widget.result_changed()
    assert [str(one) for one in widget.Warning.active] == ["The scan drifts."]
    assert widget.view.bar.name == "dislocation_image"
    widget.view.lines.table.setCurrentCell(0, 0)
    wait(lambda: not widget.view.curve.is_reading())
    angles, counts = widget.view.curve.plot.getCurve("line").getData(copy=False)[:2]
    numpy.testing.assert_allclose(angles, patched.scan.angles)
    peak = patched.scan.frames[5, 27:34, 20:61].mean() - patched.background.mean_level
    assert counts.max() == pytest.approx(peak, rel=0.05)
    assert counts[0] < 30


def test_frames_that_were_left_out_are_in_no_rocking_curve(
    make_widget, feed, wait, dataset, patched, dislocations, monkeypatch
):
    without = replace(patched, scan=patched.scan.leave_out({3: "black"}))
    widget = make_widget(OWBeamIntegration)
    feed(widget, dataset=dataset, classification=replace(angle_rule(without), record=None))
    record = without.record()
    images = replace(widget.result("images"), dislocations=dislocations)
    monkeypatch.setattr(widget, "result", lambda name: images)
    inputs = {"classification": replace(angle_rule(without), record=record), "dataset": dataset}
    monkeypatch.setattr(
        widget, "get_task_input_value", lambda name, default=None: inputs.get(name, default)
    )
    widget.result_changed()
    widget.view.select_line(0)
    wait(lambda: not widget.view.curve.is_reading())
    angles = widget.view.curve.plot.getCurve("line").getXData(copy=False)
    numpy.testing.assert_allclose(angles, numpy.delete(patched.scan.angles, 3))
