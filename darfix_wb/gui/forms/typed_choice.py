"""A control for one of several values, or another one that is typed."""

from __future__ import annotations

from collections.abc import Mapping

from silx.gui import qt

from .controls import Control


class TypedChoice(Control):
    """A value that is offered, or any text; None where it is empty.

    Parameters
    ----------
    choices : mapping
        Texts by value, which is a str or None.
    placeholder : str
        What may be typed.
    """

    def __init__(
        self, name: str, label: str, choices: Mapping[str | None, str], placeholder: str = ""
    ) -> None:
        super().__init__(name, label, qt.QComboBox())
        self._texts = dict(choices)
        self.widget.setEditable(True)
        self.widget.setInsertPolicy(qt.QComboBox.InsertPolicy.NoInsert)
        self.widget.addItems(list(self._texts.values()))
        self.widget.setSizeAdjustPolicy(
            qt.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.widget.lineEdit().setPlaceholderText(placeholder)
        self.widget.currentTextChanged.connect(self.changed)

    def value(self) -> str | None:
        text = self.widget.currentText().strip()
        known = (value for value, shown in self._texts.items() if shown == text)
        return next(known, text or None)

    def set_value(self, value: str | None) -> None:
        if value != self.value():
            self.widget.setCurrentText(self._texts.get(value, value or ""))
