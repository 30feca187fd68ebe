"""Rocking curves of patches that stand side by side, with what is known of them, for training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy
import torch

from ..beam import BeamCondition
from ..classification.frame_classifier import FrameClassifier
from ..extraction import PatchedScan
from ..model import BeamModel
from ..networks.context_features import FEATURES, context_features
from ..rocking_curves import LEAST_STEPS
from ..simulation.truth import STRONG_MS
from ..truth import PatchTruth

LEAST_MS = 1e-4
"""Multiple scattering below this counts as this, so that it has a logarithm."""

IMAGE_DROPPED = 0.25
CURVE_DROPPED = 0.2
"""Shares of the views that show the curves alone, and the images alone: each must do by itself."""

FEWER_STEPS_SHARE = 0.35
CROPPED_SHARE = 0.4
PART_SHARE = 0.2
LARGEST_SIDE = 10
EXPOSURE_SHARE = 0.4
AUTO_EXPOSURE_SHARE = 0.25
PROFILE_SHARE = 0.4

EXPOSURE_SPREAD = 0.7
EXPOSURE_DEGREES_OF_FREEDOM = 3
LONGEST_EXPOSURE = 2.5
LEAST_AUTO_EXPOSURE = 0.3
BRIGHT_QUANTILE = 0.9
PROFILE_SLOPE = 0.6
PROFILE_WALK = 0.3
OPINION_SCALE = 0.35
OPINION_SHIFT = 0.8
CURVE_NOISE = 0.3
"""How far the views go: log exposures from frame to frame (of Student's distribution, some being
far off), the part of a frame's own level that an automatic exposure takes away, log illumination
across the frame and its walk from frame to frame, logits of the single frames, and the noise of the
curves in its own units."""


@dataclass(frozen=True)
class CurveBlock:
    """The rocking curves of patches that stand side by side in a grid.

    Attributes
    ----------
    curves : numpy.ndarray
        ``(n_steps, rows, columns)``, mean counts above dark.
    angles : numpy.ndarray
        ``(n_steps,)``.
    noise : float
        As `PatchedScan.noise`.
    lit : numpy.ndarray
        ``(rows, columns)`` bool.
    logits : numpy.ndarray
        ``(n_steps, rows, columns, 3)`` of a network that was not trained on this crystal.
    log_spread : numpy.ndarray
        ``(n_steps, rows, columns)``.
    condition : numpy.ndarray
        ``(n_steps, rows, columns)`` of `BeamCondition`, the truth.
    log_multiple : numpy.ndarray
        ``(n_steps, rows, columns)``, decimal logarithm of the multiple scattering over its
        threshold.
    """

    curves: numpy.ndarray
    angles: numpy.ndarray
    noise: float
    lit: numpy.ndarray
    logits: numpy.ndarray
    log_spread: numpy.ndarray
    condition: numpy.ndarray
    log_multiple: numpy.ndarray

    def part(self, steps: slice, rows: slice, columns: slice) -> CurveBlock:
        """Some frames and patches, which may be reversed; `lit` stays what the whole scan says."""
        places = (steps, rows, columns)
        names = ("curves", "logits", "log_spread", "condition", "log_multiple")
        return CurveBlock(
            angles=self.angles[steps],
            noise=self.noise,
            lit=self.lit[rows, columns],
            **{name: getattr(self, name)[places] for name in names},
        )

    def features(self, image: bool = True, curve: bool = True) -> numpy.ndarray:
        """As `context_features`, with or without what the images and the curves say."""
        return context_features(
            self.curves,
            self.angles,
            self.noise,
            self.lit,
            self.logits,
            self.log_spread,
            image_known=image,
            curve_known=curve,
        )


def curve_blocks(
    patched: PatchedScan, truth: PatchTruth, model: BeamModel, *, device: str = "auto"
) -> list[CurveBlock]:
    """The rocking curves of a scan on each set of patches that stand side by side."""
    classifier = FrameClassifier(model, patched.grid, patched.background, device=device)
    logits, log_spread = classifier.look_at_scan(patched)
    whole = CurveBlock(
        patched.curves,
        patched.scan.angles,
        patched.noise,
        ~patched.empty,
        logits / numpy.float32(model.calibration.temperature),
        log_spread,
        truth.condition,
        numpy.log10(numpy.maximum(truth.multiple, LEAST_MS) / STRONG_MS),
    )
    n = patched.grid.patch_size // patched.grid.stride
    parts = (
        whole.part(slice(None), slice(row, None, n), slice(column, None, n))
        for row in range(n)
        for column in range(n)
    )
    return [part for part in parts if part.lit.any()]


@dataclass(frozen=True)
class Views:
    """A batch of blocks of unlike sizes, padded to the largest.

    Attributes
    ----------
    features, lit : torch.Tensor
        As `ContextNetwork` takes them.
    condition, log_multiple : torch.Tensor
        ``(n, n_steps, rows, columns)`` int64 and float32; EMPTY in padding.
    """

    features: torch.Tensor
    lit: torch.Tensor
    condition: torch.Tensor
    log_multiple: torch.Tensor


def random_view(
    block: CurveBlock, rng: numpy.random.Generator, *, image_known: bool = True
) -> tuple[CurveBlock, numpy.ndarray]:
    """Another scan that the same crystal might have given, and its features.

    Fewer and coarser steps, a peak that is cropped, flips, a reversed scan, exposures that change
    from frame to frame, by themselves or with the level, an uneven beam that wanders, noise, and
    single frames judged more or less surely. Some views show the curves alone, or the images alone;
    where the images are not known, all show the curves alone.
    """
    seen = block.part(_steps(len(block.angles), rng), *_places(block.lit.shape, rng))
    light = _exposures(seen, rng)[:, None, None] + _profiles(seen.curves.shape, rng)
    noise = rng.normal(0, CURVE_NOISE * block.noise, seen.curves.shape)
    logits = seen.logits * numpy.exp(rng.normal(0, OPINION_SCALE))
    logits[..., BeamCondition.STRONG] += rng.normal(0, OPINION_SHIFT)
    seen = replace(seen, curves=seen.curves * numpy.exp(light) + noise, logits=logits)
    dropped = rng.random() if image_known else 0.0
    return seen, seen.features(dropped >= IMAGE_DROPPED, dropped < 1 - CURVE_DROPPED)


def pad(views: Sequence[tuple[CurveBlock, numpy.ndarray]]) -> Views:
    """Blocks and their features as one batch."""
    shape = tuple(max(seen.curves.shape[axis] for seen, _ in views) for axis in range(3))
    n = len(views)
    features = numpy.zeros((n, *shape, len(FEATURES)), numpy.float32)
    lit = numpy.zeros((n, *shape, 1), numpy.float32)
    condition = numpy.full((n, *shape), BeamCondition.EMPTY, numpy.int64)
    log_multiple = numpy.zeros((n, *shape), numpy.float32)
    for index, (seen, of_block) in enumerate(views):
        here = (index, *map(slice, seen.curves.shape))
        features[here] = of_block
        lit[here] = seen.lit[..., None]
        condition[here] = seen.condition
        log_multiple[here] = seen.log_multiple
    return Views(*map(torch.from_numpy, (features, lit, condition, log_multiple)))


def _steps(n_steps: int, rng: numpy.random.Generator) -> slice:
    """Every frame, or every second or third; some cropped; half of them backwards."""
    every = int(rng.integers(2, 4)) if rng.random() < FEWER_STEPS_SHARE and n_steps >= 12 else 1
    indices = range(int(rng.integers(every)), n_steps, every)
    if rng.random() < CROPPED_SHARE and len(indices) > LEAST_STEPS + 1:
        n_kept = int(rng.integers(max(LEAST_STEPS, len(indices) // 3), len(indices) + 1))
        first = int(rng.integers(len(indices) - n_kept + 1))
        indices = indices[first : first + n_kept]
    return _as_slice(indices[::-1] if rng.random() < 0.5 else indices)


def _places(shape: tuple[int, int], rng: numpy.random.Generator) -> list[slice]:
    """All rows and columns or some that lie together, each axis turned round or not."""
    part = rng.random() < PART_SHARE
    places = []
    for side in shape:
        n_kept = int(rng.integers(1, side + 1)) if part else side
        n_kept = min(n_kept, LARGEST_SIDE)
        first = int(rng.integers(side - n_kept + 1))
        kept = range(first, first + n_kept)
        places.append(_as_slice(kept[::-1] if rng.random() < 0.5 else kept))
    return places


def _as_slice(indices: range) -> slice:
    stop = indices.stop if indices.stop >= 0 else None
    return slice(indices.start, stop, indices.step)


def _exposures(seen: CurveBlock, rng: numpy.random.Generator) -> numpy.ndarray:
    """``(n_steps,)``: logarithms of the exposures."""
    logs = numpy.zeros(len(seen.angles))
    if rng.random() < EXPOSURE_SHARE:
        drawn = rng.standard_t(EXPOSURE_DEGREES_OF_FREEDOM, len(logs))
        drawn *= rng.uniform(0, EXPOSURE_SPREAD)
        logs += numpy.clip(drawn, -LONGEST_EXPOSURE, LONGEST_EXPOSURE)
    if rng.random() < AUTO_EXPOSURE_SHARE and seen.lit.any():
        bright = numpy.quantile(seen.curves[:, seen.lit], BRIGHT_QUANTILE, axis=1)
        level = numpy.log(numpy.maximum(bright, seen.noise))
        logs -= rng.uniform(LEAST_AUTO_EXPOSURE, 1) * (level - level.max())
    return logs


def _profiles(shape: tuple[int, int, int], rng: numpy.random.Generator) -> numpy.ndarray:
    """``(n_steps, rows, columns)``: logarithm of an illumination that falls off to one side."""
    if rng.random() >= PROFILE_SHARE:
        return numpy.zeros(shape)
    steps, *frame_shape = shape
    walk = rng.normal(0, rng.uniform(0, PROFILE_WALK), (steps, 2)).cumsum(axis=0)
    slopes = rng.normal(0, PROFILE_SLOPE, 2) + walk
    rows, columns = (numpy.arange(side) / max(frame_shape) - 0.5 for side in frame_shape)
    along_rows = slopes[:, 0, None, None] * rows[:, None]
    return along_rows + slopes[:, 1, None, None] * columns
