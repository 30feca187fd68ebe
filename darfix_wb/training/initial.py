"""Which model a training starts from."""

from __future__ import annotations

import os
from collections.abc import Sequence

from ..errors import DarfixWBError
from ..extraction import PatchedScan
from ..labels import LabelMap
from ..model import BeamModel
from .options import FitOptions

FEW_LABELS = 500
"""With fewer labelled patches than this a training starts from the shipped model."""

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
        A model file, ``"shipped"``, or ``"none"``; by default the shipped model where labels are
        few and it fits.
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
    patch_size = scans[0][0].grid.patch_size
    if not choice:
        n_labelled = sum(int(labels.trainable.sum()) for _, labels in scans)
        if options.network != "lcnn" or n_labelled >= FEW_LABELS:
            return None
        shipped = BeamModel.load()
        return shipped if shipped.patch_size == patch_size else None
    model = BeamModel.load(None if choice == SHIPPED else choice)
    if (model.name, model.patch_size) != (options.network, patch_size):
        raise DarfixWBError(
            f"The initial model must be a {options.network!r} for patches of {patch_size} px, got "
            f"a {model.name!r} for {model.patch_size} px. Choose another, or none."
        )
    return model
