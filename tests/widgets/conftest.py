"""Widgets without a screen, on a scan in a file and darfix's dataset of it."""

from __future__ import annotations

import time

import h5py
import numpy
import pytest
from darfix.tasks.dimension_definition import DimensionDefinition
from darfix.tasks.hdf5_data_selection import HDF5DataSelection

from darfix_wb.extraction import extract
from darfix_wb.scan import RockingScan

LONG = 20.0


@pytest.fixture(autouse=True)
def _errors_in_slots(errors_in_slots):
    """In every test."""


@pytest.fixture(scope="session")
def wait(app):
    """Lets Qt work until something holds."""

    def wait(holds, seconds=LONG):
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, "it took too long"
            app.processEvents()
            time.sleep(0.005)
        app.processEvents()

    return wait


@pytest.fixture(scope="session")
def make_dataset(tmp_path_factory):
    """A darfix dataset of frames and angles, read from a file."""

    def make(frames, angles, lazy=False):
        folder = tmp_path_factory.mktemp("scan")
        with h5py.File(folder / "scan.h5", "w") as file:
            file["1.1/instrument/pco_ff/data"] = frames
            file["1.1/instrument/positioners/phi"] = angles
        task = HDF5DataSelection(
            inputs={
                "raw_input_file": str(folder / "scan.h5"),
                "raw_detector_data_path": "/1.1/instrument/pco_ff/data",
                "raw_metadata_path": "/1.1/instrument/positioners",
                "treated_data_dir": str(folder / "processed"),
            }
        )
        task.execute()
        if lazy:
            return task.outputs.dataset
        dimensions = DimensionDefinition(inputs={"dataset": task.outputs.dataset})
        dimensions.execute()
        return dimensions.outputs.dataset

    return make


@pytest.fixture(scope="session")
def dataset(make_dataset, scan):
    return make_dataset(scan.frames, scan.angles)


@pytest.fixture(scope="session")
def slow_dataset(make_dataset):
    """Takes many seconds with a stride of 1."""
    frames = numpy.random.default_rng(0).poisson(100, (600, 96, 128)).astype("uint16")
    return make_dataset(frames, numpy.linspace(-1, 1, 600), lazy=True)


@pytest.fixture(scope="session")
def patched(scan):
    return extract(
        RockingScan(scan.frames, scan.angles, "phi", "degree", source=scan.source), patch_size=16
    )


@pytest.fixture
def make_widget(app, wait):
    """Makes widgets as the canvas does, with the settings of a workflow; deletes them after."""
    made = []

    def make(widget_class, **parameters):
        settings = {"_ewoks_default_inputs": parameters}
        widget = widget_class.__new__(widget_class, stored_settings=settings)
        widget.__init__()
        made.append(widget)
        return widget

    yield make
    for widget in made:
        if not widget._deleted:
            widget.onDeleteWidget()
        widget.close()
        widget.deleteLater()
    app.processEvents()


@pytest.fixture
def feed(wait):
    """Gives data to a widget as an upstream task does, and waits for the end of a run."""

    def feed(widget, until_done=True, **data):
        for name, value in data.items():
            widget.set_dynamic_input(name, value)
        widget.handleNewSignals()
        if until_done:
            wait(lambda: not widget.is_running())

    return feed


@pytest.fixture(scope="session")
def sentence():
    """The one sentence in a widget's message bar."""

    def sentence(widget):
        (message,) = widget.Error.active
        text = str(message)
        assert "\n" not in text
        return text

    return sentence
