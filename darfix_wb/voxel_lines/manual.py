"""The published manual way from layers to a volume of dislocations, for comparison."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy
from scipy import ndimage
from skimage.transform import resize

from ..errors import DarfixWBError
from ..progress import SILENT, Monitor
from .ridges import bright_ridges

CROP_PX = 250
FLOOR_ADU = 110.0
SCALE = 0.6
SIGMAS = (0.67, 1.0, 1.33, 1.67, 2.0, 2.33)
RESPONSE = 0.1

GAMMA = 15.0
"""Norm of the Hessian that counts as structure, counts. It is not published. This one favours the
manual way: with half of the largest norm, which scikit-image takes by itself since 0.20 and the
brightest pixel decides, hardly a voxel is left of simulated volumes."""

LOCAL_PX = 9
"""Side of the square whose median is the level around a pixel."""

ROWS_AT_ONCE = 64


class ManualMask(NamedTuple):
    """Voxels of dislocations.

    Attributes
    ----------
    mask : numpy.ndarray
        ``(layers, rows, columns)`` bool.
    spacing_um : numpy.ndarray
        ``(3,)`` float64: distances between layers, rows and columns, um.
    origin_um : numpy.ndarray
        ``(3,)`` float64: centre of its first voxel, from the first pixel of the first frame.
    """

    mask: numpy.ndarray
    spacing_um: numpy.ndarray
    origin_um: numpy.ndarray


def manual_mask(
    frames: numpy.ndarray,
    spacing: Sequence[float],
    *,
    crop_px: int = CROP_PX,
    floor: float = FLOOR_ADU,
    scale: float = SCALE,
    sigmas: Sequence[float] = SIGMAS,
    gamma: float | None = GAMMA,
    threshold: float = RESPONSE,
    hot_pixels_mended: bool = False,
    monitor: Monitor = SILENT,
) -> ManualMask:
    """Dislocations by a ridge filter on one weak-beam frame of each layer.

    Yildirim et al., Sci. Rep. 13:3834 (2023), as published: frames are cropped, counts below a
    noise floor raised to it, rows and columns scaled down, and the stack is filtered by Frangi's
    filter with one sigma for all axes in voxels, though these are of very different lengths.

    Parameters
    ----------
    frames : numpy.ndarray
        ``(layers, rows, columns)`` counts, e.g. of `manual_frames`.
    spacing : sequence of float
        Distances between layers, rows and columns of the frames, um.
    crop_px : int
        Pixels left out at each of the four sides.
    floor : float
        Noise floor, counts.
    scale : float
        Of rows and columns, above 0 and at most 1.
    sigmas : sequence of float
        Widths of the ridges, voxels.
    gamma : float or None
        As of `skimage.filters.frangi`; None for half of the largest norm of the Hessian.
    threshold : float
        Response of the filter from which a voxel is set.
    hot_pixels_mended : bool
        Whether what single pixels have more than their surroundings in the median over all layers
        is subtracted first. Published without: warm pixels become lines through all layers.
    monitor : Monitor
        Progress and cancelling.

    Raises
    ------
    DarfixWBError
        If the frames are too small for the crop, or an option makes no sense.
    OperationCancelled
        If the monitor says so.

    Examples
    --------
    >>> frames = numpy.full((7, 40, 50), 100.0)
    >>> frames[:, 20, 25] = 400.0
    >>> found = manual_mask(frames, (1.0, 0.1, 0.1), crop_px=5)
    >>> found.mask.shape, bool(found.mask[3].any()), found.origin_um.round(2).tolist()
    ((7, 18, 24), True, [0.0, 0.53, 0.53])
    """
    frames = numpy.asarray(frames)
    _check(frames, crop_px, scale, sigmas)
    inner = frames[:, crop_px : frames.shape[1] - crop_px, crop_px : frames.shape[2] - crop_px]
    pattern = hot_pattern(inner) if hot_pixels_mended else None
    shape = tuple(max(1, round(side * scale)) for side in inner.shape[1:])
    volume = numpy.empty((len(inner), *shape), numpy.float32)
    for layer, frame in enumerate(inner):
        clean = frame if pattern is None else frame - pattern
        raised = numpy.maximum(clean, floor).astype(numpy.float32)
        volume[layer] = resize(raised, shape, preserve_range=True)
    response = bright_ridges(volume, sigmas, gamma=gamma, monitor=monitor)
    step = numpy.array([1.0, *(a / b for a, b in zip(inner.shape[1:], shape, strict=True))])
    spacing = numpy.asarray(spacing, float)
    first = numpy.array([0.0, crop_px, crop_px]) + (step - 1) / 2
    return ManualMask(response >= threshold, spacing * step, first * spacing)


def hot_pattern(frames: numpy.ndarray) -> numpy.ndarray:
    """What single pixels have more than those around them, in the median over all layers.

    Parameters
    ----------
    frames : numpy.ndarray
        ``(layers, rows, columns)``.

    Returns
    -------
    numpy.ndarray
        ``(rows, columns)`` float32.
    """
    usual = numpy.empty(frames.shape[1:], numpy.float32)
    for start in range(0, len(usual), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        usual[rows] = numpy.median(frames[:, rows], axis=0)
    return usual - ndimage.median_filter(usual, LOCAL_PX)


def _check(frames: numpy.ndarray, crop_px: int, scale: float, sigmas: Sequence[float]) -> None:
    if frames.ndim != 3 or frames.dtype.kind not in "uif" or not len(frames):
        raise DarfixWBError(
            f"Frames must be (layers, rows, columns) of counts, got {frames.dtype} "
            f"{frames.shape}. Give one frame of each layer."
        )
    if crop_px < 0 or min(frames.shape[1:]) < 2 * crop_px + 3:
        raise DarfixWBError(
            "The crop must be at least 0 px and leave 3 px of each side, got "
            f"{crop_px} px of frames of {frames.shape[1]} x {frames.shape[2]} px. Crop less."
        )
    if not 0 < scale <= 1 or not len(sigmas) or min(sigmas) <= 0:
        raise DarfixWBError(
            "The scale must be above 0 and at most 1, and sigmas above 0, got "
            f"{scale:g} and {list(sigmas)}. Correct them."
        )
