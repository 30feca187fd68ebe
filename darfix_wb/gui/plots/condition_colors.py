"""The colours of the conditions as pictures, and the few others that views draw with."""

from __future__ import annotations

import numpy
from silx.gui import qt

from ...beam import AMBIGUOUS, CONDITION_COLORS, CONDITION_NAMES, UNLABELLED, BeamCondition

GRID_COLOR = "#56B4E9"
"""Lines between patches: sky blue (Okabe and Ito), none of the conditions."""

SELECTION_COLOR = "#CC79A7"
"""The patch that is looked at: reddish purple (Okabe and Ito)."""

SHOWN_CONDITIONS = (BeamCondition.WEAK, BeamCondition.STRONG, BeamCondition.EMPTY, AMBIGUOUS)
"""Conditions in the order in which legends and tables list them."""


def condition_rgba(conditions: numpy.ndarray, alpha: int = 255) -> numpy.ndarray:
    """Conditions as colours; unlabelled ones are transparent.

    Parameters
    ----------
    conditions : numpy.ndarray
        uint8 of any shape: values of `BeamCondition`, AMBIGUOUS or UNLABELLED.
    alpha : int
        Opacity of the others, 0 to 255.

    Returns
    -------
    numpy.ndarray
        ``(*conditions.shape, 4)`` uint8.
    """
    table = numpy.zeros((256, 4), dtype=numpy.uint8)
    for condition, name in CONDITION_COLORS.items():
        if condition != UNLABELLED:
            table[int(condition)] = (*bytes.fromhex(name[1:]), alpha)
    return table[conditions]


def condition_icon(condition: int, size: int = 14) -> qt.QIcon:
    """A square in the condition's colour, framed so that it is seen on any background."""
    pixmap = qt.QPixmap(size, size)
    pixmap.fill(qt.QColor(CONDITION_COLORS[condition]))
    painter = qt.QPainter(pixmap)
    painter.setPen(qt.QColor("#808080"))
    painter.drawRect(0, 0, size - 1, size - 1)
    painter.end()
    return qt.QIcon(pixmap)


class ConditionLegend(qt.QWidget):
    """Names of the conditions with their colours, in a row."""

    def __init__(self, conditions=SHOWN_CONDITIONS, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        layout = qt.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for condition in conditions:
            square = qt.QLabel()
            square.setPixmap(condition_icon(condition).pixmap(14, 14))
            layout.addWidget(square)
            layout.addWidget(qt.QLabel(CONDITION_NAMES[condition]))
            layout.addSpacing(8)
        layout.addStretch(1)
