"""Scans that are recorded by another process while a test follows them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy
import pytest

from darfix_wb.live.following import ScanFollower

WRITER = Path(__file__).with_name("writer.py")


class Recording:
    """A process of `writer.py`, and the scan that it writes."""

    def __init__(self, source, target, frames, angles, options):
        self.path, self.frames, self.angles = target, frames, angles
        command = [sys.executable, str(WRITER), str(source), str(target), *map(str, options)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def wait_for(self, line):
        """Until the process says so."""
        for found in self.process.stdout:
            if found.strip() == line:
                return
        raise AssertionError(f"the writer never said {line!r}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture(scope="module")
def rocking(make_scan):
    """11 frames of 128x128 px."""
    return make_scan(shape=(128, 128), seed=3)


@pytest.fixture
def record(tmp_path):
    """Begins to record frames and angles; all processes are ended after the test."""
    begun = []

    def record(*options, frames=None, angles=None, name="scan.h5"):
        if frames is None:
            frames = numpy.random.default_rng(0).integers(90, 4000, (9, 40, 50), dtype="uint16")
        if angles is None:
            angles = numpy.linspace(-0.04, 0.04, len(frames))
        source = tmp_path / f"source_{len(begun)}.npz"
        numpy.savez(source, frames=frames, angles=angles)
        begun.append(Recording(source, tmp_path / name, frames, angles, options))
        return begun[-1]

    yield record
    for one in begun:
        one.close()


@pytest.fixture
def follow():
    """Follows a scan to its end: the follower, and the frames that it gave."""

    def follow(path, **options):
        follower = ScanFollower(path, **{"poll_s": 0.01, "timeout_s": 5, **options})
        return follower, list(follower.frames())

    return follow
