"""Scans with one thing that is not as it should be."""

from __future__ import annotations

from dataclasses import replace

import numpy
import pytest

from darfix_wb.extraction import extract
from darfix_wb.pixels import PixelMask
from darfix_wb.scan import RockingScan


@pytest.fixture(scope="session")
def fine(make_scan):
    """31 frames of 96x128 px with a peak of five frames, the last 16 columns unlit."""
    return make_scan(shape=(96, 128), n_steps=31, seed=2)


@pytest.fixture(scope="session")
def with_frames(fine):
    """The fine scan with other frames, and more that is replaced."""

    def with_frames(frames, **changes) -> RockingScan:
        return replace(fine, frames=frames, **changes)

    return with_frames


@pytest.fixture(scope="session")
def cut():
    """Patches of 16 px."""

    def cut(scan, **options):
        return extract(scan, patch_size=16, **options)

    return cut


@pytest.fixture(scope="session")
def lines(fine):
    """Lines of the fine scan's frames, each with its own angles; every second one backwards."""

    def lines(n_lines, *, zigzag=False, shift=0.0) -> RockingScan:
        n = fine.n_frames
        order = [numpy.arange(n)[:: -1 if zigzag and line % 2 else 1] for line in range(n_lines)]
        angles = [
            fine.angles[frames] + (shift if zigzag and line % 2 else 0.0)
            for line, frames in enumerate(order)
        ]
        frames = numpy.concatenate([fine.frames[one] for one in order])
        curves = [line * n + numpy.argsort(one, kind="stable") for line, one in enumerate(angles)]
        return RockingScan(frames, numpy.concatenate(angles), "phi", "degree", curves)

    return lines


@pytest.fixture(scope="session")
def masked():
    """A scan with a mask of invalid pixels."""

    def masked(scan, invalid, reasons) -> RockingScan:
        return replace(scan, mask=PixelMask(invalid, reasons))

    return masked
