"""What came of one method on one scan after one fit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from .figures import Figures


@dataclass(frozen=True, eq=False)
class Cell:
    """One cell of the table: figures, or the reason why the method failed.

    Attributes
    ----------
    method, protocol, sample, scan : str
        What was fitted how, and scored on what.
    seed : int
        Of the split.
    figures : Figures or None
        Of what the method says of the patches; None where it failed or makes an image only.
    image : mapping
        How well the weak-beam image shows the visible dislocations, see
        `darfix_wb.image_quality.figures`; empty where they are not known, or where frames of
        the scan were labelled.
    fitted : mapping
        What was fitted, by name.
    parameters, macs : int
        Of a network, and multiplications of it for one patch; 0 for other methods.
    fit_seconds : float
        To fit the method on the labels.
    frame_seconds : float
        To prepare and classify one frame.
    note : str
        What the method says about its answer.
    error : str
        One sentence that says why the method failed; empty where it did not.
    """

    method: str
    protocol: str
    sample: str
    scan: str
    seed: int
    figures: Figures | None = None
    image: Mapping[str, float] = field(default_factory=dict)
    fitted: Mapping[str, float] = field(default_factory=dict)
    parameters: int = 0
    macs: int = 0
    fit_seconds: float = math.nan
    frame_seconds: float = math.nan
    note: str = ""
    error: str = ""

    def to_dict(self) -> dict:
        """Plain literals, nan as None; times apart, all else repeats."""
        names = ("method", "protocol", "sample", "scan", "seed", "note", "error")
        return {
            **{name: getattr(self, name) for name in names},
            "fitted": literals(self.fitted),
            "parameters": self.parameters,
            "macs": self.macs,
            "figures": self.figures.to_dict() if self.figures else None,
            "image": literals(self.image),
            "times": literals(
                {"fit_seconds": self.fit_seconds, "frame_seconds": self.frame_seconds}
            ),
        }


def literals(values: Mapping[str, float]) -> dict[str, float | None]:
    """Numbers that JSON can hold; what is not finite becomes None."""
    plain = {name: float(value) for name, value in values.items()}
    return {name: value if math.isfinite(value) else None for name, value in plain.items()}
