"""The brushes, the other tools, and the counts of the labelling window."""

from __future__ import annotations

import numpy
from silx.gui import qt

from ...beam import AMBIGUOUS, CONDITION_NAMES, UNLABELLED, BeamCondition
from ..plots.condition_colors import SELECTION_COLOR, condition_icon

_BRUSHES = (
    (BeamCondition.WEAK, "Weak", "W"),
    (BeamCondition.STRONG, "Strong", "S"),
    (BeamCondition.EMPTY, "Empty", "E"),
    (AMBIGUOUS, "Ambiguous", "A"),
    (UNLABELLED, "Erase", "Delete"),
)


class Brushes(qt.QWidget):
    """One button for each condition and one to erase, each with its key."""

    chosen = qt.Signal(int)

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = qt.QButtonGroup(self)
        self.setStyleSheet(f"QToolButton:checked {{ border: 2px solid {SELECTION_COLOR}; }}")
        layout = qt.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        for condition, text, key in _BRUSHES:
            button = qt.QToolButton()
            button.setText(f"{text} ({'Del' if key == 'Delete' else key})")
            button.setIcon(condition_icon(condition))
            button.setToolButtonStyle(qt.Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setCheckable(True)
            button.setToolTip(f"Paint patches by clicking or dragging: {text.lower()} ({key})")
            self._group.addButton(button, int(condition))
            layout.addWidget(button)
        layout.addStretch(1)
        self._group.idClicked.connect(self.chosen)
        self.condition = int(BeamCondition.WEAK)

    @property
    def condition(self) -> int:
        """What is painted."""
        return self._group.checkedId()

    @condition.setter
    def condition(self, condition: int) -> None:
        self._group.button(int(condition)).setChecked(True)

    @staticmethod
    def keys() -> dict[str, int]:
        """Condition by key."""
        return {key: int(condition) for condition, _, key in _BRUSHES}


class CountsTable(qt.QTableWidget):
    """Number of patches by condition, in the frame that is shown and in the scan."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(len(CONDITION_NAMES), 2, parent)
        self.setHorizontalHeaderLabels(["this frame", "all frames"])
        self.setVerticalHeaderLabels(list(CONDITION_NAMES.values()))
        for row, condition in enumerate(CONDITION_NAMES):
            self.verticalHeaderItem(row).setIcon(condition_icon(condition))
        self.setEditTriggers(qt.QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(qt.QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(qt.Qt.FocusPolicy.NoFocus)
        self.horizontalHeader().setSectionResizeMode(qt.QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().setSectionResizeMode(qt.QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(22)
        self.setFixedHeight(
            22 * len(CONDITION_NAMES) + self.horizontalHeader().sizeHint().height() + 2
        )

    def set_values(self, values: numpy.ndarray, frame: int) -> None:
        """Count the labels ``(n_frames, rows, columns)``."""
        for row, condition in enumerate(CONDITION_NAMES):
            labelled = values == condition
            for column, number in enumerate((labelled[frame].sum(), labelled.sum())):
                item = qt.QTableWidgetItem(f"{int(number)}")
                item.setTextAlignment(
                    qt.Qt.AlignmentFlag.AlignRight | qt.Qt.AlignmentFlag.AlignVCenter
                )
                self.setItem(row, column, item)


def tool_button(text: str, tooltip: str, slot) -> qt.QPushButton:
    """A button that acts once."""
    button = qt.QPushButton(text)
    button.setToolTip(tooltip)
    button.setAutoDefault(False)
    button.clicked.connect(lambda: slot())
    return button
