"""What is known about a simulated scan, for the pixels and for any grid of patches."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np

from ..beam import BeamCondition
from ..errors import DarfixWBError
from ..io.hdf5_access import open_hdf5, reason
from ..truth import PatchTruth
from .crystal import Dislocations
from .curved_lines import CurvedLines
from .parameters import SimulationParameters

if TYPE_CHECKING:
    from ..patches import PatchGrid

BIN_PX = 4
"""Side of the square bins of the maps."""
STRONG_MS = 0.03
LIT = 0.25
NO_SIGNAL_ADU = 1.0
CLEAR_PART = 0.8


@dataclass(frozen=True)
class TruthMaps:
    """Physical truth of a scan on bins of 4 x 4 px; bins at the border may be smaller.

    Attributes
    ----------
    frame_shape : tuple of int
        Rows and columns of a frame, in px.
    ms : (n_frames, rows / 4, columns / 4) float16
        ``|Dh - Dh_Born|^2`` over the median strong-beam level: multiple scattering.
    dev : (n_frames, rows / 4, columns / 4) float16
        ``|phi - local peak|`` over the width of the local rocking curve.
    illumination : (n_frames, rows / 4, columns / 4) float16
        Relative to the middle of the beam, less what absorption along the rows takes away.
    signal_adu : (rows / 4, columns / 4) float32
        Largest expected signal over the rocking curve, without ground and offset.
    local_peak_deg : (rows / 4, columns / 4) float32
        Position of the local rocking curve on the scale of the motor.
    dislocation_mask : (rows, columns) bool
        Pixels within 0.4 um of a dislocation with g.b not 0 in the layer.
    dislocations : Dislocations
        All straight lines of the crystal.
    parameters : SimulationParameters
    line_map : (rows, columns) int16, optional
        Which of `dislocations` a pixel lies on, of any g.b, and -1 elsewhere; numbers from their
        count on are those of `curved`. None in files of earlier versions, in which the mask is that
        of the first frame instead of the middle one.
    shown_lines : (rows, columns) bool, optional
        Pixels of `line_map` whose contrast exceeds the noise in some frame, see
        `visibility.Contrast`; None in files of earlier versions.
    curved : CurvedLines, optional
        Curved lines of the crystal.
    """

    frame_shape: tuple[int, int]
    ms: np.ndarray
    dev: np.ndarray
    illumination: np.ndarray
    signal_adu: np.ndarray
    local_peak_deg: np.ndarray
    dislocation_mask: np.ndarray
    dislocations: Dislocations
    parameters: SimulationParameters
    line_map: np.ndarray | None = None
    shown_lines: np.ndarray | None = None
    curved: CurvedLines | None = None


def _bin_weights(origins: np.ndarray, patch_size: int, length: int) -> np.ndarray:
    """Return (n_patches, n_bins): part of each patch, within the frame, that lies in each bin."""
    edges = np.append(np.arange(0, length, BIN_PX), length)
    low = np.maximum(edges[:-1], origins[:, None])
    high = np.minimum(edges[1:], np.minimum(origins + patch_size, length)[:, None])
    overlap = np.maximum(high - low, 0).astype(np.float32)
    return overlap / overlap.sum(axis=1, keepdims=True)


def _patch_mean(maps: np.ndarray, weights: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    return weights[0] @ maps.astype(np.float32) @ weights[1].T


def _conditions(strong: np.ndarray, empty: np.ndarray) -> np.ndarray:
    lit = np.where(strong, BeamCondition.STRONG, BeamCondition.WEAK)
    return np.where(empty, BeamCondition.EMPTY, lit)


def patch_truth(maps: TruthMaps, grid: PatchGrid) -> PatchTruth:
    """Label every patch of a grid by physics.

    Strong where the mean ``ms`` is above 3 %, else weak; empty where the mean illumination is
    below 0.25 or the expected signal stays below 1 ADU over the whole curve. Clear where more than
    80 % of the patch has dev < 0.75 and ms > 10 %, or more than 80 % has dev > 1.25 and ms < 0.5 %.

    Parameters
    ----------
    maps : TruthMaps
    grid : PatchGrid
        Parts of patches that reach beyond the frame are left out.

    Returns
    -------
    PatchTruth

    Raises
    ------
    DarfixWBError
        Where the grid was made for frames of another shape.
    """
    if tuple(grid.frame_shape) != tuple(maps.frame_shape):
        raise DarfixWBError(
            f"The patch grid must be made for frames of {maps.frame_shape} px, got "
            f"{tuple(grid.frame_shape)}. Make a PatchGrid with the shape of the simulated frames."
        )
    origins = np.asarray(grid.origins).reshape(*grid.shape, 2)
    weights = (
        _bin_weights(origins[:, 0, 0], grid.patch_size, maps.frame_shape[0]),
        _bin_weights(origins[0, :, 1], grid.patch_size, maps.frame_shape[1]),
    )
    shape = len(maps.ms), *grid.shape
    condition, geometric = np.empty(shape, np.uint8), np.empty(shape, np.uint8)
    clear, multiple = np.empty(shape, bool), np.empty(shape, np.float32)
    silent = _patch_mean(maps.signal_adu, weights) < NO_SIGNAL_ADU
    for k, (ms, dev, lit) in enumerate(zip(maps.ms, maps.dev, maps.illumination, strict=True)):
        empty = silent | (_patch_mean(lit, weights) < LIT)
        multiple[k] = _patch_mean(ms, weights)
        strong = multiple[k] > STRONG_MS
        near = _patch_mean(dev < 1, weights) > 0.5
        condition[k] = _conditions(strong, empty)
        geometric[k] = _conditions(near, empty)
        surely_strong = _patch_mean((dev < 0.75) & (ms > 0.1), weights) > CLEAR_PART
        surely_weak = _patch_mean((dev > 1.25) & (ms < 0.005), weights) > CLEAR_PART
        clear[k] = (surely_strong | surely_weak) & ~empty
    return PatchTruth(condition, clear, geometric, multiple)


def read_truth(path: str | Path) -> TruthMaps:
    """Read the truth of a simulated scan from its file.

    Raises
    ------
    DarfixWBError
        Where the file cannot be read or holds no truth.
    """
    with open_hdf5(path) as file:
        try:
            return _read(file["truth"])
        except KeyError as error:
            raise DarfixWBError(
                f"The truth must come from a file written by darfix-wb simulate, got {path} "
                f"({reason(error)}). Simulate the scan again or choose another file."
            ) from error


def _read(group: h5py.Group) -> TruthMaps:
    parameters = SimulationParameters.from_dict(json.loads(group["parameters"][()]))
    arrays = ("ms", "dev", "illumination", "signal_adu", "local_peak_deg")
    return TruthMaps(
        frame_shape=parameters.scan.shape,
        **{name: group[name][()] for name in arrays},
        dislocation_mask=group["dislocation_mask"][()].astype(bool),
        dislocations=table_of(group["dislocations"], Dislocations),
        parameters=parameters,
        line_map=group["line_map"][()] if "line_map" in group else None,
        shown_lines=group["shown_lines"][()].astype(bool) if "shown_lines" in group else None,
        curved=table_of(group["curved"], CurvedLines) if "curved" in group else None,
    )


def table_of(group: h5py.Group, kind: type) -> Dislocations | CurvedLines:
    """Read a table of lines."""
    return kind(**{name: group[name][()] for name in kind.__dataclass_fields__})
