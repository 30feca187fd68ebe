"""Changes of a scan that change nothing about its crystal."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy

from darfix_wb.scan import RockingScan

DRIFT = 0.3
WALK = 0.1
"""Of the beam, in full widths of its profile."""

LOWEST_DARK = 30.0


@dataclass(frozen=True)
class Measured:
    """A scan with what its detector is known to add.

    Attributes
    ----------
    scan : RockingScan
    dark : float
        Counts.
    """

    scan: RockingScan
    dark: float

    @property
    def above_dark(self) -> numpy.ndarray:
        """``(n_frames, height, width)`` float32."""
        return numpy.asarray(self.scan.frames, numpy.float32) - numpy.float32(self.dark)

    def with_frames(self, above_dark: numpy.ndarray, dark: float | None = None) -> RockingScan:
        """The scan with other counts, float32."""
        level = self.dark if dark is None else dark
        return dataclasses.replace(self.scan, frames=above_dark + numpy.float32(level))

    def part(self, kept: slice) -> RockingScan:
        """Some of its frames."""
        return RockingScan(self.scan.frames[kept], self.scan.angles[kept], "phi", "degree")


Change = Callable[[Measured, numpy.random.Generator], RockingScan]
"""The same crystal measured otherwise, with as many frames in the same order."""


def other_gain(measured: Measured, rng: numpy.random.Generator) -> RockingScan:
    """Counts above dark, noise and all, times 0.1 to 10."""
    return measured.with_frames(measured.above_dark * numpy.float32(10 ** rng.uniform(-1, 1)))


def other_offset(measured: Measured, rng: numpy.random.Generator) -> RockingScan:
    """Counts higher by 50 to 500, or lower by 50 and more where the dark level allows it."""
    offset = float(rng.uniform(50, 500)) * (1 if rng.random() < 0.5 else -1)
    dark = measured.dark + offset
    if dark < LOWEST_DARK:
        dark = measured.dark + abs(offset)
    return measured.with_frames(measured.above_dark, dark)


def exposure_drift(measured: Measured, rng: numpy.random.Generator) -> RockingScan:
    """Counts above dark times 0.7 to 1.3: at most once up or down in the scan."""
    time = numpy.linspace(0, 1, measured.scan.n_frames)
    turns, phase = rng.uniform(0.2, 0.5), rng.uniform(0, 2 * numpy.pi)
    factors = 1 + DRIFT * numpy.sin(2 * numpy.pi * turns * time + phase)
    return measured.with_frames(measured.above_dark * factors.astype(numpy.float32)[:, None, None])


def walking_beam(measured: Measured, rng: numpy.random.Generator) -> RockingScan:
    """A beam as wide as the frame that moves across it by a tenth of its width."""
    time = numpy.linspace(0, 1, measured.scan.n_frames)
    turns, phase = rng.uniform(0.3, 2.0), rng.uniform(0, 2 * numpy.pi)
    path = WALK / 2 * numpy.sin(2 * numpy.pi * turns * time + phase)
    return _lit_by(measured, path)


def resting_beam(measured: Measured) -> RockingScan:
    """What `walking_beam` is compared with: the same profile at rest."""
    return _lit_by(measured, numpy.zeros(measured.scan.n_frames))


CHANGES: dict[str, Change] = {
    "gain x0.1 to x10": other_gain,
    "offset": other_offset,
    "exposure drift of 30 %": exposure_drift,
    "walking beam": walking_beam,
}


def _lit_by(measured: Measured, path: numpy.ndarray) -> RockingScan:
    x = numpy.linspace(-0.5, 0.5, measured.scan.frame_shape[1])
    profile = numpy.exp(-4 * numpy.log(2) * (x - path[:, None]) ** 2)
    return measured.with_frames(measured.above_dark * profile.astype(numpy.float32)[:, None])
