"""The widget "Weak-beam classifier": works on connection, and as the task does."""

import time
from dataclasses import replace

import numpy
import pytest
import torch

from darfix_wb.model import BeamModel
from darfix_wb.networks import build_network
from darfix_wb.networks.context_network import ContextNetwork
from darfix_wb.normalization import PatchScaling
from darfix_wb.tasks.weak_beam_classification import WeakBeamClassification
from orangecontrib.darfix_wb.widgets.weak_beam_classification import OWWeakBeamClassification

RULE = {"method": "angle-rule", "patch_size": 16}


def headless(dataset, **inputs):
    task = WeakBeamClassification(inputs={"dataset": dataset, **inputs})
    task.execute()
    return task.outputs.classification


def test_its_name_is_this():
    assert OWWeakBeamClassification.name == "Weak-beam classifier"


def test_with_the_shipped_model_on_connection(make_widget, feed, dataset):
    widget = make_widget(OWWeakBeamClassification, device="cpu")
    feed(widget, dataset=dataset)
    found = widget.result("classification")
    expected = headless(dataset, device="cpu")
    numpy.testing.assert_array_equal(found.probabilities, expected.probabilities)
    assert found.model_hash == expected.model_hash
    assert widget.view.has_content()
    shown = expected.condition(0.7 if expected.thresholds is None else None)
    numpy.testing.assert_array_equal(widget.view.conditions(), shown)
    assert not widget.Error.active


def test_the_angle_rule_is_shown_as_the_task_gives_it(make_widget, feed, dataset):
    widget = make_widget(OWWeakBeamClassification, **RULE, stride=8)
    feed(widget, dataset=dataset)
    expected = headless(dataset, **RULE, stride=8)
    numpy.testing.assert_array_equal(
        widget.result("classification").probabilities, expected.probabilities
    )
    assert widget.result("dataset") is dataset
    assert widget.result("patches").grid == expected.grid
    assert not widget.form["model_file"].widget.isEnabled()
    widget.form["method"].widget.setCurrentIndex(0)
    assert widget.form["model_file"].widget.isEnabled()
    assert widget.form["patch_size"].widget.isEnabled()


def test_parameters_and_the_threshold_of_the_view_come_back(make_widget, app):
    given = {"method": "angle-rule", "stride": 4, "decode": False, "device": "cpu", "dark": 99.0}
    widget = make_widget(OWWeakBeamClassification, **given)
    assert given.items() <= widget.form.values().items()
    widget.form["stride"].widget.setValue(6)
    widget.view.threshold.setValue(0.85)
    packed = widget.settingsHandler.pack_data(widget)
    assert packed["_ewoks_default_inputs"]["stride"] == 6
    again = OWWeakBeamClassification.__new__(OWWeakBeamClassification, stored_settings=packed)
    again.__init__()
    assert again.form.values() == widget.form.values()
    assert again.view.threshold.value() == 0.85
    again.onDeleteWidget()


def test_ambiguous_patches_are_shown_as_the_model_calibrated_them(
    make_widget, feed, dataset, tmp_path
):
    path = str(tmp_path / "calibrated.safetensors")
    thresholds = (0.0, 1.0)
    model = BeamModel.load()
    calibration = replace(model.context_calibration, thresholds=thresholds)
    replace(model, context_calibration=calibration).save(path)
    widget = make_widget(OWWeakBeamClassification, model_file=path, device="cpu")
    feed(widget, dataset=dataset)
    found = headless(dataset, model_file=path, device="cpu")
    assert found.thresholds == thresholds
    assert 0 < found.ambiguous.mean() < 1
    numpy.testing.assert_array_equal(widget.view.conditions(), found.condition(threshold=None))
    widget.view.calibrated.setChecked(False)
    numpy.testing.assert_array_equal(widget.view.conditions(), found.condition(0.7))
    packed = widget.settingsHandler.pack_data(widget)
    again = OWWeakBeamClassification.__new__(OWWeakBeamClassification, stored_settings=packed)
    again.__init__()
    assert not again.view.calibrated.isChecked()
    again.onDeleteWidget()


def test_a_missing_model_is_one_sentence(make_widget, feed, dataset, sentence):
    widget = make_widget(OWWeakBeamClassification, model_file="/nowhere/model.safetensors")
    feed(widget, dataset=dataset)
    assert sentence(widget).startswith("The model file must exist")
    assert widget.view.text == sentence(widget)
    widget.form["model_file"].set_value(None)
    assert widget.view.text.startswith("Connect a dataset")
    assert not widget.view.has_content()
    widget.form["method"].set_value("angle-rule")
    widget.form["patch_size"].set_value(16)
    widget.buttons.apply.click()
    feed(widget)
    assert widget.view.has_content()
    assert not widget.Error.active


def test_none_takes_everything_away(make_widget, feed, dataset):
    widget = make_widget(OWWeakBeamClassification, **RULE)
    feed(widget, dataset=dataset)
    assert widget.view.has_content()
    feed(widget, dataset=None)
    assert widget.result("classification") is None
    assert not widget.view.has_content()
    assert not widget.buttons.apply.isEnabled()


def test_new_data_during_a_run_win(make_widget, feed, dataset, slow_dataset, wait):
    widget = make_widget(OWWeakBeamClassification, device="cpu", stride=1)
    feed(widget, until_done=False, dataset=slow_dataset)
    wait(lambda: widget.progressBarValue > 0)
    widget.form["stride"].set_value(32)
    feed(widget, dataset=dataset)
    wait(lambda: widget.result("classification") is not None)
    assert widget.result("dataset") is dataset
    assert widget.view.conditions().shape[0] == 11


@pytest.mark.parametrize("end", ["abort", "delete"])
def test_ended_within_a_second_while_it_runs(make_widget, feed, slow_dataset, wait, end):
    widget = make_widget(OWWeakBeamClassification, device="cpu", stride=2)
    feed(widget, until_done=False, dataset=slow_dataset)
    wait(lambda: widget.progressBarValue > 0)
    executor, start = widget.task_run, time.monotonic()
    if end == "abort":
        widget.buttons.abort.click()
        wait(lambda: not widget.is_running())
        assert widget.form.isEnabled()
        assert not widget.Error.active
    else:
        widget.onDeleteWidget()
    assert time.monotonic() - start < 1.5
    wait(lambda: not executor.isRunning(), seconds=2)


def test_a_result_that_may_not_be_trusted_is_marked(make_widget, feed, dataset, tmp_path):
    torch.manual_seed(0)
    network, context = build_network("lcnn", patch_size=16).eval(), ContextNetwork().eval()
    path = str(tmp_path / "untrained.safetensors")
    BeamModel(network, 16, PatchScaling(), context=context).save(path)
    widget = make_widget(OWWeakBeamClassification, model_file=path, device="cpu")
    feed(widget, dataset=dataset)
    (warning,) = widget.Warning.active
    assert "looks like nothing" in str(warning)
    assert widget.view.has_content()
    widget.form["method"].set_value("angle-rule")
    widget.form["patch_size"].widget.setValue(16)
    widget.buttons.apply.click()
    feed(widget)
    assert not widget.Warning.active


def test_parameters_of_the_other_method_are_set_back(make_widget, feed, dataset):
    widget = make_widget(OWWeakBeamClassification, device="cpu", decode=False)
    feed(widget, dataset=dataset)
    assert (widget.parameter("device"), widget.parameter("decode")) == ("cpu", False)
    widget.form["method"].set_value("angle-rule")
    assert (widget.parameter("device"), widget.parameter("decode")) == ("auto", True)
    widget.form["patch_size"].set_value(16)
    widget.buttons.apply.click()
    feed(widget)
    assert widget.result("classification").method == "angle-rule"
    assert not widget.Error.active


def test_the_patch_size_is_that_of_the_user_or_of_the_frame(
    make_widget, feed, dataset, tmp_path, sentence
):
    path = str(tmp_path / "model.safetensors")
    replace(BeamModel.load(), patch_sizes=(16, 128)).save(path)
    widget = make_widget(OWWeakBeamClassification, model_file=path, device="cpu")
    feed(widget, dataset=dataset)
    assert widget.result("classification").grid.patch_size == 16
    (note,) = widget.Information.active
    assert str(note) == "Patches of 16 px, chosen automatically."
    widget.form["patch_size"].widget.setValue(40)
    widget.buttons.apply.click()
    feed(widget)
    assert widget.result("classification").grid.patch_size == 40
    assert not widget.Information.active
    widget.form["patch_size"].widget.setValue(12)
    widget.buttons.apply.click()
    feed(widget)
    assert "(16 to 128 px), got 12 px" in sentence(widget)
