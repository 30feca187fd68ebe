"""What a classification of a scan would do and take, from a short run on one frame."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy

from ..device import describe_device
from ..errors import DarfixWBError
from ..extraction import PatchedScan
from ..model import BeamModel
from ..patches import PatchGrid, overlapping_stride
from ..progress import SILENT, Monitor
from ..rocking_curves import enough_frames
from ..scan_check.cheap import cheap_warnings
from ..scan_check.finding import Finding
from ..scan_check.intensities import frame_intensities
from ..scan_check.wording import duration, size
from .frame_classifier import FrameClassifier
from .network import classify
from .result_warnings import refuse_wrapped

MOST_PATCHES = 1024
"""Patches of a frame that the network looks at for the estimate."""

WITH_CONTEXT = 1.3
"""The context network adds this factor to the time of the network (`benchmarks/inference.py`)."""

PASSES = 3
"""A frame is read to be cut, to be classified and to be integrated."""

PROGRAM_BYTES = 0.55e9
"""Python, PyTorch and the libraries."""

BYTES_PER_PIXEL = 80
"""Of the frame at hand and of the images (`benchmarks/memory.py`)."""

BYTES_PER_PATCH = 700
"""Of each patch of each frame: curves, logits, features and probabilities."""

LONGEST_TRIAL = 60.0
"""Seconds of a classification of overlapping patches: that of patches side by side, which takes a
fourth, is tried."""

MOST_MINUTES = 60
"""A longer classification is worth a look before it begins."""


def forecast(
    patched: PatchedScan,
    model: BeamModel,
    *,
    device: str = "auto",
    monitor: Monitor = SILENT,
) -> Finding:
    """Say how many patches a classification would have, and what time and memory it would take.

    Parameters
    ----------
    patched : PatchedScan
        The scan, cut into patches; those of the size that a classification takes can be tried.
    model : BeamModel
        The model that would classify, with overlapping patches of `BeamModel.patch_size_for`.
    device : str
        As `darfix_wb.device.resolve_device`.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    Finding
        About the topic "classification"; ``"stop"`` where the frames are smaller than a patch,
        ``"look"`` with what a classification warns of, where it is short enough to be tried.
    """
    scan = patched.scan
    side = model.patch_size_for(scan.frame_shape)
    try:
        grid = PatchGrid(scan.frame_shape, side, overlapping_stride(side))
    except DarfixWBError:
        height, width = scan.frame_shape
        return Finding("classification", "").stop(
            f"The model takes patches of {side} x {side} px, and the frames have {height} x "
            f"{width} px. Use larger frames, or train a model on smaller patches."
        )
    classifier = FrameClassifier(model, grid, patched.background, device=device)
    n_lit = round(grid.n_patches * (1 - patched.empty.mean()))
    seconds = scan.n_frames * _seconds_of_a_frame(
        patched, classifier, grid, n_lit, monitor.part(0, 0.2)
    )
    n_patches = grid.n_patches * scan.n_frames
    height, width = scan.frame_shape
    memory = PROGRAM_BYTES + BYTES_PER_PIXEL * height * width + BYTES_PER_PATCH * n_patches
    context = enough_frames(patched) and model.context is not None
    where = describe_device(classifier.device)
    finding = Finding(
        "classification",
        f"{grid.n_patches} overlapping patches of {side} px per frame ({n_patches} in the scan), "
        f"{'with' if context else 'without'} the other frames of the rocking curve: about "
        f"{duration(seconds)} on {where}, {size(memory)} of memory.",
        {
            "patches_per_frame": grid.n_patches, "n_frames": scan.n_frames,
            "n_patches": n_patches, "patch_size": side, "stride": grid.stride,
            "uses_context": context, "seconds": seconds, "memory_bytes": memory, "device": where,
        },
    )  # fmt: skip
    if seconds <= LONGEST_TRIAL and patched.grid.patch_size == side:
        return _with_trial(finding, patched, model, device, monitor.part(0.2, 1))
    if seconds <= 60 * MOST_MINUTES:
        return finding
    return finding.look(
        f"That is long: use a GPU, a stride of {side} px, which makes a quarter of the patches, or "
        "fewer frames."
    )


def _with_trial(
    finding: Finding, patched: PatchedScan, model: BeamModel, device: str, monitor: Monitor
) -> Finding:
    """What a classification warns of, tried on the patches at hand where it takes seconds."""
    try:
        refuse_wrapped(patched)
    except DarfixWBError as error:
        return finding.stop(str(error))
    known = (*cheap_warnings(patched), *patched.scan.warnings)
    for warning in classify(patched, model, device=device, monitor=monitor).warnings:
        if warning not in known:
            finding = finding.look(warning)
    return finding


def _seconds_of_a_frame(
    patched: PatchedScan,
    classifier: FrameClassifier,
    grid: PatchGrid,
    n_lit: int,
    monitor: Monitor,
) -> float:
    """Seconds to read, cut, classify and integrate the brightest frame, each run once before."""
    scan = patched.scan
    index = int(numpy.nan_to_num(frame_intensities(patched)).argmax())
    some = numpy.arange(min(grid.n_patches, MOST_PATCHES))
    weights = numpy.full((*grid.shape, 3), 1 / 3, dtype=numpy.float32)
    whole = replace(patched, grid=grid)
    steps = (
        (PASSES, lambda: scan.frame(index)),
        (2, lambda: whole.means_of(frame)),
        (WITH_CONTEXT * n_lit / len(some), lambda: classifier.look(frame, patches=some)),
        (2, lambda: grid.stitch(weights)),
    )
    frame = scan.frame(index)
    seconds = 0.0
    for done, (factor, step) in enumerate(steps):
        monitor.check("The check of the scan was cancelled.")
        step()
        start = time.perf_counter()
        step()
        seconds += factor * (time.perf_counter() - start)
        monitor.report((done + 1) / len(steps))
    return seconds
