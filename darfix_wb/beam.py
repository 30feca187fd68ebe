"""The condition of a patch in a frame, and the map of conditions over a scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import IntEnum
from typing import Any

import numpy

from .errors import DarfixWBError
from .patches import PatchGrid


class BeamCondition(IntEnum):
    """What a patch of a frame shows. The value is the index of its probability."""

    WEAK = 0
    """Off the Bragg peak: only defects diffract, once."""
    STRONG = 1
    """Near the Bragg peak: the crystal diffracts, many times over."""
    EMPTY = 2
    """Outside the crystal or the beam: no signal in the whole rocking curve."""


LIT = (BeamCondition.WEAK, BeamCondition.STRONG)
"""Conditions of a patch that carries signal."""

LCNN_ALONE = "lcnn-alone"
"""Name of the method by which the network ``lcnn`` sees each frame alone, as in live use."""

AMBIGUOUS = 3
"""A patch that is neither clearly weak nor clearly strong. Never trained on."""

UNLABELLED = 255
"""A patch that has no label."""

CONDITION_NAMES = {
    BeamCondition.WEAK: "weak",
    BeamCondition.STRONG: "strong",
    BeamCondition.EMPTY: "empty",
    AMBIGUOUS: "ambiguous",
    UNLABELLED: "unlabelled",
}

CONDITION_COLORS = {
    BeamCondition.WEAK: "#0072B2",
    BeamCondition.STRONG: "#D55E00",
    BeamCondition.EMPTY: "#999999",
    AMBIGUOUS: "#F0E442",
    UNLABELLED: "#FFFFFF",
}
"""Colours of the conditions in every plot, map and window: blue, vermilion, grey and yellow, which
colour-blind people tell apart (Okabe and Ito, 2008)."""


def condition_from_name(name: str) -> int:
    """The value of a condition with this name (``"weak"``, ``"ambiguous"``...).

    Raises
    ------
    DarfixWBError
        If no condition has that name.

    Examples
    --------
    >>> condition_from_name("strong")
    1
    """
    for value, known in CONDITION_NAMES.items():
        if known == str(name).lower():
            return int(value)
    raise DarfixWBError(
        f"A condition must be one of {', '.join(CONDITION_NAMES.values())}, got {name!r}. "
        "Correct the name."
    )


def prediction_sets(probabilities: numpy.ndarray, thresholds: tuple[float, float]) -> numpy.ndarray:
    """What each lit patch may be, by the thresholds of a conformal calibration.

    Parameters
    ----------
    probabilities : numpy.ndarray
        ``(..., 3)`` in the order WEAK, STRONG, EMPTY.
    thresholds : tuple of float
        Of weak and of strong: a set holds the condition where its probability, given that the
        patch is lit, reaches this (`darfix_wb.training.calibrate.conformal_thresholds`).

    Returns
    -------
    numpy.ndarray
        ``(..., 2)`` bool: whether WEAK, and whether STRONG, is in the set. The set of a patch that
        is likeliest EMPTY holds neither.
    """
    lit = probabilities[..., : BeamCondition.EMPTY]
    reached = lit >= numpy.asarray(thresholds, lit.dtype) * lit.sum(axis=-1, keepdims=True)
    return reached & (probabilities.argmax(axis=-1) != BeamCondition.EMPTY)[..., None]


def is_ambiguous(probabilities: numpy.ndarray, thresholds: tuple[float, float]) -> numpy.ndarray:
    """``(...)`` bool: lit patches whose prediction set is not just the likeliest condition.

    Parameters
    ----------
    probabilities, thresholds
        As in `prediction_sets`.
    """
    condition = probabilities.argmax(axis=-1)
    alone = numpy.arange(BeamCondition.EMPTY) == condition[..., None]
    other = (prediction_sets(probabilities, thresholds) != alone).any(axis=-1)
    return other & (condition != BeamCondition.EMPTY)


def ambiguous_share(condition: numpy.ndarray) -> float:
    """Share of the lit patches that are AMBIGUOUS, 0 to 1; nan where none is lit.

    Parameters
    ----------
    condition : numpy.ndarray
        ``(...)`` uint8, from `BeamMap.condition`.
    """
    lit = numpy.count_nonzero(condition != BeamCondition.EMPTY)
    return numpy.count_nonzero(condition == AMBIGUOUS) / lit if lit else numpy.nan


@dataclass(frozen=True)
class ClassificationRecord:
    """What a classification was made from and with, besides its grid, method and weights.

    Attributes
    ----------
    dark : float or str
        Counts of a dark pixel; where the level was an image, a sentence about it.
    dark_source : str
        Where the level comes from: ``"given"``, ``"dark images"`` or ``"estimated"``; empty where
        that is not known.
    noise : float
        Standard deviation of a dark pixel, counts.
    rocking_motor : str
        Name of the rocking motor; empty where none moved.
    use_context : bool or None
        Whether a network was to weigh each frame against the others of its rocking curve; None for
        a rule.
    device : str
        Where a network ran, e.g. ``"cpu"``; empty for a rule.
    invalid_pixels : int or None
        Number of pixels without counts; None where that is not known.
    mask_file : str
        File of a mask that the user gave, if any.
    left_out : mapping of int to str
        Frames that are in no rocking curve, with the reason.
    """

    dark: float | str
    dark_source: str
    noise: float
    rocking_motor: str
    use_context: bool | None = None
    device: str = ""
    invalid_pixels: int | None = None
    mask_file: str = ""
    left_out: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class BeamMap:
    """The probability of each condition in each patch of each frame.

    Attributes
    ----------
    probabilities : numpy.ndarray
        ``(n_frames, rows, columns, 3)`` float32, in the order WEAK, STRONG, EMPTY; each sums to 1.
    grid : PatchGrid
        Where the patches lie in the frame.
    model_hash : str
        SHA-256 of the weights that gave the probabilities; empty for a rule without weights.
    method : str
        Name of the method, e.g. ``"lcnn"`` or ``"angle-rule"``.
    warnings : tuple of str
        Why the result may not be trusted; sentences to show next to it.
    thresholds : tuple of float or None
        Of `prediction_sets`, for weak and for strong; None where the method was not calibrated so.
    record : ClassificationRecord or None
        What it was made from and with; None where that is not known, as in older files.

    Examples
    --------
    >>> probabilities = numpy.zeros((1, 1, 2, 3), dtype=numpy.float32)
    >>> probabilities[0, 0] = [[0.9, 0.1, 0.0], [0.4, 0.6, 0.0]]
    >>> beam_map = BeamMap(probabilities, PatchGrid((64, 128), 64))
    >>> beam_map.condition().tolist()
    [[[0, 1]]]
    >>> beam_map.condition(threshold=0.8).tolist()
    [[[0, 3]]]
    """

    probabilities: numpy.ndarray
    grid: PatchGrid
    model_hash: str = ""
    method: str = ""
    warnings: tuple[str, ...] = ()
    thresholds: tuple[float, float] | None = None
    record: ClassificationRecord | None = None

    def __post_init__(self) -> None:
        expected = (*self.grid.shape, len(BeamCondition))
        if self.probabilities.ndim != 4 or self.probabilities.shape[1:] != expected:
            raise DarfixWBError(
                f"Probabilities must have the shape (n_frames, {expected[0]}, {expected[1]}, "
                f"{expected[2]}) of their grid, got {self.probabilities.shape}. "
                "Classify the frames with this grid."
            )

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self.probabilities.shape[0]

    @property
    def parameters(self) -> dict[str, Any]:
        """How it was made, in plain values (method, patch size, stride and its `record`)."""
        grid = {"patch_size": self.grid.patch_size, "stride": self.grid.stride}
        made = {} if self.record is None else asdict(self.record)
        return {"method": self.method, **grid, **made}

    @property
    def ambiguous(self) -> numpy.ndarray:
        """``(n_frames, rows, columns)`` bool, see `is_ambiguous`; nowhere without `thresholds`."""
        if self.thresholds is None:
            return numpy.zeros(self.probabilities.shape[:-1], dtype=bool)
        return is_ambiguous(self.probabilities, self.thresholds)

    def condition(self, threshold: float | None = 0.0) -> numpy.ndarray:
        """The likeliest condition of each patch.

        Parameters
        ----------
        threshold : float or None
            Patches whose likeliest condition is less probable than this become AMBIGUOUS; None
            for those that are `ambiguous` by the calibration of the method.

        Returns
        -------
        numpy.ndarray
            ``(n_frames, rows, columns)`` uint8.
        """
        condition = self.probabilities.argmax(axis=-1).astype(numpy.uint8)
        by_calibration = threshold is None
        unsure = self.ambiguous if by_calibration else self.probabilities.max(axis=-1) < threshold
        condition[unsure] = AMBIGUOUS
        return condition

    def pixel_weights(self, frame: int) -> numpy.ndarray:
        """Probabilities of one frame, blended over overlapping patches.

        Returns
        -------
        numpy.ndarray
            ``(height, width, 3)`` float32 in the order WEAK, STRONG, EMPTY; each pixel sums to 1.
        """
        return self.grid.stitch(self.probabilities[frame])
