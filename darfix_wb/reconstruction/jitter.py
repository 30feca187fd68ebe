"""How far each layer is displaced, told by the beads themselves.

Layers are not laid over each other by their images: correlation follows inclined boundaries, and
locks on what the sensor leaves in all of them. What many lines share is looked for instead: a layer
that is displaced puts the same bend into every line that crosses it. Displacements that grow evenly
from layer to layer look like inclined lines; those are the motors' to tell.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy

from .beads import Beads

LEAST_TRIPLETS = 4
"""Lines that must cross a layer for its displacement to be told."""

_ALIKE = 1.4826**2


def displacements(
    beads: Beads, chains: Sequence[numpy.ndarray], n_layers: int
) -> tuple[numpy.ndarray, int]:
    """Estimate the displacement of each layer in its plane.

    The bend of a chain at a layer is the distance of its bead from the straight line between the
    two beside it. The median bend of at least four chains is what the layer, and the two beside it,
    add; of all displacements that explain these medians within their uncertainty those are taken
    that are smallest (a Gaussian prior whose width follows from the medians), so that nothing
    drifts over many layers.

    Parameters
    ----------
    beads : Beads
    chains : sequence of numpy.ndarray
        Numbers of beads, from `darfix_wb.reconstruction.linking.link`.
    n_layers : int

    Returns
    -------
    offset_um : numpy.ndarray
        ``(n_layers, 2)`` float64 (row, column); 0 where too few lines tell.
    n_told : int
        Number of layers at which enough lines cross.
    """
    triplets = [
        numpy.column_stack([chain[:-2], chain[1:-1], chain[2:]])
        for chain in chains
        if len(chain) >= 3
    ]
    if not triplets:
        return numpy.zeros((n_layers, 2)), 0
    before, middle, after = numpy.concatenate(triplets).T
    z, flat = beads.place_um[:, 0], beads.place_um[:, 1:]
    share = ((z[middle] - z[before]) / (z[after] - z[before]))[:, None]
    bends = flat[middle] - (1 - share) * flat[before] - share * flat[after]
    rows, medians, errors = [], [], []
    for layer in numpy.unique(beads.layer[middle]):
        own = numpy.flatnonzero(beads.layer[middle] == layer)
        # Where a line skips a layer, other layers have a part in its bend.
        plain = own[
            (beads.layer[before[own]] == layer - 1) & (beads.layer[after[own]] == layer + 1)
        ]
        if len(plain) < LEAST_TRIPLETS:
            continue
        median = numpy.median(bends[plain], axis=0)
        spread = numpy.median(numpy.abs(bends[plain] - median), axis=0) ** 2 * _ALIKE
        row = numpy.zeros(n_layers)
        row[layer - 1 : layer + 2] = share[plain[0], 0] - 1, 1, -share[plain[0], 0]
        rows.append(row)
        medians.append(median)
        errors.append(numpy.maximum(1.57 * spread / len(plain), 1e-6))
    if not rows:
        return numpy.zeros((n_layers, 2)), 0
    return _smallest(*map(numpy.array, (rows, medians, errors))), len(rows)


def _smallest(rows: numpy.ndarray, medians: numpy.ndarray, errors: numpy.ndarray) -> numpy.ndarray:
    """The posterior mean of displacements with a prior of its own width for rows and columns."""
    offset = numpy.zeros((rows.shape[1], 2))
    for axis in (0, 1):
        excess = numpy.mean(medians[:, axis] ** 2 - errors[:, axis]) / numpy.mean(
            (rows**2).sum(axis=1)
        )
        if excess <= 0:
            continue
        weighted = rows / errors[:, axis, None]
        normal = rows.T @ weighted + numpy.eye(rows.shape[1]) / excess
        offset[:, axis] = numpy.linalg.solve(normal, weighted.T @ medians[:, axis])
    return offset
