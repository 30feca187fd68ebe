"""Scans that are sums of three known curves, and a tilted crystal with an unlit margin."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.decomposition.regions import Regions
from darfix_wb.extraction import PatchedScan, extract
from darfix_wb.normalization import Background
from darfix_wb.patches import PatchGrid
from darfix_wb.scan import RockingScan


@pytest.fixture(scope="session")
def patched_of():
    """Makes a patched scan of frames whose dark level is 0, with noise of 1 count."""

    def make(frames, patch_size=8, curves=None) -> PatchedScan:
        frames = numpy.asarray(frames, dtype="float32")
        scan = RockingScan(frames, numpy.arange(len(frames)), curves=curves)
        grid = PatchGrid(scan.frame_shape, patch_size)
        means = numpy.stack([grid.means(frame) for frame in frames])
        return PatchedScan(scan, grid, Background(0.0, 1.0), means)

    return make


@pytest.fixture(scope="session")
def mixture():
    """Makes ``(n_frames, 32, 40)`` log2 counts of three curves, and the shares of each.

    The regions of `three_regions` show one curve alone, the others any mixture.
    """

    def make(n_frames=12, noise=0.0, seed=0):
        rng = numpy.random.default_rng(seed)
        steps = numpy.arange(n_frames)[:, None]
        middle = (n_frames - 1) / 2
        curves = numpy.exp(-0.5 * ((steps - middle - [0, -3, 3]) / [2.0, 1.5, 1.5]) ** 2)
        shares = rng.uniform(0, 4, (3, 32, 40))
        for number in range(3):
            pure = numpy.eye(3)[number] * 6
            shares[:, 8 * number : 8 * number + 8, :8] = pure[:, None, None]
        logs = 1 + numpy.einsum("kj,jyx->kyx", curves, shares)
        return logs + rng.normal(0, noise, logs.shape), curves, shares

    return make


@pytest.fixture(scope="session")
def three_regions():
    """Of `mixture`."""
    return Regions((0, 0, 8, 8), (8, 0, 8, 8), (16, 0, 8, 8))


@pytest.fixture(scope="session")
def tilted(make_scan):
    """21 frames of 64x96 px, whose left and right half peak half a width apart."""
    return extract(make_scan(n_steps=21, tilt=0.004), patch_size=16)


@pytest.fixture(scope="session")
def truth():
    """Says what is weak (beyond 2 widths) and what strong (within 1) in scans of `make_scan`."""

    def say(patched, tilt=0.004, width=0.008, middle=40):
        centre = patched.grid.origins[:, 1].reshape(patched.grid.shape) + 8
        peak = numpy.where(centre < middle, -tilt, tilt)
        z = numpy.abs(patched.scan.angles[:, None, None] - peak) / width
        return (z > 2) & ~patched.empty, (z < 1) & ~patched.empty

    return say
