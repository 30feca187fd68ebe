"""One pass over a scan: the dark level, and the rocking curve of every patch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy

from .beam import ClassificationRecord
from .blocks import Blocks, measure_blocks
from .dark_level import check_dark_level
from .frame_checks import look_at_frames, sample_frames
from .normalization import Background, background_from_dark, estimate_background
from .patches import DEFAULT_PATCH_SIZE, PatchGrid
from .pixels import GivenMask, find_invalid_pixels
from .progress import SILENT, Monitor
from .scan import HeldFrames, RockingScan
from .threads import one_by_one

FIXED_PATTERN_SHARE = 0.1
"""Part of a dark pixel's noise that averaging over a patch does not remove."""

EMPTY_SNR = 4.0
"""A patch whose rocking curve does not rise by this many sigma is empty."""

LOW_END = 0.25

LARGEST_INVALID_SHARE = 0.5
"""A patch with more invalid pixels than this is empty."""


@dataclass(frozen=True)
class PatchedScan:
    """A scan with its grid of patches, its background and the rocking curve of each patch.

    Attributes
    ----------
    scan : RockingScan
        The frames; in memory or in their file.
    grid : PatchGrid
        Where the patches lie.
    background : Background
        Dark level and noise.
    curves : numpy.ndarray
        ``(n_frames, rows, columns)`` float64, mean counts above dark of each patch, in the order
        of the frames.
    """

    scan: RockingScan
    grid: PatchGrid
    background: Background
    curves: numpy.ndarray

    @property
    def noise(self) -> float:
        """Standard deviation of the mean of an empty patch, counts."""
        white = 1.0 / self.grid.patch_size
        return self.background.sigma * float(numpy.hypot(white, FIXED_PATTERN_SHARE))

    @cached_property
    def empty(self) -> numpy.ndarray:
        """``(rows, columns)`` bool: patches that carry no signal in the whole scan.

        Signal is what rises above the low end of the patch's own curve (its lower quartile): glow
        and stray light are there in all frames. A single frame cannot tell empty patches from weak
        ones: none is empty then, but those that consist of invalid pixels for the most part.
        """
        curves = self.curves[self.scan.used]
        if len(curves) <= 1:
            return self._invalid
        rise = curves.max(axis=0) - numpy.quantile(curves, LOW_END, axis=0)
        return (rise < EMPTY_SNR * self.noise) | self._invalid

    @property
    def _invalid(self) -> numpy.ndarray:
        """``(rows, columns)`` bool: what is there was filled with counts from beside it."""
        if self.scan.mask is None:
            return numpy.zeros(self.grid.shape, dtype=bool)
        return self.grid.means(self.scan.mask.invalid.astype(numpy.float32)) > LARGEST_INVALID_SHARE

    def means_of(self, frame: numpy.ndarray) -> numpy.ndarray:
        """``(rows, columns)`` float64: mean counts above dark of each patch of a frame."""
        return self.grid.means(frame) - _mean_dark(self.grid, self.background)

    def record(self, use_context: bool | None = None, *, device: str = "") -> ClassificationRecord:
        """What a classification of these patches keeps about them.

        Parameters
        ----------
        use_context, device
            As in `ClassificationRecord`.
        """
        mask = self.scan.mask
        return ClassificationRecord(
            dark=self.background.describe_level(),
            dark_source=self.background.source,
            noise=float(self.background.sigma),
            rocking_motor=self.scan.motor,
            use_context=use_context,
            device=device,
            invalid_pixels=None if mask is None else mask.n_invalid,
            mask_file="" if mask is None else mask.given,
            left_out=dict(self.scan.left_out),
        )


def extract(
    scan: RockingScan,
    *,
    patch_size: int = DEFAULT_PATCH_SIZE,
    stride: int | None = None,
    dark: float | numpy.ndarray | None = None,
    mask: GivenMask | None = None,
    hold: bool = False,
    monitor: Monitor = SILENT,
) -> PatchedScan:
    """Cut the frames of a scan into patches; frames are read once, one at a time.

    Invalid pixels are found in twelve frames, which are in memory together for that, and are filled
    with counts from beside them. Frames that were not taken as the others are left out.

    Parameters
    ----------
    scan : RockingScan
        The frames and their angles.
    patch_size, stride : int
        In pixels; see `PatchGrid`.
    dark : float or numpy.ndarray, optional
        Counts of a dark pixel; taken from the scan's dark images, else estimated.
    mask : GivenMask, optional
        Invalid pixels ``(height, width)`` beside those that are found.
    hold : bool
        Whether the frames stay in memory once they were read, for the work that follows, instead
        of being read again by each of its passes.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    PatchedScan
        The scan with its mask, frames left out and warnings; its grid of patches, dark level, noise
        and rocking curves.

    Raises
    ------
    DarfixWBError
        If the patch or the mask does not fit, or the dark level lies above most of the frames.

    Examples
    --------
    >>> rng = numpy.random.default_rng(0)
    >>> frames = rng.normal(100.0, 4.0, (5, 128, 192))
    >>> frames[2, :, :64] += 50.0
    >>> patches = extract(RockingScan(frames, numpy.arange(5)), patch_size=64)
    >>> patches.curves[:, 0, 0].round().astype(int).tolist()
    [0, 0, 50, 0, 0]
    >>> patches.empty[0].tolist()
    [False, True, True]
    """
    grid = PatchGrid(scan.frame_shape, patch_size, stride)
    first_look, reading = monitor.part(0, 0.1), monitor.part(0.1, 1)
    seen = {} if scan.mask else sample_frames(scan, monitor=first_look)
    found = scan.mask or find_invalid_pixels(list(seen.values()))
    scan = replace(scan, mask=found if mask is None else found.add_given(mask))
    means = numpy.empty((scan.n_frames, *grid.shape))
    void = numpy.zeros(scan.n_frames)
    held = numpy.empty(scan.frames.shape, scan.frames.dtype.newbyteorder("=")) if hold else None

    def frames() -> Iterator[tuple[int, numpy.ndarray]]:
        for index in range(scan.n_frames):
            monitor.check("Patch extraction was cancelled.")
            yield index, seen.pop(index) if index in seen else numpy.asarray(scan.frames[index])

    def measure(item: tuple[int, numpy.ndarray]) -> numpy.ndarray:
        index, raw = item
        missing = scan.mask.void(raw)
        void[index] = 0 if missing is None else missing.mean()
        if held is not None:
            held[index] = raw
            raw = held[index]
        own = held is not None or scan.gives_new_frames
        frame = scan.mask.fill(raw, missing, in_place=own)
        means[index] = grid.means(frame)
        return measure_blocks(frame)

    measured = []
    for one in one_by_one(measure, frames()):
        measured.append(one)
        reading.report(len(measured) / scan.n_frames)
    blocks = Blocks.measured(measured)
    scan = look_at_frames(scan, blocks, void)
    known, source = (scan.dark, "dark images") if dark is None else (dark, "given")
    background = estimate_background(blocks.of_frames(scan.used if scan.used.any() else ...))
    if known is None:
        source = "estimated"
    else:
        background = background_from_dark(known, background)
        check_dark_level(_mean_dark(grid, background), means[scan.used], noise=background.sigma)
    background = replace(background, source=source)
    if held is not None:
        scan = replace(scan, frames=HeldFrames(held))
    return PatchedScan(scan, grid, background, means - _mean_dark(grid, background))


def _mean_dark(grid: PatchGrid, background: Background) -> numpy.ndarray | float:
    if numpy.ndim(background.level) == 0:
        return background.level
    return grid.means(background.level)
