"""The widget "Volume classification"."""

from pathlib import Path

import h5py
import numpy
import pytest

from darfix_wb.tasks.volume_classification import Inputs, VolumeClassification
from darfix_wb.volume.volume_file import read_summary
from orangecontrib.darfix_wb.widgets.volume_classification import OWVolumeClassification

OPTIONS = {"patch_size": 16, "stride": 16, "device": "cpu", "find_dislocations": False}


@pytest.fixture
def layers(tmp_path, make_scan):
    """Files of three layers."""
    for index in range(3):
        scan = make_scan(seed=index)
        with h5py.File(tmp_path / f"layer_{index}.h5", "w") as file:
            file["1.1/instrument/pco_ff/data"] = scan.frames
            file["1.1/instrument/positioners/phi"] = scan.angles
            file["1.1/instrument/positioners/samz"] = 0.002 * index
            file["1.1/instrument/positioners/samz"].attrs["units"] = "mm"
    return [str(tmp_path / f"layer_{index}.h5") for index in range(3)]


@pytest.fixture
def spoil(layers):
    """Makes a layer constant, and gives what makes it whole again."""

    def spoil(index):
        def write(frames):
            with h5py.File(layers[index], "a") as file:
                before = file["1.1/instrument/pco_ff/data"][()]
                file["1.1/instrument/pco_ff/data"][...] = frames
            return before

        whole = write(7)
        return lambda: write(whole)

    return spoil


@pytest.fixture
def given(layers, tmp_path):
    return {"layers": layers, "output_file": str(tmp_path / "volume.h5"), **OPTIONS}


@pytest.fixture
def ran(make_widget, wait):
    def ran(**parameters):
        widget = make_widget(OWVolumeClassification, **parameters)
        widget.buttons.apply.click()
        settle(widget, wait)
        return widget

    return ran


def settle(widget, wait):
    """Until the run is over and its file was read."""
    wait(lambda: not widget.is_running() and not widget.view._reader.is_running())
    wait(lambda: not widget.view.preview.is_busy())


def states(widget):
    return [widget.view.progress.state_of(index) for index in range(3)]


def pictures(path):
    with h5py.File(path) as file:
        return {
            name: file[f"entry/volume/{name}/{name}"][()]
            for name in ("weak_beam", "strong_beam", "conditions")
        }


def test_its_parameters_are_those_of_the_task():
    hidden = set(OWVolumeClassification._ewoks_inputs_to_hide_from_orange)
    assert hidden == set(Inputs.model_fields) - {"model_file"}
    shown = {name for name in vars(OWVolumeClassification.Inputs) if not name.startswith("_")}
    assert shown == {"model_file"}
    shown = {name for name in vars(OWVolumeClassification.Outputs) if not name.startswith("_")}
    assert shown == {"output_file", "summary"}


def test_every_input_has_a_control_that_explains_it(make_widget):
    widget = make_widget(OWVolumeClassification)
    assert set(widget.form.names) == set(Inputs.model_fields)
    for name, field in Inputs.model_fields.items():
        assert widget.form[name].widget.toolTip() == field.description


def test_it_runs_on_the_button_only_and_as_the_task(given, make_widget, feed, wait, tmp_path):
    widget = make_widget(OWVolumeClassification, **given)
    feed(widget, until_done=False, model_file=None)
    assert not widget.is_running()
    assert widget.buttons.apply.isEnabled()
    widget.buttons.apply.click()
    assert widget.is_running()
    settle(widget, wait)
    assert states(widget) == ["done"] * 3
    assert widget.result("output_file") == given["output_file"]
    assert widget.result("summary")["done"] == 3
    task = VolumeClassification(inputs={**given, "output_file": str(tmp_path / "alone.h5")})
    task.execute()
    alone = pictures(tmp_path / "alone.h5")
    for name, values in pictures(given["output_file"]).items():
        numpy.testing.assert_array_equal(values, alone[name])
    assert "3 of 3 done" in widget.view.panel.sentence.text()
    assert not widget.Error.active
    assert not widget.Warning.active


def test_without_layers_or_output_it_cannot_run(make_widget, layers):
    widget = make_widget(OWVolumeClassification)
    assert not widget.buttons.apply.isEnabled()
    widget.form["layers"].set_value(layers)
    assert not widget.buttons.apply.isEnabled()
    widget.form["output_file"].set_value("volume.h5")
    assert widget.buttons.apply.isEnabled()


def test_parameters_come_back_and_are_plain(make_widget):
    given = {
        "layers": ["scans/layer_*.h5", "scan.h5::2.1-31.1"],
        "z_motor": "samz",
        "region": "0:64,16:80",
        "binning": 2,
        "scheduler": "tcp://host:8786",
        "resume": False,
        "find_dislocations": False,
    }
    widget = make_widget(OWVolumeClassification, **given)
    assert given.items() <= widget.form.values().items()
    widget.form["scheduler"].widget.setCurrentText("one process per core")
    widget.form["layers"].text.setPlainText("other.h5")
    saved = widget._ewoks_default_inputs
    assert (saved["scheduler"], saved["layers"]) == ("local", ["other.h5"])
    again = make_widget(OWVolumeClassification, **saved)
    assert again.form.values() == widget.form.values()
    plain = (str, int, float, bool, type(None), list)
    assert all(isinstance(value, plain) for value in saved.values())
    widget.reset()
    assert widget.form["layers"].value() is None
    assert widget.form["resume"].value()


def test_a_layer_that_fails_is_shown_and_run_again(given, ran, spoil, wait):
    mend = spoil(1)
    widget = ran(**given)
    assert states(widget) == ["done", "failed", "done"]
    (warning,) = widget.Warning.active
    assert str(warning).startswith("1 of 3 layers failed; the first: Frames must show")
    widget.view.panel.select(1)
    assert "Frames must show some signal" in widget.view.panel.details.toPlainText()
    first = [record.seconds for record in widget.view.progress.records]
    mend()
    widget.view.panel.again.click()
    assert widget.is_running()
    settle(widget, wait)
    assert states(widget) == ["done"] * 3
    assert not widget.Warning.active
    assert not widget.view.panel.again.isEnabled()
    again = [record.seconds for record in widget.view.progress.records]
    assert (again[0], again[2]) == (first[0], first[2])


def test_run_failed_again_goes_on_also_where_the_form_says_to_replace(given, ran, spoil, wait):
    mend = spoil(2)
    widget = ran(**given, overwrite=True)
    before = [record.seconds for record in widget.view.progress.records]
    mend()
    widget.view.panel.again.click()
    settle(widget, wait)
    after = [record.seconds for record in widget.view.progress.records]
    assert states(widget) == ["done"] * 3
    assert after[:2] == before[:2]
    assert widget.form["overwrite"].value()


def test_abort_keeps_what_is_done(given, make_widget, wait):
    widget = make_widget(OWVolumeClassification, **given)
    widget.layer_done.connect(lambda record: widget.abort() if record.index == 0 else None)
    widget.buttons.apply.click()
    settle(widget, wait)
    (message,) = widget.Information.active
    assert "Layers that are done stay" in str(message)
    assert not widget.Error.active
    summary = read_summary(given["output_file"])
    assert 1 <= summary.n_done < 3
    assert summary.n_failed == 0
    assert states(widget)[0] == "done"
    assert "pending" in states(widget)
    widget.buttons.apply.click()
    settle(widget, wait)
    assert states(widget) == ["done"] * 3


def test_a_volume_of_other_layers_is_told_before_the_run(given, ran, layers, make_widget, wait):
    ran(**given)
    widget = make_widget(OWVolumeClassification, **{**given, "layers": layers[:2]})
    widget.show()
    wait(lambda: "it holds others" in widget.view.note.text())
    assert states(widget) == ["done"] * 3
    widget.form["overwrite"].widget.setChecked(True)
    wait(lambda: "2 layers with 22 frames" in widget.view.note.text())
    assert len(widget.view.progress.layers) == 2
    widget.form["overwrite"].widget.setChecked(False)
    widget.buttons.apply.click()
    settle(widget, wait)
    assert "begun with 3 layers" in str(next(iter(widget.Error.active)))


def test_it_is_closed_during_a_run(given, make_widget, app, wait):
    widget = make_widget(OWVolumeClassification, **given)
    widget.show()
    widget.buttons.apply.click()
    wait(lambda: widget.view.progress is not None)
    widget.onDeleteWidget()
    wait(lambda: not widget.task_run.isRunning())
    app.processEvents()
    output = Path(given["output_file"])
    assert not output.exists() or read_summary(output).n_done < 3


def test_a_refused_run_is_one_sentence(given, ran, sentence, tmp_path):
    widget = ran(**{**given, "layers": [str(tmp_path / "none_*.h5")]})
    assert "none_*" in sentence(widget)
    assert widget.view.progress is None
    widget = ran(**given, region="all")
    assert "region must be" in sentence(widget)
    assert "region must be" in widget.view.note.text()


def test_the_volume_of_a_saved_workflow_is_shown_when_it_is_opened(given, ran, make_widget, wait):
    ran(**given)
    widget = make_widget(OWVolumeClassification, **given)
    widget.show()
    wait(lambda: widget.view.progress is not None)
    assert states(widget) == ["done"] * 3
    widget.view.layer.choice.setCurrentIndex(widget.view.layer.choice.findData("weak_beam"))
    wait(lambda: widget.view.layer.pictures.has_content())
    expected = pictures(given["output_file"])["weak_beam"][0]
    numpy.testing.assert_array_equal(widget.view.layer.panel.image(), expected)


def test_a_layer_is_opened_in_the_view_of_the_classifier(given, ran, wait):
    widget = ran(**given)
    widget.view.panel.select(2)
    widget.view.layer.frames.click()
    window = widget.view.window
    wait(window.view.has_content)
    expected = pictures(given["output_file"])["conditions"][2]
    beam_map = window.view._beam_map
    numpy.testing.assert_array_equal(beam_map.condition(), expected)
    assert window.windowTitle() == "Layer 2: layer_2.h5 1.1"
    window.close()
    assert not window.view.has_content()


def test_the_model_of_the_volume_must_still_be_there(given, ran, wait):
    widget = ran(**given)
    with h5py.File(given["output_file"], "a") as file:
        data = file["entry/volume/parameters/data"]
        text = data.asstr()[()]
        start = text.index('"model_hash": "') + len('"model_hash": "')
        data[()] = text[:start] + "0" * 64 + text[start + 64 :]
    widget.view.layer.frames.click()
    wait(lambda: "must be classified by the model" in widget.view.window.view.text)
