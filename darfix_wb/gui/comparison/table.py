"""Figures of each method, and how far the methods agree with each other."""

from __future__ import annotations

import math

import numpy
from silx.gui import qt

from ...comparison.result import Comparison, MethodOutcome
from ...comparison.table import mean_agreement
from ...metrics import Scores
from ..forms.sortable_table import FigureItem, SortableTable
from ..texts import memory_text

HEADERS = (
    ("Method", ""),
    ("Agree-\nment", "Mean share of the lit patches on which it agrees with another method"),
    (
        "Balanced\naccuracy",
        "Mean of the shares of weak and of strong patches that are classified correctly",
    ),
    ("95 %\ninterval", "Interval of the balanced accuracy, when whole frames are drawn at random"),
    ("Bal. acc.,\nclear", "Balanced accuracy on patches that are clearly weak or clearly strong"),
    ("Macro\nF1", "Mean of the F1 scores of weak and of strong patches"),
    ("MCC", "Matthews correlation coefficient, -1 to 1"),
    (
        "ECE",
        (
            "Expected calibration error: how far probabilities are from the shares of correct "
            "patches"
        ),
    ),
    ("Fit\n(s)", "Seconds to fit the method on labels"),
    ("Apply\n(s)", "Seconds to apply the method to the scan"),
    ("Memory", "Largest growth of the process's memory while the method ran"),
    ("Fitted", "What was fitted on the labels"),
    ("Note", ""),
)
"""Titles of the columns and what they mean."""

_SCORED = slice(2, 8)
_NOT_SCORED = (
    "No accuracy: it needs labels of weak and of strong patches in several frames, or the truth of "
    "a simulated scan in frames without labels."
)


class ComparisonTable(qt.QWidget):
    """One row per method."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self.table, self.caption = SortableTable(), qt.QLabel()
        self.table.setToolTip("Click on a column title to sort; Ctrl+C copies")
        self.caption.setWordWrap(True)
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.caption)

    def set_comparison(self, comparison: Comparison | None) -> None:
        """Show a comparison; None shows nothing."""
        outcomes = () if comparison is None else comparison.outcomes
        rows = [
            _row(outcome, mean_agreement(comparison, index))
            for index, outcome in enumerate(outcomes)
        ]
        self.table.set_rows([title for title, _ in HEADERS], rows)
        for column, (_, meaning) in enumerate(HEADERS):
            self.table.horizontalHeaderItem(column).setToolTip(meaning)
        scored = any(outcome.scores is not None for outcome in outcomes)
        for column in range(len(HEADERS))[_SCORED]:
            self.table.setColumnHidden(column, not scored)
        self.table.horizontalHeader().setStretchLastSection(True)
        lines = [f"Scored on: {comparison.scored_on}." if scored else _NOT_SCORED]
        lines += [f"{one.name}: {_note_of(one)}" for one in outcomes if _note_of(one)]
        self.caption.setText("\n".join(lines))


class AgreementTable(qt.QWidget):
    """Share of the lit patches on which two methods agree."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = SortableTable()
        caption = qt.QLabel(
            "Share of the lit patches, in all frames, on which two methods agree; not how accurate "
            "they are. A method that only makes an image does not classify patches."
        )
        caption.setWordWrap(True)
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table, 1)
        layout.addWidget(caption)

    def set_comparison(self, comparison: Comparison | None) -> None:
        """Show a comparison; None shows nothing."""
        if comparison is None:
            self.table.set_rows([], [])
            return
        names = list(comparison.names)
        rows = [
            [FigureItem(name), *(self._share(value) for value in values)]
            for name, values in zip(names, comparison.agreement, strict=True)
        ]
        self.table.set_rows(["Method", *names], rows)

    def _share(self, value: float) -> FigureItem:
        item = _figure(float(value))
        if not math.isnan(value):
            group = qt.QPalette.ColorGroup.Active
            color = self.palette().color(group, qt.QPalette.ColorRole.Highlight)
            color.setAlphaF(0.55 * float(numpy.clip(2 * value - 1, 0, 1)))
            item.setBackground(color)
        return item


def _note_of(outcome: MethodOutcome) -> str:
    return outcome.error or outcome.note


def _row(outcome: MethodOutcome, agreement: float) -> list[FigureItem]:
    failed = bool(outcome.error)
    fitted = ", ".join(f"{name} = {value:.3g}" for name, value in outcome.fitted.items())
    note = FigureItem(_note_of(outcome))
    note.setToolTip(_note_of(outcome))
    memory = math.nan if failed else float(outcome.memory)
    return [
        FigureItem(outcome.name),
        _figure(float(agreement)),
        *_score_items(outcome.scores, outcome.clear),
        _seconds(math.nan if failed else outcome.fit_seconds),
        _seconds(math.nan if failed else outcome.seconds),
        FigureItem(memory, memory_text(memory) if math.isfinite(memory) else None),
        FigureItem(fitted),
        note,
    ]


def _score_items(scores: Scores | None, clear: Scores | None) -> list[FigureItem]:
    if scores is None:
        return [FigureItem(math.nan) for _ in range(len(HEADERS))[_SCORED]]
    low, high = scores.interval
    interval = FigureItem(float(high - low), f"{low:.3f} to {high:.3f}")
    return [
        _figure(scores.balanced_accuracy),
        interval if math.isfinite(high - low) else FigureItem(math.nan),
        _figure(math.nan if clear is None else clear.balanced_accuracy),
        _figure(scores.macro_f1),
        _figure(scores.mcc),
        _figure(scores.ece),
    ]


def _figure(value: float) -> FigureItem:
    return FigureItem(value, None if math.isnan(value) else f"{value:.3f}")


def _seconds(value: float) -> FigureItem:
    if math.isnan(value):
        return FigureItem(value)
    text = f"{value:.0f}" if value >= 100 else f"{value:.2g}" if value >= 0.01 else "< 0.01"
    return FigureItem(float(value), text)
