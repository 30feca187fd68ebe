"""Each frame of a scan that is being recorded, classified alone as it lands."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace

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

LEARN_AT = (1, 2, 4, 8, SAMPLE_SIZE)
"""Numbers of frames after which dark level, noise and invalid pixels are found anew."""


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

    Dark level and noise, where they are not given, and invalid pixels come from the first frames:
    from the one that is there at first, and anew when there are two, four, eight and twelve, which
    hold for the rest of the scan. Patches lie side by side, whatever the result at the end has: a
    quarter of the work of patches that overlap by half.

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
        self._patch_size, self._stride = patch_size, stride
        self._dark, self._given_mask, self._device = dark, mask, device
        self._first: list[numpy.ndarray] = []
        self._n_learned = 0
        self._classify: FrameClassifier | None = None
        self._mask: PixelMask | None = None
        self._probabilities: dict[int, numpy.ndarray] = {}
        self.grid: PatchGrid | None = None

    @property
    def frames(self) -> list[int]:
        """Numbers of the frames that were classified, in their order."""
        return list(self._probabilities)

    def __call__(self, frame: LiveFrame) -> LiveLabels:
        """Classify a frame; one of a single value is EMPTY."""
        self._lay_grid(frame.counts.shape)
        if frame.counts.min() == frame.counts.max():
            probabilities = numpy.zeros((*self.grid.shape, len(BeamCondition)), numpy.float32)
            probabilities[..., BeamCondition.EMPTY] = 1
        else:
            self._learn(frame.counts)
            probabilities = self._classify(self._mask.mend(frame.counts))
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
        """Find dark level, noise and invalid pixels anew, where it is time for it."""
        if self._n_learned == LEARN_AT[-1]:
            return
        self._first.append(counts)
        self._n_learned += 1
        if self._n_learned not in LEARN_AT:
            return
        mask = find_invalid_pixels(self._first)
        self._mask = mask if self._given_mask is None else mask.add_given(self._given_mask)
        self._classify = FrameClassifier(
            self._model, self.grid, self._background(), device=self._device
        )
        if self._n_learned == LEARN_AT[-1]:
            self._first.clear()

    def _lay_grid(self, shape: tuple[int, int]) -> None:
        if self.grid is None:
            size = self._model.patch_size_for(shape, self._patch_size, stride=self._stride)
            self.grid = PatchGrid(shape, size, self._stride or size)

    def _background(self) -> Background:
        found = estimate_background(Blocks.of(map(self._mask.mend, self._first)))
        if self._dark is None:
            return replace(found, source="estimated")
        return replace(background_from_dark(self._dark, found), source="given")
