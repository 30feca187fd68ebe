"""Mosaic blocks: Voronoi cells of the crystal, each with a tilt of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from .parameters import SampleParameters

_JOIN_UM = 0.25
"""Difference of the distances to two seeds over which the weight falls by e: a join of 1 um."""
_NEIGHBOURS = 8
_MARGIN_UM = 10.0


@dataclass(frozen=True)
class MosaicBlocks:
    """Seeds of the blocks and their tilts.

    Attributes
    ----------
    seed_um : (n, 3) float64
    block_tilt_rad : (n,) float64
    """

    seed_um: np.ndarray
    block_tilt_rad: np.ndarray

    def tilt_rad(self, points_um: np.ndarray) -> np.ndarray:
        """Return the tilt, in rad, at points of shape (..., 3) in um.

        That of the nearest seed, joined smoothly over about 1 um to those of its neighbours.
        """
        count = min(_NEIGHBOURS, len(self.seed_um))
        tree = cKDTree(self.seed_um)
        distance, index = tree.query(points_um.reshape(-1, 3), k=np.arange(1, count + 1))
        weight = np.exp((distance[:, :1] - distance) / _JOIN_UM)
        tilt = (weight * self.block_tilt_rad[index]).sum(axis=1) / weight.sum(axis=1)
        return tilt.reshape(points_um.shape[:-1])


def make_blocks(sample: SampleParameters, box: np.ndarray, rise_um: float) -> MosaicBlocks | None:
    """Draw the blocks that belong to `sample.crystal_seed`; None where there are none.

    Parameters
    ----------
    sample : SampleParameters
    box : (2, 2) float64
        Lower and upper corner (x, y), in um.
    rise_um : float
        Height that the diffracted beam gains between the layer and the exit face.
    """
    if sample.mosaic_um == 0 or sample.mosaic_urad == 0:
        return None
    rng = np.random.default_rng([sample.crystal_seed, 73])
    margin = max(_MARGIN_UM, sample.mosaic_um)
    low = np.append(box[0], -sample.depth_um) - margin
    high = np.append(box[1], sample.depth_um + rise_um) + margin
    count = max(int(rng.poisson(np.prod(high - low) / sample.mosaic_um**3)), 1)
    tilts = sample.mosaic_urad * 1e-6 * rng.standard_normal(count)
    return MosaicBlocks(rng.uniform(low, high, (count, 3)), tilts)
