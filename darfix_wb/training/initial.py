"""Which model a training starts from."""

from __future__ import annotations

import os
from collections.abc import Sequence

from ..errors import DarfixWBError
from ..extraction import PatchedScan
from ..labels import LabelMap
from ..model import BeamModel
from .options import FitOptions

SHIPPED, NONE = "shipped", "none"


def initial_for(
    initial_model: str | os.PathLike | None,
    options: FitOptions,
    scans: Sequence[tuple[PatchedScan, LabelMap]],
) -> BeamModel | None:
    """The model to start from, or None to start from random weights.

    Parameters
    ----------
    initial_model : path-like or None
        A model file, ``"shipped"``, or ``"none"``; by default the shipped model where it is of
        the network and the patch size.
    options : FitOptions
        The network to train.
    scans : sequence of (PatchedScan, LabelMap)
        Labelled scans.

    Raises
    ------
    DarfixWBError
        If the model that is asked for is of another network or patch size.
    """
    choice = str(initial_model or "")
    if choice == NONE:
        return None
    wanted = options.network, scans[0][0].grid.patch_size
    if not choice:
        shipped = BeamModel.load()
        return shipped if (shipped.name, shipped.patch_size) == wanted else None
    model = BeamModel.load(None if choice == SHIPPED else choice)
    if (model.name, model.patch_size) != wanted:
        raise DarfixWBError(
            f"The initial model must be a {wanted[0]!r} for patches of {wanted[1]} px, got a "
            f"{model.name!r} for {model.patch_size} px. Choose another, or none."
        )
    return model
