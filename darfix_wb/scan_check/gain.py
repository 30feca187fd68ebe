"""What photon transfer says of the detector, in words."""

from __future__ import annotations

import math

from .finding import Finding
from .report import PhotonTransfer
from .wording import with_error


def gain_finding(transfer: PhotonTransfer, n_pairs: int) -> Finding:
    """The gain with its uncertainty, or that it cannot be told.

    Parameters
    ----------
    transfer : PhotonTransfer
        From `fit_gain`.
    n_pairs : int
        Number of pairs of neighbouring frames that it was made from.
    """
    details = {"n_pairs": n_pairs}
    if math.isnan(transfer.gain):
        return Finding(
            "gain",
            f"The gain cannot be determined from {n_pairs} pairs of neighbouring frames: their "
            "signals "
            "span too little, or the crystal changes too much between them.",
            details,
        )
    return Finding(
        "gain",
        f"The variance grows by {with_error(transfer.gain, transfer.uncertainty)} counts for each "
        f"count of signal ({n_pairs} pairs of neighbouring frames): counts per photon, or less "
        "where the detector blurs them.",
        {
            **details,
            "gain": transfer.gain,
            "uncertainty": transfer.uncertainty,
            "variance_without_light": transfer.offset,
        },
    )
