"""The widget "Scan check"."""

import h5py
import numpy
import pytest

from darfix_wb.tasks.scan_check import ScanCheck
from orangecontrib.darfix_wb.widgets.patch_extraction import OWPatchExtraction
from orangecontrib.darfix_wb.widgets.scan_check import OWScanCheck


@pytest.fixture
def path(tmp_path, make_scan):
    scan = make_scan(shape=(96, 128), n_steps=31, seed=2)
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file["1.1/instrument/pco_ff/data"] = scan.frames
        file["1.1/instrument/positioners/phi"] = scan.angles
    return str(tmp_path / "scan.h5")


@pytest.fixture
def big_dataset(make_dataset, make_scan):
    scan = make_scan(shape=(96, 128), n_steps=31, seed=2)
    return make_dataset(scan.frames, scan.angles)


def test_a_dataset_is_checked_when_it_arrives_and_passed_on(make_widget, feed, big_dataset):
    widget = make_widget(OWScanCheck)
    feed(widget, dataset=big_dataset)
    assert widget.result("dataset") is big_dataset
    task = ScanCheck(inputs={"dataset": big_dataset})
    task.execute()
    alone = [finding.sentence for finding in task.outputs.report.findings]
    assert widget.view.findings.sentences()[:-1] == alone[:-1]
    assert not widget.Warning.active


def test_the_file_of_a_scan_is_checked_on_the_button(make_widget, wait, path):
    widget = make_widget(OWScanCheck)
    assert not widget.buttons.apply.isEnabled()
    widget.form["scan"].set_value(path)
    assert widget.buttons.apply.isEnabled()
    widget.buttons.apply.click()
    wait(lambda: not widget.is_running())
    assert widget.view.has_content()
    assert widget.result("dataset") is None
    widget.form["rocking_motor"].widget.setText("phi")
    assert not widget.view.has_content()


def test_what_is_not_as_it_should_be_is_said_on_the_node(
    make_widget, feed, make_dataset, make_scan
):
    scan = make_scan(shape=(96, 128), n_steps=31, seed=2)
    dataset = make_dataset(numpy.minimum(scan.frames, 600), scan.angles)
    widget = make_widget(OWScanCheck)
    feed(widget, dataset=dataset)
    (message,) = widget.Warning.active
    assert str(message) == "Look at these before you trust the result: saturation."


def test_a_scan_that_cannot_be_opened(make_widget, wait, tmp_path, sentence):
    widget = make_widget(OWScanCheck, scan=str(tmp_path / "none.h5"))
    widget.buttons.apply.click()
    wait(lambda: not widget.is_running())
    assert "must exist" in sentence(widget)
    assert not widget.view.has_content()


def test_its_dataset_goes_where_datasets_go():
    given = {
        name: signal.type for name, signal in vars(OWScanCheck.Outputs).items() if name == "dataset"
    }
    taken = {
        name: signal.type
        for name, signal in vars(OWPatchExtraction.Inputs).items()
        if name == "dataset"
    }
    assert given == taken
    assert [name for name in vars(OWScanCheck.Inputs) if not name.startswith("_")] == ["dataset"]
