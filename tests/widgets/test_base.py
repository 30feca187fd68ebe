"""What every widget does: runs, stops, tells of errors and keeps its parameters."""

import ast
import subprocess
import sys
import time

import pytest

from darfix_wb.gui import threads
from orangecontrib.darfix_wb.widgets.patch_extraction import OWPatchExtraction

SLOW = {"patch_size": 32, "stride": 1}


@pytest.fixture
def slow(make_widget, feed, slow_dataset, wait):
    """A widget in the middle of a run."""
    widget = make_widget(OWPatchExtraction, **SLOW)
    feed(widget, until_done=False, dataset=slow_dataset)
    wait(lambda: widget.progressBarValue > 0)
    return widget


def is_idle(widget):
    return (
        widget.view.isEnabled()
        and widget.form.isEnabled()
        and not widget.buttons.abort.isEnabled()
        and widget.processingState == 0
    )


def test_view_and_form_are_disabled_while_it_runs(slow):
    assert not slow.view.isEnabled()
    assert not slow.form.isEnabled()
    assert slow.buttons.abort.isEnabled()
    assert slow.processingState == 1


def test_abort_within_a_second(slow, wait):
    start = time.monotonic()
    slow.buttons.abort.click()
    wait(lambda: not slow.is_running())
    assert time.monotonic() - start < 1
    assert is_idle(slow)
    assert not slow.Error.active
    assert len(slow.Information.active) == 1


def test_deleted_while_it_runs(slow):
    start = time.monotonic()
    executor = slow.task_run
    slow.onDeleteWidget()
    assert time.monotonic() - start < 1.5
    assert not executor.isRunning()


def test_the_process_ends_though_a_widget_runs():
    code = """
import sys, time
sys.path.insert(0, ".")
from silx.gui import qt
app = qt.QApplication([])
import numpy
from darfix_wb.gui.job import Job

def endless(monitor):
    while True:
        monitor.check("The job was cancelled.")
        time.sleep(0.01)

job = Job(endless)
job.begin()
del job
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert threads.LAST_SECONDS < 60


def test_the_process_ends_though_a_task_runs():
    code = """
import sys, time
sys.path.insert(0, ".")
from silx.gui import qt
app = qt.QApplication([])
from darfix_wb.errors import OperationCancelled
from darfix_wb.tasks.base import CancellableTask, TaskInputs
from orangecontrib.darfix_wb.widgets._base import OWBeamWidget

class Endless(CancellableTask, input_model=TaskInputs):
    def run(self):
        print("started", flush=True)
        while not self.is_cancelled():
            time.sleep(0.01)
        print("stopped", flush=True)
        raise OperationCancelled("It was cancelled.")

class OWEndless(OWBeamWidget, ewokstaskclass=Endless):
    name = "Endless"
    _ewoks_inputs_to_hide_from_orange = ()

    def create_view(self):
        return qt.QWidget()

widget = OWEndless()
widget.apply()
time.sleep(0.5)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "started\nstopped\n"), done.stderr


def test_none_during_a_run_stops_it(slow, feed):
    feed(slow, dataset=None)
    assert slow.result("patches") is None
    assert is_idle(slow)
    assert not slow.Error.active
    assert not slow.buttons.apply.isEnabled()


def test_new_data_during_a_run_start_it_again(slow, feed, dataset):
    feed(slow, dataset=dataset)
    assert slow.result("patches").scan.n_frames == 11
    assert is_idle(slow)


def test_an_error_is_one_sentence_and_the_state_is_restored(make_widget, feed, dataset, sentence):
    widget = make_widget(OWPatchExtraction, patch_size=4000)
    feed(widget, dataset=dataset)
    assert sentence(widget).startswith("patch_size must be at least 8 px")
    assert is_idle(widget)
    widget.form["patch_size"].widget.setValue(16)
    assert not widget.Error.active
    feed(widget, dataset=dataset)
    assert widget.result("patches").grid.shape == (4, 6)


def test_what_is_no_dataset_is_refused_in_a_sentence(make_widget, feed, sentence):
    widget = make_widget(OWPatchExtraction)
    feed(widget, dataset="a text")
    assert "dataset" in sentence(widget)
    assert is_idle(widget)


def test_parameters_are_saved_at_each_change_as_literals(make_widget):
    widget = make_widget(OWPatchExtraction)
    before = widget.settingsHandler.pack_data(widget)
    widget.form["patch_size"].widget.setValue(32)
    widget.form["rocking_motor"].widget.setText("chi")
    after = widget.settingsHandler.pack_data(widget)
    assert before["_ewoks_default_inputs"] == {}
    assert after["_ewoks_default_inputs"] == {"patch_size": 32, "rocking_motor": "chi"}
    assert ast.literal_eval(repr(after["_ewoks_default_inputs"])) == after["_ewoks_default_inputs"]


def test_parameters_come_back(make_widget):
    saved = {"patch_size": 24, "stride": 12, "dark": 99.5, "rocking_motor": "phi"}
    saved |= {"mask_file": "mask.npy", "skip_frames": "3,7:9"}
    widget = make_widget(OWPatchExtraction, **saved)
    assert widget.form.values() == saved


def test_the_engine_sets_parameters_and_the_form_shows_them(make_widget):
    widget = make_widget(OWPatchExtraction)
    widget.update_default_inputs(patch_size=48)
    assert widget.form.values()["patch_size"] == 48


def test_reset_goes_back_to_the_defaults(make_widget):
    widget = make_widget(OWPatchExtraction, patch_size=24, dark=5.0)
    widget.buttons.reset.click()
    assert widget.form.values()["patch_size"] is None
    assert widget.form.values()["dark"] is None
    assert widget._ewoks_default_inputs == {}


def test_ok_runs_what_was_changed_and_closes(make_widget, feed, dataset, wait):
    widget = make_widget(OWPatchExtraction, patch_size=16)
    feed(widget, dataset=dataset)
    widget.show()
    widget.form["patch_size"].widget.setValue(32)
    widget.buttons.ok.click()
    wait(lambda: not widget.isVisible())
    assert widget.result("patches").grid.patch_size == 32


def test_ok_stays_open_after_an_error(make_widget, feed, dataset, wait):
    widget = make_widget(OWPatchExtraction, patch_size=16)
    feed(widget, dataset=dataset)
    widget.show()
    widget.form["patch_size"].widget.setValue(800)
    widget.buttons.ok.click()
    wait(lambda: not widget.is_running())
    assert widget.isVisible()
    assert widget.Error.active


def test_parameters_are_explained(make_widget):
    widget = make_widget(OWPatchExtraction)
    for name in widget.form.names:
        assert widget.form[name].widget.toolTip().endswith(".")
