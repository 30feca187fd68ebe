"""What a volume will take: data, disk, time and memory."""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass, replace

import numpy

from ..errors import DarfixWBError
from ..io.output import free_disk
from ..io.scan_urls import parse_scan_url
from ..memory import Peak, free_memory, peak_memory
from ..model import BeamModel
from ..patches import PatchGrid
from ..progress import SILENT, Monitor
from .finding import LayerList
from .layer import Layer
from .layer_job import LayerJob
from .options import LayerOptions
from .region import Region
from .result import BEAM_PICTURES, DISLOCATION_PICTURES

TIMED_PIXELS = 31 * 2160 * 2560
"""Pixels of all frames that are timed at most: of a longer layer, frames in its middle."""

LEAST_TIMED = 11
"""Frames that are timed at least, of a layer that has them."""

SMALL_SIDE = 512
"""Sides of the part that makes all ready, in pixels."""

TRIES = 3
"""Layers that are tried until one can be timed."""

SAMPLE, PLANES, PROGRAM = 12, 8, 250 * 10**6
"""Memory that no layer does without: frames as they are, float32 images, bytes of the program."""


@dataclass(frozen=True)
class VolumeEstimate:
    """What a volume will take.

    Attributes
    ----------
    n_layers, n_frames : int
        That can be opened.
    read_bytes : int
        What the frames take in their files; decoded where that is not known.
    write_bytes : int
        Images and conditions of all layers, without compression, which makes them smaller.
    seconds : float or None
        For all layers, by the time that one took here with the same options; None where none was
        timed. As good as that layer is like the others: what else runs on the computer counts, and
        that files may be read faster a second time.
    peak_bytes : int or None
        Most memory of one process, as that layer took it; None where none was timed, or where the
        system does not say.
    """

    n_layers: int
    n_frames: int
    read_bytes: int
    write_bytes: int
    seconds: float | None = None
    peak_bytes: int | None = None

    def describe(self) -> str:
        """One sentence for the user."""
        parts = [
            f"{self.n_layers} layers with {self.n_frames} frames",
            f"{_size(self.read_bytes)} to read",
            f"{_size(self.write_bytes)} to write",
        ]
        if self.seconds is not None:
            parts.append(f"about {_duration(self.seconds)}")
        if self.peak_bytes is not None:
            parts.append(f"{_size(self.peak_bytes)} of memory for each process")
        return ", ".join(parts) + "."


def estimate(
    found: LayerList,
    options: LayerOptions,
    output: str | os.PathLike,
    *,
    n_processes: int = 1,
    timed: bool = True,
    monitor: Monitor = SILENT,
) -> VolumeEstimate:
    """Say what a volume will take, and refuse what will not do.

    Parameters
    ----------
    found : LayerList
        The layers.
    options : LayerOptions
        How each is classified.
    output : str or path-like
        The file of the volume.
    n_processes : int
        Layers that are classified at the same time on this computer.
    timed : bool
        Whether one layer is classified to tell time and memory: at most `TIMED_PIXELS` of it, which
        takes some seconds, after a small part of it that makes all ready.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Raises
    ------
    DarfixWBError
        If disk or memory will not do, with the numbers; if the region is not inside the frames; or
        if none of the first `TRIES` layers that can be opened can be classified.
    """
    if options.region is not None:
        options.region.check(found.frame_shape)
    guess = VolumeEstimate(
        sum(count > 0 for count in found.n_frames),
        sum(found.n_frames),
        found.n_bytes,
        _written(found, options),
    )
    _check_disk(guess.write_bytes, output)
    _check_memory(_least_memory(found), n_processes)
    if not timed:
        return guess
    seconds, peak = _time(found, options, monitor)
    if peak.n_bytes is not None:
        _check_memory(peak.n_bytes, n_processes)
    return replace(guess, seconds=guess.n_frames * seconds / n_processes, peak_bytes=peak.n_bytes)


def _written(found: LayerList, options: LayerOptions) -> int:
    shape = found.frame_shape if options.region is None else options.region.shape
    model = BeamModel.load(options.model_file or None)
    size = model.patch_size_for(shape, options.patch_size, stride=options.stride)
    rows, columns = PatchGrid(shape, size, options.stride).shape
    height, width = (-(-side // options.binning) for side in shape)
    n_pictures = len(BEAM_PICTURES) + len(DISLOCATION_PICTURES) * options.find_dislocations
    conditions = max(found.n_frames) * rows * columns
    return len(found.layers) * (n_pictures * height * width * 4 + conditions)


def _least_memory(found: LayerList) -> int:
    height, width = found.frame_shape
    pixel = SAMPLE * numpy.dtype(found.dtype).itemsize + PLANES * 4
    return PROGRAM + pixel * height * width


def _check_disk(needed: int, output: str | os.PathLike) -> None:
    folder, free = free_disk(output)
    if needed > free:
        raise DarfixWBError(
            f"The volume takes up to {_size(needed)}, and the disk of {folder} has {_size(free)} "
            "free. Free some space, choose another folder, a larger binning or a region."
        )


def _check_memory(needed: int, n_processes: int) -> None:
    free = free_memory()
    if free is not None and n_processes * needed > free:
        many = "" if n_processes == 1 else f" for each of {n_processes} processes"
        fewer = "" if n_processes == 1 else "fewer processes, "
        raise DarfixWBError(
            f"A layer takes at least {_size(needed)} of memory{many}, and {_size(free)} are free. "
            f"Choose {fewer}a region, or a computer with more memory."
        )


def _time(found: LayerList, options: LayerOptions, monitor: Monitor) -> tuple[float, Peak]:
    """Seconds for a frame, and the memory, of the first layer that can be classified."""
    readable = [(one, n) for one, n in zip(found.layers, found.n_frames, strict=True) if n]
    ready, job, first = LayerJob(_small(found, options)), LayerJob(options), None
    for (layer, n_frames), part in zip(readable[:TRIES], monitor.parts(TRIES), strict=False):
        most = max(TIMED_PIXELS // math.prod(found.frame_shape), LEAST_TIMED)
        try:
            ready(_cut(layer, n_frames, LEAST_TIMED), monitor=part.part(0, 0.3))
            begin = time.perf_counter()
            with peak_memory() as peak:
                result = job(_cut(layer, n_frames, most), monitor=part.part(0.3, 1))
        except DarfixWBError as error:
            first = first or error
            continue
        return (time.perf_counter() - begin) / result.summary["n_frames"], peak
    raise DarfixWBError(
        f"The first layers must be usable, and none of {len(readable[:TRIES])} is. {first}"
    )


def _small(found: LayerList, options: LayerOptions) -> LayerOptions:
    """The same for a part in the middle, which loads and compiles all that is needed."""
    top, bottom, left, right = options.region or (0, found.frame_shape[0], 0, found.frame_shape[1])
    side = max(SMALL_SIDE, 2 * (options.patch_size or 0))
    height, width = min(side, bottom - top), min(side, right - left)
    top, left = (top + bottom - height) // 2, (left + right - width) // 2
    return replace(options, region=Region(top, top + height, left, left + width))


def _cut(layer: Layer, n_frames: int, wanted: int) -> Layer:
    """Frames in the middle of a layer; all where it has no more than wanted."""
    if wanted >= n_frames:
        return layer
    url = parse_scan_url(layer.url)
    start = (n_frames - wanted) // 2 + ((url.frames and url.frames.start) or 0)
    return replace(layer, url=str(url._replace(frames=slice(start, start + wanted))))


def _size(n_bytes: float) -> str:
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.0f} MB"


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 100 * 60 else f"{seconds / 3600:.1f} hours"
