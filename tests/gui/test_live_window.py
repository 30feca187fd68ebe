"""The window that follows a scan, while a thread records one."""

from __future__ import annotations

import threading
import time

import h5py
import numpy
import pytest
from silx.gui import qt

from darfix_wb.beam import BeamCondition
from darfix_wb.errors import DarfixWBError
from darfix_wb.gui.live import window as live_window
from darfix_wb.gui.live.frame_plot import LastFrame
from darfix_wb.gui.live.window import LiveWindow, show_window
from darfix_wb.io.classification_files import read_classification
from darfix_wb.live.following import LiveFrame
from darfix_wb.live.options import LiveOptions
from darfix_wb.patches import PatchGrid


@pytest.fixture(autouse=True)
def _one_thread(one_thread):
    """In every test."""


@pytest.fixture(scope="module")
def rocking(make_scan):
    """11 frames of 128x128 px."""
    return make_scan(shape=(128, 128), seed=3)


@pytest.fixture
def record(rocking, tmp_path):
    """Records a scan, as far as `n_frames`, from a thread."""
    threads = []

    def write(path, n_frames, is_over):
        scan = rocking
        with h5py.File(path, "w") as file:
            entry = file.create_group("1.1")
            data = entry.create_dataset(
                "instrument/pco_ff/data", (0, 128, 128), "u2", maxshape=(None, 128, 128),
                chunks=(1, 128, 128), compression=1,
            )  # fmt: skip
            positions = entry.create_dataset("instrument/mu/value", (0,), "f8", maxshape=(None,))
            positions.attrs["units"] = "deg"
            for index in range(n_frames):
                for dataset, values in ((data, scan.frames), (positions, scan.angles)):
                    dataset.resize(index + 1, axis=0)
                    dataset[index] = values[index]
                file.flush()
                time.sleep(0.03)
            if is_over:
                entry["end_time"] = "2026-11-28T17:00:00+01:00"

    def record(n_frames=11, is_over=True):
        path = tmp_path / "scan.h5"
        threads.append(threading.Thread(target=write, args=(path, n_frames, is_over)))
        threads[-1].start()
        return LiveOptions(
            str(path), str(tmp_path / "live.h5"), poll_s=0.02, timeout_s=20, device="cpu"
        )

    yield record
    for thread in threads:
        thread.join()


@pytest.fixture
def until(app):
    """Lets Qt work until something holds."""

    def until(condition, seconds=60.0):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it did not happen in time"
            app.processEvents()
            time.sleep(0.005)

    return until


def test_a_scan_from_its_first_frame_to_its_result(record, show, until):
    window = show(LiveWindow(record()))
    assert window.view.text.startswith("Waiting for ")
    window.begin()
    until(lambda: window.view.n_frames > 3)
    assert window.stop_button.isEnabled()
    until(lambda: not window.stop_button.isEnabled())
    assert window.exit_status == 0
    assert "The scan ended with 11 frames. Written to " in window.state.text()
    assert window.view.counters.text().startswith("11 frames. The last: weak ")
    plot = window.view.frame.plot
    assert plot.getGraphTitle() == "mu = 0.0400 deg  (frame 10)"
    assert plot.getImage("frame").getData().shape == (128, 128)
    assert window.view.shares.plot.getCurve("ambiguous") is None
    shares = window.view.shares.plot.getCurve("strong")
    angles, strong = shares.getXData(), shares.getYData()
    numpy.testing.assert_allclose(angles, numpy.linspace(-0.04, 0.04, 11))
    assert strong[5] > 50 > 10 > strong[[0, -1]].max()
    assert read_classification(window.session._output).n_frames == 11


def test_stop_keeps_what_there_is(record, show, until, tmp_path):
    window = show(LiveWindow(record(4, is_over=False)))
    window.begin()
    until(lambda: window.view.n_frames == 4)
    begin = time.monotonic()
    window.stop_button.click()
    until(lambda: window.state.text() == "Stopped after 4 frames.")
    assert time.monotonic() - begin < 5
    assert window.exit_status == live_window.EXIT_CANCELLED
    beam_map = read_classification(tmp_path / "live.h5")
    assert beam_map.n_frames == 4
    assert beam_map.warnings[0].startswith("Preliminary")


def test_what_cannot_be_followed_is_said(tmp_path, show, until):
    options = LiveOptions(str(tmp_path / "no.h5"), str(tmp_path / "live.h5"), timeout_s=0.3)
    window = show(LiveWindow(options))
    window.begin()
    until(lambda: not window.stop_button.isEnabled())
    assert "none came" in window.state.text()
    assert window.view.text == window.state.text()
    assert window.exit_status == live_window.EXIT_ERROR


def test_large_frames_are_drawn_as_the_screen_can_show_them(show):
    large = numpy.arange(2560 * 2160, dtype="uint32").reshape(2560, 2160)
    conditions = numpy.full((3, 3), BeamCondition.WEAK, dtype="uint8")
    last = show(LastFrame())
    grid = PatchGrid(large.shape, 1024, 1024)
    last.show_frame(LiveFrame(0, large, 0.0, 0.0), conditions, grid, "large")
    show(last)
    width, height = last.plot.getPlotBoundsInPixels()[2:]
    for name in ("frame", "conditions"):
        rows, columns = last.plot.getImage(name).drawn.shape
        assert rows < 2 * height
        assert columns < 2 * width
    assert last._counts_at(2159.0, 2559.0) == large[-1, -1]
    assert last._counts_at(2160.0, 0.0) == "-"


def test_the_command_shows_the_window_until_it_is_closed(app, record, tmp_path, until):
    options = record()

    def close():
        windows = [one for one in app.topLevelWidgets() if isinstance(one, LiveWindow)]
        if windows and windows[0].exit_status == 0:
            windows[0].close()

    timer = qt.QTimer()
    timer.timeout.connect(close)
    timer.start(50)
    assert show_window(options) == 0
    timer.stop()
    assert read_classification(tmp_path / "live.h5").n_frames == 11


def test_wrong_options_open_no_window(tmp_path):
    (tmp_path / "live.h5").write_text("mine")
    with pytest.raises(DarfixWBError, match="must be a new file"):
        LiveWindow(LiveOptions(str(tmp_path / "scan.h5"), str(tmp_path / "live.h5")))
