"""Patches whose rocking curves are given by a formula."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.extraction import PatchedScan
from darfix_wb.normalization import Background
from darfix_wb.patches import PatchGrid
from darfix_wb.scan import RockingScan


@pytest.fixture(scope="session")
def with_curves():
    """Makes a scan from ``(n_frames, n_patches)`` curves, background 0 +- 1 count."""

    def make(angles, values, curves=None) -> PatchedScan:
        values = numpy.asarray(values, dtype=float)
        frames = numpy.zeros((len(values), 16, 16 * values.shape[1]), dtype="float32")
        scan = RockingScan(frames, angles, curves=curves)
        grid = PatchGrid(scan.frame_shape, 16)
        return PatchedScan(scan, grid, Background(0.0, 1.0), values[:, None, :])

    return make


@pytest.fixture(scope="session")
def gaussian():
    """A peak of 1000 counts."""

    def curve(angles, centre=0.0, width=1.0, height=1000.0):
        return height * numpy.exp(-0.5 * ((numpy.asarray(angles) - centre) / width) ** 2)

    return curve
