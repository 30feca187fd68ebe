"""What each method made of one scan, and how far they agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy

from ..beam import BeamMap
from ..decomposition.regions import Regions
from ..extraction import PatchedScan
from ..metrics import Scores


@dataclass(frozen=True)
class MethodOutcome:
    """What one method gave, or why it gave nothing.

    Attributes
    ----------
    name : str
        The method, one of `darfix_wb.methods.registry.METHODS`, or what a connected
        classification is called (`darfix_wb.methods.registry.with_connected`).
    beam_map : BeamMap or None
        Conditions on the grid that all methods share; None where the method failed, or makes an
        image only.
    weak_image : numpy.ndarray or None
        ``(height, width)`` float32 in `unit`, NaN where no frame contributed; None where the method
        failed.
    unit : str
        Unit of `weak_image`, e.g. ``"counts"``.
    contrast : numpy.ndarray or None
        ``(height, width)`` float32: `weak_image` above its local background, in standard
        deviations of its noise, so that all methods share one scale; a probability times the upper
        end of that scale.
    fit_seconds, seconds : float
        To fit the method on the labels, and to apply it to the scan.
    memory : float
        Largest growth of the process's memory meanwhile, bytes; nan where it cannot be told.
    fitted : mapping
        What was fitted on the labels, e.g. ``{"z": 1.21}``; empty where nothing was.
    note : str
        What the user must know, e.g. ``"binned 4x4"``; empty where there is nothing.
    error : str
        One sentence that says why the method gave nothing; empty where all went well.
    scores, clear : Scores or None
        Against the truth or the labels kept aside: over all lit patches, and over those that are
        weak or strong beyond doubt; None where neither is known.
    regions : Regions or None
        Those of Gram-Schmidt, chosen or found; None for other methods.
    model_hash, device : str
        Of a network: SHA-256 of its weights, and where it ran; empty where there is none.
    """

    name: str
    beam_map: BeamMap | None = None
    weak_image: numpy.ndarray | None = None
    unit: str = ""
    contrast: numpy.ndarray | None = None
    fit_seconds: float = 0.0
    seconds: float = 0.0
    memory: float = numpy.nan
    fitted: Mapping[str, float] = field(default_factory=dict)
    note: str = ""
    error: str = ""
    scores: Scores | None = None
    clear: Scores | None = None
    regions: Regions | None = None
    model_hash: str = ""
    device: str = ""


@dataclass(frozen=True)
class Comparison:
    """Methods side by side on one scan.

    Attributes
    ----------
    patched : PatchedScan
        Scan, grid, background and rocking curves, the same for all methods.
    outcomes : tuple of MethodOutcome
        In the order in which the methods were asked for.
    agreement : numpy.ndarray
        ``(n, n)`` float64: share of the lit patches of which two methods say the same; nan for
        methods that failed or make an image only.
    scored_on : str
        What the scores are held against, in words; empty where neither truth nor labels are known.
    """

    patched: PatchedScan
    outcomes: tuple[MethodOutcome, ...]
    agreement: numpy.ndarray
    scored_on: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The methods."""
        return tuple(outcome.name for outcome in self.outcomes)

    def __getitem__(self, name: str) -> MethodOutcome:
        """The outcome of a method."""
        return self.outcomes[self.names.index(name)]


def agreement(maps: list[BeamMap | None], lit: numpy.ndarray) -> numpy.ndarray:
    """Share of the lit patches on which two methods agree.

    Parameters
    ----------
    maps : list of BeamMap or None
        On one grid; None for a method that failed or makes an image only.
    lit : numpy.ndarray
        ``(rows, columns)`` bool: patches that count.

    Returns
    -------
    numpy.ndarray
        ``(n, n)`` float64, symmetric, 1 on the diagonal; nan where a method has no map or no
        patch is lit.
    """
    said = [None if one is None else one.condition()[:, lit] for one in maps]
    table = numpy.full((len(maps), len(maps)), numpy.nan)
    for i, first in enumerate(said):
        for j, second in enumerate(said):
            if first is not None and second is not None and first.size:
                table[i, j] = (first == second).mean()
    return table
