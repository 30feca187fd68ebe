"""How the logits of a network become probabilities that can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite

import numpy
from scipy.special import expit

from ..beam import BeamCondition
from ..errors import DarfixWBError
from ..networks import to_probabilities


@dataclass(frozen=True)
class Calibration:
    """What is fitted on patches kept aside, after the weights of a network.

    Attributes
    ----------
    temperature : float
        Divides the logits (Guo et al., ICML 2017); above 0.
    shift : float
        Added to the logit of strong beam before: where the boundary between weak and strong lies.
    thresholds : tuple of float or None
        Least probabilities of weak and of strong in `darfix_wb.beam.prediction_sets`, each 0 to 1.
        None where they were not fitted.

    Raises
    ------
    DarfixWBError
        If a value is out of its range.

    Examples
    --------
    >>> import numpy
    >>> from darfix_wb.model import Calibration
    >>> Calibration(temperature=2.0, shift=0.5).probabilities(numpy.array([-0.5, 3.5])).round(3)
    array([[0.5  , 0.5  , 0.   ],
           [0.119, 0.881, 0.   ]], dtype=float32)
    """

    temperature: float = 1.0
    shift: float = 0.0
    thresholds: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not (self.temperature > 0 and isfinite(self.temperature) and isfinite(self.shift)):
            raise DarfixWBError(
                "The temperature of a calibration must be above 0 and its shift finite, got "
                f"{self.temperature} and {self.shift}. Calibrate again."
            )
        pair = self.thresholds
        if pair is not None and not (len(pair) == 2 and all(0 <= value <= 1 for value in pair)):
            raise DarfixWBError(
                "The thresholds of a calibration must be two probabilities, of weak and of strong, "
                f"got {pair}. Calibrate again."
            )

    def probabilities(
        self, logits: numpy.ndarray, classes: Sequence[BeamCondition] | None = None
    ) -> numpy.ndarray:
        """Calibrated probabilities in the order WEAK, STRONG, EMPTY.

        Parameters
        ----------
        logits : numpy.ndarray
            ``(..., n_classes)``, in the order of `classes`; without them ``(...)``, the logit of
            strong against weak, as a context network gives it.
        classes : sequence of BeamCondition, optional
            What the logits stand for; a condition that is not among them gets probability 0.

        Returns
        -------
        numpy.ndarray
            ``(..., 3)`` float32; the last axis sums to 1.
        """
        if classes is None:
            strong = expit(self.calibrated(logits))
            probabilities = numpy.stack([1 - strong, strong, numpy.zeros_like(strong)], axis=-1)
            return probabilities.astype(numpy.float32, copy=False)
        if self.shift:
            is_strong = [condition == BeamCondition.STRONG for condition in classes]
            logits = logits + self.shift * numpy.array(is_strong)
        flat = logits.reshape(-1, logits.shape[-1])
        probabilities = to_probabilities(flat, classes, temperature=self.temperature)
        return probabilities.reshape(*logits.shape[:-1], len(BeamCondition))

    def calibrated(self, logits: numpy.ndarray) -> numpy.ndarray:
        """Logits of strong against weak whose logistic function is the probability of strong."""
        return (logits + self.shift) / self.temperature

    def uncalibrated(self, logits: numpy.ndarray) -> numpy.ndarray:
        """What `calibrated` makes these of."""
        return logits * self.temperature - self.shift

    def moved(self, distance: float) -> Calibration:
        """The same with calibrated logits that are higher by `distance`; for more strong beam."""
        return replace(self, shift=self.shift + distance * self.temperature)

    def to_dict(self) -> dict:
        """Plain literals, for the header of a file."""
        thresholds = None if self.thresholds is None else list(self.thresholds)
        return {"temperature": self.temperature, "shift": self.shift, "thresholds": thresholds}

    @classmethod
    def from_dict(cls, described: dict) -> Calibration:
        """What `to_dict` described; without shift, it is 0.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it describes no calibration.
        """
        thresholds = described["thresholds"]
        if thresholds is not None:
            thresholds = tuple(float(value) for value in thresholds)
        temperature, shift = described["temperature"], described.get("shift", 0.0)
        try:
            return cls(float(temperature), float(shift), thresholds)
        except DarfixWBError as error:
            raise ValueError(str(error)) from error
