"""Each frame of a scan that is being recorded, classified alone as it lands."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy

from ..beam import LCNN_ALONE, BeamCondition, BeamMap
from ..blocks import Blocks
from ..classification.frame_classifier import FrameClassifier
from ..classification.network import LCNN
from ..model import BeamModel
from ..normalization import Background, background_from_dark, estimate_background
from ..patches import PatchGrid
from ..pixels import SAMPLE_SIZE, GivenMask, PixelMask, find_invalid_pixels
from .following import LiveFrame

LEARN_AT = (2, 4, SAMPLE_SIZE)
"""Numbers of frames from which dark level, noise and invalid pixels are found anew."""


@dataclass(frozen=True)
class LiveLabels:
    """What was found of one frame.

    Attributes
    ----------
    index : int
        Number of the frame.
    angle : float
        Position of the rocking motor; NaN where it was not known.
    condition : numpy.ndarray
        ``(rows, columns)`` uint8, values of `darfix_wb.beam.BeamCondition`.
    latency_s : float
        From the look at which the frame was first seen to its labels, seconds.
    """

    index: int
    angle: float
    condition: numpy.ndarray
    latency_s: float

    def share(self, condition: BeamCondition) -> float:
        """Share of the patches that are of a condition, 0 to 1."""
        return float((self.condition == condition).mean())


class LiveClassifier:
    """Classifies frames one at a time, by the network that sees a frame alone.

    Dark level and noise, where they are not given, come from the first frame at first; invalid
    pixels are then only those of the mask that is given. Both are found anew from the first two,
    four and twelve frames, in a thread of its own, and are used from the frame on that comes next;
    those of twelve hold for the rest of the scan. Patches lie side by side, whatever the result at
    the end has: a quarter of the work of patches that overlap by half.

    Parameters
    ----------
    model_file : str or path-like, optional
        The shipped one if not given.
    patch_size, stride : int, optional
        In pixels; the model's own size, and that size.
    dark : float, optional
        Counts of a dark pixel.
    mask : GivenMask, optional
        Invalid pixels beside those that are found.
    device : str
        As `darfix_wb.device.resolve_device`.

    Attributes
    ----------
    grid : PatchGrid or None
        The patches; None before the first frame.
    """

    def __init__(
        self,
        *,
        model_file: str | os.PathLike | None = None,
        patch_size: int | None = None,
        stride: int | None = None,
        dark: float | None = None,
        mask: GivenMask | None = None,
        device: str = "auto",
    ) -> None:
        self._model = BeamModel.load(model_file)
        if patch_size is not None:
            self._model.check_takes(patch_size)
        self._patch_size, self._stride = patch_size, stride
        self._dark, self._given_mask, self._device = dark, mask, device
        self._first: list[numpy.ndarray] = []
        self._n_learned = 0
        self._learner = ThreadPoolExecutor(1, thread_name_prefix="learner")
        self._learned: deque[Future[_Known]] = deque()
        self._known: _Known | None = None
        self._classify: FrameClassifier | None = None
        self._probabilities: dict[int, numpy.ndarray] = {}
        self.grid: PatchGrid | None = None
        self._warm_up()

    @property
    def frames(self) -> list[int]:
        """Numbers of the frames that were classified, in their order."""
        return list(self._probabilities)

    def __call__(self, frame: LiveFrame) -> LiveLabels:
        """Classify a frame; one of a single value is EMPTY."""
        self._lay_grid(frame.counts.shape)
        if _is_constant(frame.counts):
            probabilities = numpy.zeros((*self.grid.shape, len(BeamCondition)), numpy.float32)
            probabilities[..., BeamCondition.EMPTY] = 1
        else:
            self._learn(frame.counts)
            probabilities = self._classify(self._known.mask.mend(frame.counts))
        self._probabilities[frame.index] = probabilities
        condition = probabilities.argmax(axis=-1).astype(numpy.uint8)
        return LiveLabels(frame.index, frame.angle, condition, time.monotonic() - frame.found)

    def beam_map(self) -> BeamMap:
        """What was found so far, of `frames`."""
        return BeamMap(
            numpy.stack(list(self._probabilities.values())),
            self.grid,
            self._model.hash,
            LCNN_ALONE if self._model.name == LCNN else self._model.name,
            thresholds=self._model.calibration.thresholds,
        )

    def _learn(self, counts: numpy.ndarray) -> None:
        """Use what was learned meanwhile; learn from this frame, if it is one of the first."""
        if self._known is None:
            self._use(self._from_one(counts))
        if self._n_learned < LEARN_AT[-1]:
            self._n_learned += 1
            self._first.append(counts)
            if self._n_learned in LEARN_AT:
                self._learned.append(self._learner.submit(self._from, tuple(self._first)))
            if self._n_learned == LEARN_AT[-1]:
                self._first.clear()
        while self._learned and self._learned[0].done():
            self._use(self._learned.popleft().result())

    def _warm_up(self) -> None:
        """Have compiled and loaded what the first frame would wait for."""
        side = 2 * self._model.patch_size
        noise = numpy.random.default_rng(0).integers(90, 110, (side, side), dtype=numpy.uint16)
        self._model.predict(noise, device=self._device)
        find_invalid_pixels([noise, noise + 1, noise + 2])

    def _use(self, known: _Known) -> None:
        self._known = known
        self._classify = FrameClassifier(
            self._model, self.grid, known.background, device=self._device
        )

    def _from_one(self, counts: numpy.ndarray) -> _Known:
        nothing = PixelMask(numpy.zeros(counts.shape, dtype=bool))
        return self._with_mask([counts], nothing)

    def _from(self, frames: Sequence[numpy.ndarray]) -> _Known:
        return self._with_mask(frames, find_invalid_pixels(frames))

    def _with_mask(self, frames: Sequence[numpy.ndarray], mask: PixelMask) -> _Known:
        if self._given_mask is not None:
            mask = mask.add_given(self._given_mask)
        found = replace(estimate_background(Blocks.of(map(mask.mend, frames))), source="estimated")
        if self._dark is not None:
            found = replace(background_from_dark(self._dark, found), source="given")
        return _Known(mask, found)

    def _lay_grid(self, shape: tuple[int, int]) -> None:
        if self.grid is None:
            size = self._model.patch_size_for(shape, self._patch_size, stride=self._stride)
            self.grid = PatchGrid(shape, size, self._stride or size)


class _Known(NamedTuple):
    """What is known of the detector."""

    mask: PixelMask
    background: Background


def _is_constant(counts: numpy.ndarray) -> bool:
    """Whether all pixels have one value; the first row tells that they do not."""
    value = counts[0, 0]
    return bool((counts[0] == value).all() and (counts == value).all())
