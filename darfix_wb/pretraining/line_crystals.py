"""Simulated crystals as the detector of lines sees them, with what it should say."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import numpy

from ..detection.features import STRIDE, detector_features
from ..detection.targets import centre_lines, near
from ..dislocation_image import dislocation_image
from ..extraction import extract
from ..patches import default_patch_size
from .crystals import SimulatedCrystal, known_scans

SHAPE = (320, 384)


@dataclass(frozen=True)
class LineSample:
    """One crystal.

    Attributes
    ----------
    features : numpy.ndarray
        ``(21, rows, columns)`` float16, from `detector_features`.
    target : numpy.ndarray
        ``(2 * rows, 2 * columns)`` bool: pixels within 3 px of a line that shows.
    counted : numpy.ndarray
        ``(2 * rows, 2 * columns)`` bool: pixels whose target is known. Not those within 3 px of a
        line that does not show, nor dark ones.
    """

    features: numpy.ndarray
    target: numpy.ndarray
    counted: numpy.ndarray


def line_samples(
    n_crystals: int,
    seed: int,
    *,
    folder: str | os.PathLike | None = None,
    shape: tuple[int, int] = SHAPE,
    without_lines: bool = False,
) -> Iterator[LineSample]:
    """Random crystals of all materials; crystal `i` follows from ``seed + i`` alone.

    Parameters
    ----------
    n_crystals, seed, folder, without_lines
        As in `known_scans`.
    shape : tuple of int
        Rows and columns of the frames.
    """
    for crystal in known_scans(
        n_crystals, seed, folder=folder, shapes=(shape,), without_lines=without_lines
    ):
        yield line_sample(crystal)


def line_sample(crystal: SimulatedCrystal) -> LineSample:
    """What the detector sees of a crystal, and what it should say."""
    size = default_patch_size(crystal.scan.frame_shape)
    found = dislocation_image(extract(crystal.scan, patch_size=size, stride=size // 2))
    lines = crystal.truth.line_map
    target = near(centre_lines(lines, crystal.truth.shown_lines))
    counted = found.lit & (target | ~near(lines >= 0))
    features = detector_features(found).astype(numpy.float16)
    shape = tuple(STRIDE * side for side in features.shape[1:])
    missing = [(0, wanted - side) for wanted, side in zip(shape, target.shape, strict=True)]
    return LineSample(features, numpy.pad(target, missing), numpy.pad(counted, missing))
