"""Training a network on labelled patches, and saying honestly how good it is."""

from __future__ import annotations

from .calibrate import fit_temperature
from .data import TrainingSet, concatenate, gather
from .fit import fit
from .inputs import fit_scaling
from .metrics import CONFUSION_COLUMNS, CONFUSION_ROWS, Scores, evaluate
from .options import FitOptions
from .predict import predict, predict_logits
from .result import FitResult, History
from .train import TrainingOutcome, train

__all__ = [
    "CONFUSION_COLUMNS",
    "CONFUSION_ROWS",
    "FitOptions",
    "FitResult",
    "History",
    "Scores",
    "TrainingOutcome",
    "TrainingSet",
    "concatenate",
    "evaluate",
    "fit",
    "fit_scaling",
    "fit_temperature",
    "gather",
    "predict",
    "predict_logits",
    "train",
]
