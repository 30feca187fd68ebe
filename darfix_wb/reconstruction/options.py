"""How lines are found in a volume."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from ..errors import DarfixWBError

METHODS = ("linking", "skeleton")


@dataclass(frozen=True)
class ReconstructionOptions:
    """What a user may choose.

    Attributes
    ----------
    method : str
        ``"linking"``: beads from layer to layer, and streaks; ``"skeleton"``: thinning of the
        stacked dislocation images, to compare with.
    threshold : float
        Evidence that a bead must have: its height in sigma, and up to ten more by the detector.
    correct_jitter : bool
        Whether the displacement of single layers is estimated and taken off.
    burgers_um : float
        Length of the Burgers vector, for the misorientation of boundaries; NaN where not known.

    Raises
    ------
    DarfixWBError
        If a value is out of its range.

    Examples
    --------
    >>> ReconstructionOptions(threshold=6).as_dict()["method"]
    'linking'
    """

    method: str = METHODS[0]
    threshold: float = 8.0
    correct_jitter: bool = True
    burgers_um: float = math.nan

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise DarfixWBError(
                f"The method must be {' or '.join(METHODS)}, got {self.method!r}. Choose one."
            )
        if not 3 <= self.threshold <= 100:
            raise DarfixWBError(
                "The threshold must be from 3 to 100 sigma, got "
                f"{self.threshold:g}. Choose for example 8."
            )
        if not (math.isnan(self.burgers_um) or 0 < self.burgers_um < 0.01):
            raise DarfixWBError(
                "The Burgers vector must have a length above 0 and below 0.01 um, got "
                f"{self.burgers_um:g}. Give for example 0.000286 for aluminium."
            )

    def as_dict(self) -> dict[str, Any]:
        """Plain values, which JSON can hold."""
        values = asdict(self)
        return values | {"burgers_um": None if math.isnan(self.burgers_um) else self.burgers_um}
