"""A layer of a volume again from its scan, to see what was said of each patch."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from ..beam import BeamMap
from ..errors import DarfixWBError
from ..extraction import PatchedScan
from ..progress import SILENT, Monitor
from .layer_job import LayerJob
from .planning import hashes
from .volume_file import read_volume_mask, read_volume_plan


def classify_again(
    path: str | os.PathLike, index: int, *, monitor: Monitor = SILENT
) -> tuple[PatchedScan, BeamMap]:
    """Classify a layer as the volume was: the file holds conditions, but no probabilities.

    Parameters
    ----------
    path : str or path-like
        The file of the volume.
    index : int
        Number of the layer, from 0; it need not be done.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    PatchedScan
        The patches of the layer.
    BeamMap
        Their probabilities.

    Raises
    ------
    DarfixWBError
        If the scan cannot be used, or the model is not the one of the volume any more.
    """
    plan, mask = read_volume_plan(Path(path)), read_volume_mask(Path(path))
    options = replace(plan.options, find_dislocations=False)
    model_hash, _ = hashes(options)
    if model_hash != plan.model_hash:
        raise DarfixWBError(
            f"A layer must be classified by the model of its volume, of SHA-256 "
            f"{plan.model_hash[:12]}, and {options.model_file or 'the shipped model'} has "
            f"{model_hash[:12]} now. Put the model back in its place."
        )
    return LayerJob(options, mask=mask).classified(plan.layers[index], monitor=monitor)
