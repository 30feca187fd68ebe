"""A model at work on the frames of one scan."""

from __future__ import annotations

import copy
from collections import deque
from concurrent.futures import Future
from typing import NamedTuple

import numpy
import torch

from ..beam import BeamMap
from ..blocks import Blocks
from ..device import one_core_workers, resolve_device
from ..errors import DarfixWBError
from ..extraction import PatchedScan
from ..model import BeamModel
from ..normalization import N_FEATURES, Background, PatchNormalizer, estimate_background
from ..patches import PatchGrid
from ..pixels import PixelMask
from ..progress import SILENT, Monitor

BATCH_SIZE = 256

AHEAD = 1
"""Frames that are read while the last ones are looked at."""


class _Look(NamedTuple):
    """A frame that is being looked at."""

    work: list[Future]
    logits: numpy.ndarray
    features: numpy.ndarray

    def finish(self) -> tuple[numpy.ndarray, numpy.ndarray]:
        """Logits and features, as `FrameClassifier.look` gives them."""
        for one in self.work:
            one.result()
        return self.logits, self.features


class FrameClassifier:
    """Classifies the frames of one scan, one at a time.

    On a CPU each of torch's threads takes batches of its own.

    Parameters
    ----------
    model : BeamModel
        The trained network.
    grid : PatchGrid
        Where the patches lie; their size must be one that the model takes.
    background : Background
        Dark level and noise of the scan.
    device : str
        As `darfix_wb.device.resolve_device`.
    batch_size : int
        Patches per call of the network; fewer on a CPU, where the maps of a larger batch would not
        stay in its cache.

    Raises
    ------
    DarfixWBError
        If the model does not take patches of this size.
    """

    def __init__(
        self,
        model: BeamModel,
        grid: PatchGrid,
        background: Background,
        *,
        device: str = "auto",
        batch_size: int = BATCH_SIZE,
    ) -> None:
        model.check_takes(grid.patch_size)
        if batch_size < 1:
            raise DarfixWBError(
                f"batch_size must be at least 1, got {batch_size}. Leave it at {BATCH_SIZE}."
            )
        self.device = resolve_device(device)
        self._model = model
        self._grid = grid
        self._normalizer = PatchNormalizer(model.scaling, grid, background)
        self._network = copy.deepcopy(model.network).to(self.device).eval()
        on_cpu = self.device.type == "cpu"
        self._batch_size = min(batch_size, model.network.cpu_batch_size) if on_cpu else batch_size
        self._workers = one_core_workers(torch.get_num_threads() if on_cpu else 1)

    def __call__(self, frame: numpy.ndarray, *, monitor: Monitor = SILENT) -> numpy.ndarray:
        """Probabilities of one frame.

        Parameters
        ----------
        frame : numpy.ndarray
            ``(height, width)`` counts.
        monitor : Monitor
            Told how far the work is, and asked whether to stop.

        Returns
        -------
        numpy.ndarray
            ``(rows, columns, 3)`` float32 in the order WEAK, STRONG, EMPTY.
        """
        logits, _ = self.look(frame, monitor=monitor)
        return self._model.calibration.probabilities(logits, self._model.classes)

    def look(
        self,
        frame: numpy.ndarray,
        *,
        patches: numpy.ndarray | None = None,
        monitor: Monitor = SILENT,
    ) -> tuple[numpy.ndarray, numpy.ndarray]:
        """What the network says of one frame, and what was scaled away before.

        Parameters
        ----------
        frame : numpy.ndarray
            ``(height, width)`` counts.
        patches : numpy.ndarray, optional
            Flat indices of the patches to look at; all if not given.
        monitor : Monitor
            Told how far the work is, and asked whether to stop.

        Returns
        -------
        logits : numpy.ndarray
            ``(rows, columns, n_classes)`` float32 in the order of the model's classes; zeros where
            it did not look.
        features : numpy.ndarray
            ``(rows, columns, 2)`` float32, from `PatchNormalizer`; zeros likewise.
        """
        wanted = numpy.arange(self._grid.n_patches) if patches is None else patches
        return self._begin(frame, wanted, monitor).finish()

    def _begin(self, frame: numpy.ndarray, wanted: numpy.ndarray, monitor: Monitor) -> _Look:
        """Begin to look at some patches of a frame."""
        n_patches = self._grid.n_patches
        logits = numpy.zeros((n_patches, len(self._model.classes)), numpy.float32)
        all_features = numpy.zeros((n_patches, N_FEATURES), numpy.float32)
        scaled = self._normalizer.scale(frame)

        def look_at(batch: numpy.ndarray) -> None:
            monitor.check("Classification was cancelled.")
            images, features = self._normalizer.cut(scaled, batch)
            logits[batch] = self._run(images, features)
            all_features[batch] = features

        work = [self._workers.submit(look_at, batch) for batch in self._batches(wanted)]
        shape = self._grid.shape
        return _Look(work, logits.reshape(*shape, -1), all_features.reshape(*shape, -1))

    def _batches(self, wanted: numpy.ndarray) -> list[numpy.ndarray]:
        """Batches of one size or nearly so, whatever the number of workers: it may change the last
        bit."""
        count = -(-len(wanted) // self._batch_size)
        return numpy.array_split(wanted, count) if count else []

    def _run(self, images: numpy.ndarray, features: numpy.ndarray) -> numpy.ndarray:
        given = (torch.from_numpy(array).to(self.device) for array in (images, features))
        with torch.inference_mode():
            return self._network(*given).cpu().numpy()

    def look_at_scan(
        self, patched: PatchedScan, *, monitor: Monitor = SILENT
    ) -> tuple[numpy.ndarray, numpy.ndarray]:
        """What the network says of each frame of a scan; EMPTY patches are not looked at.

        Returns
        -------
        logits : numpy.ndarray
            ``(n_frames, rows, columns, n_classes)`` float32, as `look` gives them.
        log_spread : numpy.ndarray
            ``(n_frames, rows, columns)`` float32, the second feature.
        """
        wanted = numpy.flatnonzero(~patched.empty)
        shape = (patched.scan.n_frames, *self._grid.shape)
        logits = numpy.empty((*shape, len(self._model.classes)), numpy.float32)
        log_spread = numpy.empty(shape, numpy.float32)
        begun: deque[_Look] = deque()
        n_frames = patched.scan.n_frames
        for index in range(n_frames + AHEAD):
            if index < n_frames:
                begun.append(self._begin(patched.scan.frame(index), wanted, monitor))
            done = index - AHEAD
            if done >= 0:
                logits[done], features = begun.popleft().finish()
                log_spread[done] = features[..., 1]
                monitor.report((done + 1) / n_frames)
        return logits, log_spread


def classify_frames(
    model: BeamModel,
    frames: numpy.ndarray,
    *,
    background: Background | None = None,
    patch_size: int | None = None,
    stride: int | None = None,
    device: str = "auto",
    batch_size: int = BATCH_SIZE,
) -> BeamMap:
    """Classify frames, each alone; what `BeamModel.predict` does."""
    frames = numpy.asarray(frames)
    frames = frames[None] if frames.ndim == 2 else frames
    # Each frame alone: which pixels the others have invalid must not matter.
    mask = PixelMask(numpy.zeros(frames.shape[1:], dtype=bool))
    frames = [mask.mend(frame) for frame in frames]
    shape = mask.invalid.shape
    grid = PatchGrid(shape, model.patch_size_for(shape, patch_size, stride=stride), stride)
    if background is None:
        background = estimate_background(Blocks.of(frames))
    classify = FrameClassifier(model, grid, background, device=device, batch_size=batch_size)
    probabilities = numpy.stack([classify(frame) for frame in frames])
    return BeamMap(
        probabilities, grid, model.hash, model.name, thresholds=model.calibration.thresholds
    )
