"""The widget "LCNN training": live, stopped with the best epoch kept, saved with the workflow."""

import time

import pytest

from darfix_wb.labels import LabelMap
from darfix_wb.model import BeamModel
from darfix_wb.tasks.lcnn_training import LCNNTraining
from orangecontrib.darfix_wb.widgets.lcnn_training import OWLCNNTraining

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def labels(patched):
    unlabelled = LabelMap.unlabelled(patched.scan.n_frames, patched.grid)
    frames = {"weak": [0, 1, 2, 8, 9, 10], "strong": [4, 5, 6]}
    return unlabelled.with_frames(frames, empty=patched.empty)


@pytest.fixture
def widget(make_widget, feed, patched, labels, tmp_path):
    widget = make_widget(
        OWLCNNTraining, model_file=str(tmp_path / "m.safetensors"), n_epochs=3, device="cpu"
    )
    feed(widget, patches=patched, labels=labels)
    return widget


@pytest.fixture
def running(widget, wait):
    """In the third epoch of very many."""
    widget.form["n_epochs"].widget.setValue(10_000)
    widget.buttons.apply.click()
    wait(lambda: len(widget.view.curves.records) >= 2, seconds=60)
    return widget


def train(widget, wait):
    widget.buttons.apply.click()
    wait(lambda: not widget.is_running(), seconds=60)


def test_it_trains_on_the_button_only(widget):
    assert not widget.is_running()
    assert widget.buttons.apply.isEnabled()
    assert "press Apply" in widget.view.status


def test_the_model_is_that_of_the_task(widget, wait, patched, labels, tmp_path):
    train(widget, wait)
    path = tmp_path / "headless.safetensors"
    inputs = {"patches": patched, "labels": labels, "n_epochs": 3, "device": "cpu"}
    task = LCNNTraining(inputs={**inputs, "model_file": str(path)})
    task.execute()
    assert BeamModel.load(widget.result("model_file")).hash == BeamModel.load(path).hash
    history = widget.result("history")
    assert history["validation_loss"] == task.outputs.history["validation_loss"]
    assert [record["epoch"] for record in widget.view.curves.records] == [1, 2, 3]
    assert widget.view.status.startswith("Done after 3 epochs")
    assert widget.view.record.topLevelItemCount() > 5


def test_each_epoch_is_shown_while_it_trains(running):
    assert running.is_running()
    assert running.view.isEnabled()
    assert not running.form.isEnabled()
    assert running.view.status.startswith("Epoch ")


def test_abort_keeps_the_best_epoch_so_far(running, wait):
    start = time.monotonic()
    running.buttons.abort.click()
    wait(lambda: not running.is_running())
    assert time.monotonic() - start < 1
    history = running.result("history")
    assert history["stopped"]
    losses = history["validation_loss"]
    # 0 where frames kept aside are told no better: then the weights stay as they were.
    assert history["best_epoch"] in (0, 1 + losses.index(min(losses)))
    model = BeamModel.load(running.result("model_file"))
    assert model.record["best_epoch"] == history["best_epoch"]
    (told,) = running.Information.active
    assert "Stopped on request" in str(told)
    assert not running.Error.active
    running.form["overwrite"].widget.setChecked(True)
    running.form["n_epochs"].widget.setValue(2)
    train(running, wait)
    assert not running.result("history")["stopped"]


def test_deleted_while_it_trains(running):
    executor, start = running.task_run, time.monotonic()
    running.onDeleteWidget()
    assert time.monotonic() - start < 1.5
    assert not executor.isRunning()


def test_a_run_goes_on_to_its_end_with_the_labels_it_began_with(running, labels, patched, wait):
    running.set_dynamic_input("labels", LabelMap.unlabelled(patched.scan.n_frames, patched.grid))
    running.handleNewSignals()
    assert running.is_running()
    assert running.view.curves.records
    running.buttons.abort.click()
    wait(lambda: not running.is_running())
    assert sum(running.result("history")["split"]["training"]["patches"].values()) > 0


def test_what_cannot_be_trained_on_is_one_sentence(make_widget, feed, patched, wait, sentence):
    nothing = LabelMap.unlabelled(patched.scan.n_frames, patched.grid)
    widget = make_widget(OWLCNNTraining, model_file="unwritten.safetensors")
    feed(widget, patches=patched, labels=nothing)
    train(widget, wait)
    assert "must" in sentence(widget)
    assert widget.form.isEnabled()


def test_without_a_file_to_write_it_says_so(make_widget, feed, patched, labels, wait, sentence):
    widget = make_widget(OWLCNNTraining)
    feed(widget, patches=patched, labels=labels)
    train(widget, wait)
    assert "Model to write" in sentence(widget)


def test_parameters_come_back(make_widget):
    given = {
        "model_file": "m.safetensors",
        "training_files": ["a.h5", "b.h5"],
        "network": "lcnn-paper",
        "n_epochs": 7,
        "learning_rate": 0.0002,
        "dropout": 0.3,
        "device": "cuda:3",
    }
    widget = make_widget(OWLCNNTraining, **given)
    assert given.items() <= widget.form.values().items()
    assert widget.is_ready()
    widget._show_devices({"auto": "auto: cpu", "cpu": "cpu (2 threads)"}, "auto is the CPU.")
    assert widget.form.values()["device"] == "cuda:3"
    packed = widget.settingsHandler.pack_data(widget)["_ewoks_default_inputs"]
    assert given.items() <= packed.items()


def test_none_takes_the_labels_away(widget, feed):
    feed(widget, patches=None, labels=None)
    assert not widget.buttons.apply.isEnabled()
