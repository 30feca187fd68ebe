"""Pixels of the detector that are invalid in all layers."""

from __future__ import annotations

import dataclasses

import h5py
import numpy
import pytest

from darfix_wb.errors import OperationCancelled
from darfix_wb.progress import Monitor
from darfix_wb.simulation import (
    GridParameters,
    SampleParameters,
    ScanParameters,
    SimulationParameters,
    simulate_scan,
)
from darfix_wb.simulation import detector as camera
from darfix_wb.volume.common_mask import common_mask
from darfix_wb.volume.layer import Layer
from darfix_wb.volume.options import LayerOptions
from darfix_wb.volume.region import Region

SHAPE = (128, 160)
LEVEL = 15.0
"""Counts by which a warm pixel stands out that is to be found; the dark noise is 4."""

WARM, HOT, DEAD = (20, 30), (64, 64), (100, 7)


def write(path, frames):
    with h5py.File(path, "w") as file:
        file["1.1/instrument/pco_ff/data"] = frames.astype(numpy.uint16)
        file["1.1/instrument/positioners/phi"] = numpy.arange(len(frames)) * 0.004
    return Layer(str(path), path.name)


@pytest.fixture
def make_layers(tmp_path):
    """Layers of one sensor, each with bright spots and a line of its own."""

    def make(count, *, shape=(128, 160)):
        rng = numpy.random.default_rng(0)
        pattern = rng.normal(102, 1.8, shape)
        pattern[WARM] += 14
        pattern[HOT] += 900
        curve = 300 * numpy.exp(-0.5 * (numpy.arange(-6, 7) / 1.5) ** 2)
        layers = []
        for number in range(count):
            signal = curve[:, None, None] * rng.gamma(4, 0.25, shape)
            frames = pattern + rng.normal(0, 4, signal.shape) + signal
            frames[:, 40, 11 * number + 5] += 400
            frames[:, 50 + 3 * number, 90:120] += 60
            frames[:, DEAD[0], DEAD[1]] = 55 + rng.normal(0, 2, len(frames))
            layers.append(write(tmp_path / f"layer_{number}.h5", frames))
        return layers

    return make


def test_what_is_in_all_layers_and_not_what_is_in_one(make_layers):
    found = common_mask(make_layers(7), LayerOptions())
    assert found.invalid.shape == SHAPE
    assert all(found.invalid[place] for place in (WARM, HOT, DEAD))
    assert found.invalid.sum() <= 3 + 3
    assert not found.invalid[40].any()
    assert found.reasons["invalid in most layers"] >= 1
    assert found.reasons["warm or dead in the median over layers"] >= 1
    assert not found.zeros_are_counts


def test_of_a_region(make_layers):
    region = Region(10, 110, 4, 90)
    found = common_mask(make_layers(5), LayerOptions(region=region))
    assert found.invalid.shape == region.shape
    for row, column in (WARM, HOT, DEAD):
        assert found.invalid[row - region.top, column - region.left]


def test_layers_that_cannot_be_read_are_left_aside(make_layers, tmp_path):
    layers = make_layers(5)
    (tmp_path / "layer_1.h5").write_bytes(b"no HDF5")
    assert "invalid in most layers" in common_mask(layers, LayerOptions()).reasons
    for number in (0, 2, 3, 4):
        (tmp_path / f"layer_{number}.h5").unlink()
    assert common_mask(layers, LayerOptions()) is None
    assert common_mask([], LayerOptions()) is None


def test_it_is_cancelled_and_reports(make_layers):
    layers, seen = make_layers(3), []
    common_mask(layers, LayerOptions(), monitor=Monitor(seen.append))
    assert seen[-1] == 1.0
    assert seen == sorted(seen)
    with pytest.raises(OperationCancelled):
        common_mask(layers, LayerOptions(), monitor=Monitor(cancelled=lambda: True))


@pytest.mark.slow
def test_warm_pixels_of_simulated_layers_and_no_line(tmp_path, monkeypatch):
    """One sensor, one crystal in seven layers, noise of its own in each."""

    def parameters(number):
        return SimulationParameters(
            sample=SampleParameters(
                upstream_um=10, exit_um=15, subgrain_um=15, layer_z_um=number - 3.0
            ),
            scan=ScanParameters(shape=SHAPE, steps=15, step_deg=0.005, seed=number),
            grid=GridParameters(row_px=4, column_px=4, layer_cell_um=0.15, exit_cell_um=1.0),
        )

    other = dataclasses.replace(parameters(0), scan=ScanParameters(shape=SHAPE, seed=99))
    sensor = camera.make_sensor(other)
    monkeypatch.setattr("darfix_wb.simulation.scan.make_sensor", lambda _: sensor)
    layers, lines = [], numpy.zeros(SHAPE, bool)
    for number in range(7):
        scan = simulate_scan(parameters(number))
        lines |= scan.truth.dislocation_mask > 0
        layers.append(write(tmp_path / f"layer_{number}.h5", scan.frames))
    found = common_mask(layers, LayerOptions()).invalid
    excess = sensor.dark_adu_per_s - parameters(0).detector.dark_adu_per_s
    bad = excess > 0
    bad[tuple(sensor.dead.T)] = True
    assert found[excess > LEVEL].mean() > 0.95
    assert (found & ~bad).sum() <= 2e-4 * bad.size
    assert lines.any()
    assert not (found & ~bad)[lines].any()
