"""Labelled patches in memory, in counts, so that augmentation can happen before scaling."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy

from ..beam import CONDITION_NAMES
from ..errors import DarfixWBError
from ..extraction import PatchedScan
from ..labels import LabelMap
from ..memory import free_memory
from ..patches import PatchGrid
from ..progress import SILENT, Monitor

LARGEST_SIGNAL = 60_000.0
"""Float16 ends at 65,504."""

MEMORY_SHARE = 0.5
"""Part of the machine's free memory that the patches may take."""


@dataclass(frozen=True)
class TrainingSet:
    """Patches of known condition, with some surroundings, and where they come from.

    Attributes
    ----------
    signals : numpy.ndarray
        ``(n, window, window)`` float16, counts above dark in units of `sigma`; the patch is the
        centre of its window. Half precision errs by 0.05 %, far less than the shot noise.
    sigma : numpy.ndarray
        ``(n,)`` float32, standard deviation of a dark pixel of the patch's scan, counts.
    targets : numpy.ndarray
        ``(n,)`` uint8, the `BeamCondition`.
    scan, frame : numpy.ndarray
        ``(n,)`` int32, indices of the scan and of the frame in it.
    patch_size : int
        Side of a patch in pixels.
    """

    signals: numpy.ndarray
    sigma: numpy.ndarray
    targets: numpy.ndarray
    scan: numpy.ndarray
    frame: numpy.ndarray
    patch_size: int

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def margin(self) -> int:
        """Pixels around each patch."""
        return (self.signals.shape[1] - self.patch_size) // 2

    @property
    def frame_keys(self) -> numpy.ndarray:
        """``(n,)`` int64: equal where patches share scan and frame."""
        return self.scan.astype(numpy.int64) << 32 | self.frame

    def select(self, patches: numpy.ndarray) -> TrainingSet:
        """The patches with these indices, or where a mask is true."""
        names = ("signals", "sigma", "targets", "scan", "frame")
        return replace(self, **{name: getattr(self, name)[patches] for name in names})

    def of_classes(self, classes: Collection[int]) -> TrainingSet:
        """The patches of these conditions; itself where that is all of them."""
        known = numpy.isin(self.targets, [int(condition) for condition in classes])
        return self if known.all() else self.select(known)

    def centres(self, patches: numpy.ndarray | slice = slice(None)) -> numpy.ndarray:
        """``(n, patch_size, patch_size)`` float16: the patches without their surroundings."""
        inner = slice(self.margin, self.margin + self.patch_size)
        return self.signals[patches, inner, inner]


def gather(
    patched: PatchedScan,
    labels: LabelMap,
    *,
    margin: int = 0,
    scan_index: int = 0,
    monitor: Monitor = SILENT,
) -> TrainingSet:
    """The labelled patches of a scan; its labelled frames are read once, one at a time.

    Parameters
    ----------
    patched : PatchedScan
        The scan and its patches.
    labels : LabelMap
        Conditions; ambiguous and unlabelled patches are left out.
    margin : int
        Pixels to keep around each patch (see `augment.margin_for`); beyond the frame's border
        they are reflected.
    scan_index : int
        Number that `TrainingSet.scan` gets.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Raises
    ------
    DarfixWBError
        If the labels were made on another grid, or the patches do not fit in memory.
    """
    labels.check_fits(patched.scan.n_frames, patched.grid)
    wanted = labels.trainable.reshape(labels.n_frames, -1)
    window = patched.grid.patch_size + 2 * margin
    signals = allocate_signals(int(wanted.sum()), window)
    frames, patches = numpy.nonzero(wanted)
    start = 0
    for frame in numpy.unique(frames):
        monitor.check("Gathering the labelled patches was cancelled.")
        here = patches[frames == frame]
        _cut_windows(patched, int(frame), here, margin, signals[start : start + len(here)])
        start += len(here)
    return TrainingSet(
        signals,
        numpy.full(len(frames), patched.background.sigma, dtype=numpy.float32),
        labels.values.reshape(labels.n_frames, -1)[frames, patches],
        numpy.full(len(frames), scan_index, dtype=numpy.int32),
        frames.astype(numpy.int32),
        patched.grid.patch_size,
    )


def concatenate(parts: Sequence[TrainingSet]) -> TrainingSet:
    """Several sets as one.

    Raises
    ------
    DarfixWBError
        If their patches differ in size, or they do not fit in memory together.
    """
    if len(parts) == 1:
        return parts[0]
    sizes = {(part.patch_size, part.margin) for part in parts}
    if len(sizes) != 1:
        raise DarfixWBError(
            "All scans must be cut into patches of one size, got patch_size "
            f"{sorted(size for size, _ in sizes)}. Extract them with the same patch_size."
        )
    signals = allocate_signals(sum(map(len, parts)), parts[0].signals.shape[1])
    numpy.concatenate([part.signals for part in parts], out=signals)
    names = ("sigma", "targets", "scan", "frame")
    joined = {name: numpy.concatenate([getattr(part, name) for part in parts]) for name in names}
    return TrainingSet(signals, patch_size=parts[0].patch_size, **joined)


def describe_counts(sets: Sequence[TrainingSet]) -> dict[str, int]:
    """Number of patches by name of their condition."""
    targets = numpy.concatenate([numpy.empty(0, numpy.uint8), *(one.targets for one in sets)])
    values, counts = numpy.unique(targets, return_counts=True)
    return {CONDITION_NAMES[int(v)]: int(n) for v, n in zip(values, counts, strict=True)}


def _cut_windows(
    patched: PatchedScan, frame: int, patches: numpy.ndarray, margin: int, out: numpy.ndarray
) -> None:
    grid: PatchGrid = patched.grid
    signal = patched.background.subtract(patched.scan.frame(frame))
    signal /= numpy.float32(patched.background.sigma)
    numpy.clip(signal, -LARGEST_SIGNAL, LARGEST_SIGNAL, out=signal)
    missing = [
        (margin, padded - side + margin)
        for padded, side in zip(grid.padded_shape, grid.frame_shape, strict=True)
    ]
    padded = numpy.pad(signal, missing, mode="reflect")
    window = out.shape[1]
    for index, (row, column) in enumerate(grid.origins[patches]):
        out[index] = padded[row : row + window, column : column + window]


def allocate_signals(n_patches: int, window: int) -> numpy.ndarray:
    """Room for ``(n_patches, window, window)`` float16.

    Raises
    ------
    DarfixWBError
        With the memory needed and the memory free, where the first exceeds half of the second.
    """
    needed = 2 * n_patches * window**2
    free = free_memory()
    if free is not None and needed > MEMORY_SHARE * free:
        raise DarfixWBError(
            f"The {n_patches} labelled patches must fit in {MEMORY_SHARE:.0%} of the free memory "
            f"({free / 1e9:.1f} GB), and they need {needed / 1e9:.1f} GB. Label fewer frames, or "
            "use "
            "a larger stride."
        )
    return numpy.empty((n_patches, window, window), dtype=numpy.float16)
