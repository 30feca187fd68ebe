"""Small scans, written as the beamlines write them."""

from __future__ import annotations

import h5py
import numpy
import pytest


@pytest.fixture
def write_bliss(tmp_path):
    """Writes an HDF5 file with the layout of BLISS."""

    def write(frames, positions, name="scan.h5", entry="1.1", detector="pco_ff/data", **options):
        path = tmp_path / name
        with h5py.File(path, "a") as file:
            instrument = file.require_group(f"{entry}/instrument")
            instrument.create_dataset(detector, data=frames, **options)
            for motor, values in positions.items():
                instrument[f"positioners/{motor}"] = values
        return path

    return write


@pytest.fixture
def frames():
    """``(6, 12, 10)`` uint16, each frame different."""
    return numpy.random.default_rng(0).integers(90, 4000, (6, 12, 10), dtype=numpy.uint16)
