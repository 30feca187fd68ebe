"""The ways from a classified volume to lines that are compared."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy

from darfix_wb.dislocation_lines.drawing import RADIUS_UM, draw_lines
from darfix_wb.dislocation_lines.image_stack import ImageStack
from darfix_wb.dislocation_lines.network import LineNetwork
from darfix_wb.reconstruction.options import ReconstructionOptions
from darfix_wb.reconstruction.reconstruct import reconstruct
from darfix_wb.volume.looking import look_into
from darfix_wb.voxel_lines.lines import cured_skeleton
from darfix_wb.voxel_lines.manual import ManualMask, manual_mask
from darfix_wb.voxel_lines.weak_frames import manual_frames

from .volumes import KnownVolume

LINKING, SKELETON, MENDED, PUBLISHED = METHODS = (
    "linking",
    "skeleton",
    "manual, mended",
    "manual, as published",
)


@dataclass(frozen=True, eq=False)
class Found:
    """What a method found in a volume.

    Attributes
    ----------
    network : LineNetwork
    mask : ManualMask or None
        Voxels that its lines are the skeleton of, for the manual ways.
    seconds : float
        From the classified volume, or from the scans, to lines.
    """

    network: LineNetwork
    mask: ManualMask | None
    seconds: float


def find_all(known: KnownVolume) -> dict[str, Found]:
    """The lines of a volume by each method."""
    found = {name: by_reconstruction(known, method=name) for name in (LINKING, SKELETON)}
    urls = [layer.url for layer in look_into(known.result_file).plan.layers]
    frames = manual_frames(urls).frames
    return found | {
        name: _manual(frames, known, mended=name == MENDED) for name in (MENDED, PUBLISHED)
    }


def by_reconstruction(known: KnownVolume, **options: object) -> Found:
    """The lines of a volume by `darfix_wb.reconstruction`."""
    started = time.perf_counter()
    network = reconstruct(known.stack(), ReconstructionOptions(**options)).network
    return Found(network, None, time.perf_counter() - started)


def _manual(frames: numpy.ndarray, known: KnownVolume, *, mended: bool) -> Found:
    """The manual way on whole frames: what it crops is more than these have."""
    started = time.perf_counter()
    mask = manual_mask(frames, known.truth.spacing_um, crop_px=0, hot_pixels_mended=mended)
    start = numpy.array([known.truth.network.layers_um[0], 0, 0])
    lines = cured_skeleton(mask.mask, mask.spacing_um, origin_um=mask.origin_um + start)
    return Found(lines, mask, time.perf_counter() - started)


def drawn(
    network: LineNetwork,
    like: ManualMask,
    layers_um: numpy.ndarray,
    *,
    radius_um: float = RADIUS_UM,
) -> numpy.ndarray:
    """``(layers, rows, columns)`` bool: lines as voxels of the grid of a manual mask."""
    grid = ImageStack(
        layers_um,
        like.mask.shape[1:],
        tuple(like.spacing_um[1:]),
        tuple(like.origin_um[1:]),
    )
    return numpy.stack(list(draw_lines(network, grid, radius_um=radius_um)))
