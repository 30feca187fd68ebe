"""Scans: a small one of which everything is known, simulated and real ones; Qt without a screen."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from traceback import format_exception

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy
import pytest

from darfix_wb.scan import RockingScan
from darfix_wb.simulation import (
    GridParameters,
    SampleParameters,
    ScanParameters,
    SimulationParameters,
    simulate_scan,
    write_scan,
)

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Tests in the background ignore Ctrl-C, and so would the programs that they send it to.
    signal.signal(signal.SIGINT, signal.default_int_handler)

DARK, NOISE = 100.0, 4.0


@pytest.fixture(scope="session")
def make_scan():
    """Makes scans whose peak lies at angle 0, with an unlit margin on the right.

    The left half of the crystal peaks `tilt` below 0 and the right half as much above, so that
    there are frames half weak, half strong. Frames are blotchy where strong.
    """

    def make(
        shape=(64, 96), n_steps=11, seed=0, margin=16, tilt=0.0, width=0.008, dtype="uint16"
    ) -> RockingScan:
        rng = numpy.random.default_rng(seed)
        angles = numpy.linspace(-0.04, 0.04, n_steps)
        height, columns = shape
        peak = numpy.where(numpy.arange(columns) < (columns - margin) // 2, -tilt, tilt)
        curve = numpy.exp(-0.5 * ((angles[:, None] - peak) / width) ** 2)
        blotches = rng.gamma(2.0, 0.5, (-(-height // 4), -(-columns // 4)))
        blotches = blotches.repeat(4, 0).repeat(4, 1)[:height, :columns]
        signal = 900.0 * curve[:, None, :] * blotches + 12.0
        if margin:
            signal[..., -margin:] = 0
        counts = DARK + rng.normal(0, NOISE, signal.shape) + rng.poisson(signal)
        if numpy.dtype(dtype).kind in "ui":
            counts = counts.round().clip(0)
        frames = counts.astype(dtype)
        return RockingScan(frames, angles, motor="phi", unit="degree", source="silx:///scan.h5")

    return make


@pytest.fixture(scope="session")
def scan(make_scan):
    """11 frames of 64x96 px, the last 16 columns unlit; do not change it."""
    return make_scan()


@pytest.fixture(scope="session")
def simulated_layers(tmp_path_factory):
    """Files of two layers of one crystal, 64x96 px, 11 frames; do not change them."""
    folder = tmp_path_factory.mktemp("simulated")
    paths = []
    for layer in (0.0, 6.0):
        parameters = SimulationParameters(
            sample=SampleParameters(
                upstream_um=10, exit_um=15, subgrain_um=20, layer_z_um=layer, tilt_urad=20
            ),
            scan=ScanParameters(shape=(64, 96), steps=11, step_deg=0.006, seed=int(layer)),
            grid=GridParameters(row_px=4, column_px=4, layer_cell_um=0.15, exit_cell_um=1.0),
        )
        path = folder / f"layer_{layer:.0f}.h5"
        write_scan(path, simulate_scan(parameters))
        paths.append(path)
    return paths


VOLUME_SPACING_UM = (1.0, 0.2, 0.1)
VOLUME_LINES_UM = (
    ((0.0, 4.0, 2.0), (11.0, 12.0, 5.0)),
    ((0.0, 14.0, 8.0), (11.0, 9.0, 3.0)),
    ((0.0, 3.0, 6.5), (11.0, 5.0, 6.8)),
)


@pytest.fixture(scope="session")
def make_volume():
    """Writes the file of a volume of 12 layers of 96x96 px, with three lines through all layers.

    Ends of the lines are `VOLUME_LINES_UM`, (layer, row, column); of single layers `failed` there
    is a reason only. `motor` tells the positions of the layers, 1 um apart.
    """
    from darfix_wb.volume.layer import Layer
    from darfix_wb.volume.layout import create_volume
    from darfix_wb.volume.options import LayerOptions
    from darfix_wb.volume.outcome import LayerOutcome
    from darfix_wb.volume.plan import VolumePlan
    from darfix_wb.volume.result import LayerResult
    from darfix_wb.volume.volume_file import VolumeFile

    n_layers, shape = 12, (96, 96)

    def images(index, lines, plan):
        rng = numpy.random.default_rng(index)
        image = rng.normal(0, 1, shape)
        rows, columns = numpy.indices(shape)
        beads = numpy.zeros(shape)
        for start, end in lines:
            place = start + (numpy.array(end) - start) * index / (n_layers - 1)
            row, column = place[1:] / VOLUME_SPACING_UM[1:]
            beads += numpy.exp(-((rows - row) ** 2 + ((columns - column) / 2) ** 2) / 2)
        found = {picture.name: numpy.zeros(shape, "float32") for picture in plan.pictures}
        found["dislocation_image"] = (image + 20 * beads).astype("float32")
        found["line_probability"] = numpy.clip(beads, 0, 1).astype("float32")
        return found

    def make(path, *, lines=VOLUME_LINES_UM, motor="samz", failed=()):
        layers = tuple(
            Layer(f"layer_{index}.h5", f"layer_{index}", float(index) if motor else None)
            for index in range(n_layers)
        )
        plan = VolumePlan(
            layers, LayerOptions(), motor, "um" if motor else "", "a" * 64, "b" * 64, "", "cpu",
            frame_shape=shape, patch_size=16, stride=16, n_frames=3,
        )  # fmt: skip
        create_volume(path, plan)
        conditions = numpy.zeros(plan.conditions_shape, "uint8")
        with VolumeFile(path) as volume:
            for index in range(n_layers):
                if index in failed:
                    volume.write(LayerOutcome(index, 0.1, None, "It has no frames."))
                    continue
                result = LayerResult(images(index, lines, plan), conditions, {}, ())
                volume.write(LayerOutcome(index, 1.0, result))
        return path

    return make


@pytest.fixture(scope="session")
def volume_file(make_volume, tmp_path_factory):
    """A volume of three lines; do not change it."""
    return make_volume(tmp_path_factory.mktemp("volume") / "volume.h5")


@pytest.fixture(scope="session")
def app():
    """The one Qt application."""
    from silx.gui import qt

    return qt.QApplication.instance() or qt.QApplication([])


@pytest.fixture
def errors_in_slots(monkeypatch):
    """An error in a slot or a paint event, which Qt only prints, fails the test."""
    errors = []
    monkeypatch.setattr(sys, "excepthook", lambda *error: errors.append(format_exception(*error)))
    yield
    assert not errors, "\n".join(map("".join, errors))


@pytest.fixture
def one_thread():
    """Batches this small gain nothing from a second thread, and wait for it on a busy machine."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def real_data():
    """Folder of real scans."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("DARFIX_WB_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"no real scans in {folder}: set DARFIX_WB_DATA to their folder")
    return folder
