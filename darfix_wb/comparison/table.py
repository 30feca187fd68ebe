"""The figures of a comparison, one row per method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from .result import Comparison, MethodOutcome

Value = str | float | None


def _score(name: str, part: str = "scores") -> Callable[[MethodOutcome], Value]:
    def value(outcome: MethodOutcome) -> Value:
        scores = getattr(outcome, part)
        return None if scores is None else getattr(scores, name)

    return value


def _interval(edge: int) -> Callable[[MethodOutcome], Value]:
    def value(outcome: MethodOutcome) -> Value:
        return None if outcome.scores is None else outcome.scores.interval[edge]

    return value


COLUMNS: dict[str, Callable[[MethodOutcome], Any]] = {
    "balanced_accuracy": _score("balanced_accuracy"),
    "balanced_accuracy_low": _interval(0),
    "balanced_accuracy_high": _interval(1),
    "balanced_accuracy_clear": _score("balanced_accuracy", "clear"),
    "macro_f1": _score("macro_f1"),
    "mcc": _score("mcc"),
    "auroc": _score("auroc"),
    "ece": _score("ece"),
    "brier": _score("brier"),
    "n_patches": _score("n_patches"),
    "fit_seconds": lambda outcome: outcome.fit_seconds,
    "seconds": lambda outcome: outcome.seconds,
    "memory_bytes": lambda outcome: outcome.memory,
    "fitted": lambda outcome: ", ".join(f"{k}={v:.4g}" for k, v in outcome.fitted.items()),
    "note": lambda outcome: outcome.note,
    "error": lambda outcome: outcome.error,
}
"""Name and value of each column after the method and its agreement; None or nan: not known."""


def table(comparison: Comparison) -> list[dict[str, Value]]:
    """One row per method: name, mean agreement with the other methods, and `COLUMNS`.

    Returns
    -------
    list of dict
        Numbers or texts by column; None where a figure is not known, as the agreement and the
        scores of a method that makes an image only.
    """
    rows = []
    for index, outcome in enumerate(comparison.outcomes):
        row = {"method": outcome.name, "agreement": mean_agreement(comparison, index)}
        row |= {name: value(outcome) for name, value in COLUMNS.items()}
        if outcome.error:
            row |= {"fit_seconds": None, "seconds": None, "memory_bytes": None}
        rows.append({name: _known(value) for name, value in row.items()})
    return rows


def mean_agreement(comparison: Comparison, index: int) -> float:
    """Mean share of the lit patches on which the other methods agree; nan without any."""
    others = numpy.delete(comparison.agreement[index], index)
    others = others[numpy.isfinite(others)]
    return float(others.mean()) if others.size else numpy.nan


def _known(value: Value) -> Value:
    return None if isinstance(value, float) and not numpy.isfinite(value) else value
