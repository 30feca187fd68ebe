"""Small layers, written as the beamlines write them."""

from __future__ import annotations

import h5py
import numpy
import pytest
from fabio.edfimage import EdfImage

STEPS = 7


@pytest.fixture
def write_layer(tmp_path):
    """Writes one scan of a layer into a BLISS file."""

    def write(name, entry="1.1", *, shape=(16, 20), unit="mm", n_frames=STEPS, phi=None, **motors):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        angles = numpy.arange(n_frames) * 0.004 if phi is None else phi
        frames = numpy.random.default_rng(0).integers(90, 300, (n_frames, *shape))
        with h5py.File(path, "a") as file:
            group = file.create_group(entry)
            group["title"] = f"ascan phi 0 0.024 {n_frames - 1} 0.1"
            group["instrument/pco_ff/data"] = frames.astype(numpy.uint16)
            positioners = group.create_group("instrument/positioners")
            for motor, value in {"phi": angles, "mu": 1.5, **motors}.items():
                positioners[motor] = value
                positioners[motor].attrs["units"] = unit
        return path

    return write


@pytest.fixture
def write_edf_layer(tmp_path):
    """Writes the frames of a layer into EDF files of one frame each."""

    def write(pattern, *, shape=(16, 20), n_frames=STEPS, **motors):
        rng = numpy.random.default_rng(0)
        for number in range(n_frames):
            path = tmp_path / pattern.format(number)
            path.parent.mkdir(parents=True, exist_ok=True)
            at = {"phi": 0.004 * number, "mu": 1.5, **motors}
            header = {
                "motor_mne": " ".join(at),
                "motor_pos": " ".join(f"{value:.6f}" for value in at.values()),
            }
            frame = rng.integers(90, 300, shape).astype(numpy.uint16)
            EdfImage(data=frame, header=header).write(str(path))
        return path.parent

    return write
