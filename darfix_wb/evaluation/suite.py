"""The suites: the shipped model and its rivals on samples that no training uses."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy

from ..extraction import PatchedScan, extract
from ..known_scan import KnownScan
from ..labels import LabelMap
from ..methods.method import MethodOptions
from ..patches import PatchGrid
from ..progress import SILENT, Monitor
from ..scan import RockingScan
from .goal import Measured, Parts
from .picking import plain_labels
from .protocol import Evaluation
from .scans import Cut, open_known_scans
from .splits import make_splits
from .standard_samples import (
    EXPOSURE,
    HARDER,
    HOME,
    OF_MATERIALS,
    OTHERS,
    SHAPE,
    simulate_samples,
)

LARGE_FRAME = (2160, 2560)
"""On which the time of a training is measured."""


@dataclass(frozen=True)
class Part:
    """Samples of the suite, methods, and what is asked of them.

    Attributes
    ----------
    name, title : str
        Of the part; the title for people.
    samples : tuple of str
        Of `standard_samples.SAMPLES`.
    methods, protocols : tuple of str
        What is run.
    budgets : tuple of int
        Labelled patches, for the protocol "budgets".
    """

    name: str
    title: str
    samples: tuple[str, ...]
    methods: tuple[str, ...]
    protocols: tuple[str, ...]
    budgets: tuple[int, ...] = (32,)


NETWORKS = ("lcnn", "lcnn-alone")
RULES = ("frame-threshold", "angle-rule")
IMAGES = ("matched", "detector")
DECOMPOSITIONS = ("gso", "pca", "nmf")

PARTS = (
    Part("home", "One sample, two layers", HOME, (*NETWORKS, "lcnn-paper", "resnet18", *RULES),
         ("leave-layer-out",)),
    Part("others", "Other samples", OTHERS, (*NETWORKS, *RULES), ("no-labels", "budgets")),
    Part("rules", "Other samples, rules fitted elsewhere", OTHERS, RULES, ("leave-sample-out",)),
    Part("exposure", "Exposure and profile change from frame to frame", EXPOSURE,
         (*NETWORKS, "angle-rule"), ("no-labels",)),
    Part("images", "Images of dislocations", OTHERS,
         (*IMAGES, "lcnn", *DECOMPOSITIONS, "darfix-nstd"), ("no-labels",)),
)  # fmt: skip
"""Of the suite "standard". Images of a brightness threshold, which needs labels, are those of the
part "rules"."""

STRANGER_PARTS = (
    Part("harder", "Aluminium drawn at random", tuple(HARDER), (*NETWORKS, "angle-rule"),
         ("no-labels",)),
    Part("materials", "Materials drawn at random", tuple(OF_MATERIALS), (*NETWORKS, "angle-rule"),
         ("no-labels",)),
)  # fmt: skip
"""Of the suite "strangers"."""

SUITES = {"standard": PARTS, "strangers": STRANGER_PARTS}


def open_samples(
    folder: Path,
    *,
    shape: tuple[int, int] = SHAPE,
    parts: Sequence[Part] = PARTS,
    monitor: Monitor = SILENT,
) -> dict[str, KnownScan]:
    """Simulate the samples of some parts and cut them into patches.

    Parameters
    ----------
    folder : pathlib.Path
        Keeps the simulated scans, to be found again by the next run.
    shape : tuple of int
        Rows and columns of the simulated frames.
    parts : sequence of Part
        What is to be run.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.
    """
    names = tuple(dict.fromkeys(name for part in parts for name in part.samples))
    paths = []
    for path in simulate_samples(folder, names, shape=shape):
        paths.append(path)
        monitor.report(len(paths) / len(names))
    return dict(zip(names, open_known_scans(paths, Cut()), strict=True))


def part_evaluation(
    part: Part, known: Mapping[str, KnownScan], n_seeds: int, options: MethodOptions
) -> tuple[Evaluation, tuple[str, ...]]:
    """The evaluation of a part, to be run, and what its splits say.

    Parameters
    ----------
    part : Part
        What to run.
    known : mapping
        From `open_samples`.
    n_seeds : int
        Repetitions of what draws at random.
    options : MethodOptions
        Of the methods.
    """
    scans = [known[name] for name in part.samples]
    splits = make_splits(scans, part.protocols, range(n_seeds), budgets=part.budgets)
    return Evaluation(scans, splits.splits, part.methods, options), splits.notes


def measured(cells: Parts, scan: KnownScan, *, device: str = "auto") -> Measured:
    """All that the goals ask for: the cells of the parts, and the shipped model itself."""
    from ..model import BeamModel, shipped_model_file

    parameters, macs = BeamModel.load().size()
    return Measured(
        cells,
        parameters=parameters,
        macs=macs,
        model_bytes=shipped_model_file().stat().st_size,
        training_seconds=training_seconds(scan, device=device),
    )


def training_seconds(scan: KnownScan, *, device: str = "auto") -> float:
    """Seconds to train on six labelled frames of 2160x2560 px, made by repeating those of a scan.

    Frames are extracted beforehand, as they are when they were labelled.
    """
    from ..training.options import FitOptions
    from ..training.trained_model import train_model

    patched, labels = _enlarged(scan.patched, plain_labels(scan))
    started = time.perf_counter()
    train_model([(patched, labels)], FitOptions(device=device))
    return time.perf_counter() - started


def _enlarged(patched: PatchedScan, labels: LabelMap) -> tuple[PatchedScan, LabelMap]:
    """The labelled frames, their whole patches repeated to `LARGE_FRAME`, and the labels too."""
    size = patched.grid.patch_size
    rows, columns = (side // size for side in patched.scan.frame_shape)
    frames = numpy.flatnonzero(labels.trainable.any(axis=(1, 2)))
    grid = PatchGrid(LARGE_FRAME, size)
    values = _tiled(labels.values[frames, :rows, :columns], grid.shape)
    whole = numpy.stack([patched.scan.frame(int(index)) for index in frames])
    stack = _tiled(whole[:, : rows * size, : columns * size], LARGE_FRAME)
    scan = RockingScan(stack, patched.scan.angles[frames])
    return extract(scan, patch_size=size), LabelMap(values, grid)


def _tiled(stack: numpy.ndarray, shape: tuple[int, int]) -> numpy.ndarray:
    """Images repeated to ``(n, *shape)``."""
    times = [-(-wanted // side) for wanted, side in zip(shape, stack.shape[1:], strict=True)]
    return numpy.tile(stack, (1, *times))[:, : shape[0], : shape[1]]
