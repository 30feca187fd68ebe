"""Buttons that choose the picture."""

from __future__ import annotations

from collections.abc import Sequence

from silx.gui import qt

from .pictures import BEAM_PICTURES, DISLOCATION_PICTURES, Picture

_NONE_HERE = "These images were made without a dislocation image"


class PictureBar(qt.QWidget):
    """A button for each picture, one of which is down; those of dislocations in the first row."""

    chosen = qt.Signal(str)
    """The user chose the picture of this name."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = qt.QButtonGroup(self)
        self.buttons: dict[str, qt.QPushButton] = {}
        layout = qt.QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(2)
        rows = (("Dislocations", DISLOCATION_PICTURES), ("Counts", BEAM_PICTURES))
        for row, (text, pictures) in enumerate(rows):
            layout.addWidget(qt.QLabel(text), row, 0)
            layout.addLayout(self._row_of(pictures), row, 1)
        layout.setColumnStretch(1, 1)

    @property
    def name(self) -> str:
        """Name of the picture whose button is down."""
        return next((name for name, one in self.buttons.items() if one.isChecked()), "")

    def choose(self, name: str) -> None:
        """Put a button down; `chosen` is not emitted."""
        self.buttons[name].setChecked(True)

    def set_dislocations(self, there: bool) -> None:
        """Whether there are pictures of dislocations."""
        for picture in DISLOCATION_PICTURES:
            button = self.buttons[picture.name]
            button.setEnabled(there)
            button.setToolTip(picture.title if there else _NONE_HERE)

    def _row_of(self, pictures: Sequence[Picture]) -> qt.QLayout:
        row = qt.QHBoxLayout()
        row.setSpacing(2)
        for picture in pictures:
            button = qt.QPushButton(picture.button)
            button.setCheckable(True)
            button.setAutoDefault(False)
            button.setToolTip(picture.title)
            padding = button.fontMetrics().horizontalAdvance("  m")
            button.setMaximumWidth(button.fontMetrics().horizontalAdvance(picture.button) + padding)
            button.clicked.connect(lambda _=False, name=picture.name: self.chosen.emit(name))
            self._group.addButton(button)
            self.buttons[picture.name] = button
            row.addWidget(button)
        row.addStretch(1)
        return row
