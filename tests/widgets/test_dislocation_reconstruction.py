"""The widget "3D reconstruction"."""

from pathlib import Path

import numpy
import pytest

from darfix_wb.dislocation_lines.network_file import read_network
from darfix_wb.tasks.dislocation_reconstruction import DislocationReconstruction, Inputs
from orangecontrib.darfix_wb.widgets.dislocation_reconstruction import OWDislocationReconstruction

SPACING = [1.0, 0.2, 0.1]


@pytest.fixture
def given(volume_file, tmp_path):
    return {
        "volume_file": str(volume_file),
        "spacing": SPACING,
        "output_file": str(tmp_path / "lines.h5"),
    }


@pytest.fixture
def ran(make_widget, wait):
    def ran(**parameters):
        widget = make_widget(OWDislocationReconstruction, **parameters)
        widget.show()
        widget.buttons.apply.click()
        settle(widget, wait)
        return widget

    return ran


def settle(widget, wait):
    """Until the run is over and its file was read."""
    wait(lambda: not widget.is_running() and not widget.view.is_busy())


def points(path):
    return numpy.concatenate([line.points_um for line in read_network(path).lines])


def test_its_parameters_are_those_of_the_task():
    hidden = set(OWDislocationReconstruction._ewoks_inputs_to_hide_from_orange)
    assert hidden == set(Inputs.model_fields) - {"volume_file"}
    shown = {name for name in vars(OWDislocationReconstruction.Inputs) if name[0] != "_"}
    assert shown == {"volume_file"}
    shown = {name for name in vars(OWDislocationReconstruction.Outputs) if name[0] != "_"}
    assert shown == {"output_file", "report"}


def test_every_input_has_a_control_that_explains_it(make_widget):
    widget = make_widget(OWDislocationReconstruction)
    assert set(widget.form.names) == set(Inputs.model_fields)
    for name, field in Inputs.model_fields.items():
        assert widget.form[name].widget.toolTip() == field.description
    defaults = {name: field.default for name, field in Inputs.model_fields.items()}
    values = widget.form.values()
    for name in ("method", "threshold", "correct_jitter", "burgers_um", "reference", "overwrite"):
        assert values[name] == defaults[name]


def test_it_runs_on_the_button_only_and_as_the_task(given, make_widget, feed, wait, tmp_path):
    volume = given.pop("volume_file")
    widget = make_widget(OWDislocationReconstruction, **given)
    assert not widget.is_ready()
    feed(widget, until_done=False, volume_file=volume)
    assert not widget.is_running()
    widget.buttons.apply.click()
    assert widget.is_running()
    settle(widget, wait)
    assert not widget.Error.active
    assert widget.result("output_file") == given["output_file"]
    assert widget.result("report")["lines"] == 3
    assert widget.view.table.rowCount() == 3
    alone = {**given, "volume_file": volume, "output_file": str(tmp_path / "alone.h5")}
    task = DislocationReconstruction(inputs=alone)
    task.execute()
    assert task.outputs.report == widget.result("report")
    numpy.testing.assert_array_equal(points(alone["output_file"]), points(given["output_file"]))


def test_warnings_are_shown_where_those_of_every_widget_are(given, ran):
    widget = ran(**given)
    (warning,) = widget.Warning.active
    assert "could not be determined" in str(warning)


def test_without_all_three_distances_it_cannot_run(given, make_widget, wait):
    del given["spacing"]
    widget = make_widget(OWDislocationReconstruction, **given)
    widget.show()
    sides = widget.form["spacing"].sides
    wait(lambda: sides["layers"].value() == 1.0)
    assert sides["rows"].value() is None
    assert "sin(2θ)" in sides["rows"].widget.text()
    sides["rows"].widget.setValue(0.2)
    assert not widget.buttons.apply.isEnabled()
    sides["columns"].widget.setValue(0.1)
    assert widget.buttons.apply.isEnabled()
    assert widget._ewoks_default_inputs["spacing"] == SPACING
    widget.reset()
    assert widget.form["spacing"].value() is None
    assert not widget.buttons.apply.isEnabled()


def test_the_distance_of_layers_comes_with_the_link(make_widget, feed, volume_file, wait):
    widget = make_widget(OWDislocationReconstruction)
    feed(widget, until_done=False, volume_file=str(volume_file))
    wait(lambda: widget.form["spacing"].sides["layers"].value() == 1.0)


def test_a_file_that_is_no_volume_is_told_before_the_run(make_widget, feed, tmp_path, wait):
    (tmp_path / "text.h5").write_text("no HDF5")
    widget = make_widget(OWDislocationReconstruction)
    feed(widget, until_done=False, volume_file=str(tmp_path / "text.h5"))
    wait(lambda: widget.Information.active)
    assert "text.h5" in str(next(iter(widget.Information.active)))


def test_parameters_come_back_and_are_plain(make_widget):
    given = {
        "volume_file": "volume.h5",
        "spacing": [1.0, 0.144, 0.0444],
        "output_file": "lines.h5",
        "method": "skeleton",
        "threshold": 6.5,
        "correct_jitter": False,
        "burgers_um": 0.000286,
        "reference": "true.h5",
        "export": ["vtp", "csv"],
        "overwrite": True,
    }
    widget = make_widget(OWDislocationReconstruction, **given)
    assert widget.form.values() == given
    widget.form["threshold"].widget.setValue(9)
    widget.form["export"].set_value(["ca"])
    saved = widget._ewoks_default_inputs
    assert (saved["threshold"], saved["export"]) == (9.0, ["ca"])
    plain = (str, int, float, bool, type(None), list)
    assert all(isinstance(value, plain) for value in saved.values())
    again = make_widget(OWDislocationReconstruction, **saved)
    assert again.form.values() == widget.form.values()


def test_the_lines_of_a_saved_workflow_are_shown_when_it_is_opened(given, ran, make_widget, wait):
    first = ran(**given, reference=given["volume_file"] + "::/entry/volume/none")
    assert "none" in str(next(iter(first.Error.active)))
    ran(**given)
    widget = make_widget(OWDislocationReconstruction, **given)
    assert widget.view.network is None
    widget.show()
    wait(lambda: widget.view.network is not None)
    assert widget.view.table.rowCount() == 3
    widget.form["output_file"].set_value("another.h5")
    assert not widget.view.has_content()


def test_a_comparison_and_exports(given, ran, tmp_path):
    ran(**given)
    reference = given.pop("output_file")
    output = str(tmp_path / "again.h5")
    widget = ran(**given, output_file=output, reference=reference, export=["vtp", "csv", "vti"])
    assert {path.suffix for path in tmp_path.glob("again.*")} == {".h5", ".vtp", ".csv", ".vti"}
    assert widget.view.comparison.has_content()
    assert widget.view.reference.isVisible()
    assert widget.result("report")["comparison"]["table"][0][0] == "length of A (um)"


def test_abort_writes_nothing(given, make_widget, wait):
    widget = make_widget(OWDislocationReconstruction, **given)
    widget.show()
    widget.progressBarValueChanged.connect(lambda value: widget.abort())
    widget.buttons.apply.click()
    settle(widget, wait)
    (message,) = widget.Information.active
    assert "Stopped before the end" in str(message)
    assert not widget.Error.active
    assert not Path(given["output_file"]).exists()
    assert not widget.view.has_content()


def test_a_volume_without_lines_is_told(given, ran, make_volume, tmp_path):
    given["volume_file"] = str(make_volume(tmp_path / "plain.h5", lines=()))
    widget = ran(**given)
    assert widget.result("report")["lines"] == 0
    assert "No line was found" in widget.view.lines.text
    assert not widget.Error.active


def test_a_refused_run_is_one_sentence(given, ran, sentence, tmp_path):
    widget = ran(**{**given, "volume_file": str(tmp_path / "none.h5")})
    assert "none.h5" in sentence(widget)
    assert not widget.view.has_content()
    ran(**given)
    widget = ran(**given)
    assert "exists" in sentence(widget)
    assert "tick 'Replace existing files'" in sentence(widget)
    assert widget.view.has_content()


def test_it_is_closed_while_it_reads(given, ran, make_widget, app, wait):
    ran(**given)
    widget = make_widget(OWDislocationReconstruction, **given)
    widget.show()
    widget.onDeleteWidget()
    app.processEvents()
    assert widget.view.network is None
