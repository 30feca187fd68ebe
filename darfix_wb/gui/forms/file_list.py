"""A control for several files."""

from __future__ import annotations

from silx.gui import qt

from .controls import Control

_LINES = 3
_WIDTH = 170
"""Pixels; Qt would take 256, and the view beside the form needs them."""


class FileList(Control):
    """Files in a list; None where it is empty.

    Parameters
    ----------
    file_filter : str
        As of `QFileDialog`.
    """

    def __init__(self, name: str, label: str, file_filter: str = "") -> None:
        super().__init__(name, label, qt.QWidget())
        self._filter = file_filter
        self._list = qt.QListWidget()
        self._list.setSelectionMode(qt.QAbstractItemView.SelectionMode.ExtendedSelection)
        self._list.setTextElideMode(qt.Qt.TextElideMode.ElideLeft)
        self._list.setMinimumWidth(_WIDTH)
        self._list.setSizePolicy(qt.QSizePolicy.Policy.Ignored, qt.QSizePolicy.Policy.Preferred)
        self._list.setMaximumHeight(_LINES * self._list.fontMetrics().height() + 12)
        add, remove = qt.QPushButton("Add…"), qt.QPushButton("Remove")
        add.clicked.connect(self.choose)
        remove.clicked.connect(self.remove_selected)
        buttons = qt.QHBoxLayout()
        for button in (add, remove):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        layout = qt.QVBoxLayout(self.widget)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._list)
        layout.addLayout(buttons)

    def value(self) -> list[str] | None:
        return [self._list.item(i).text() for i in range(self._list.count())] or None

    def set_value(self, value: list[str] | None) -> None:
        if (value or None) == self.value():
            return
        self._list.clear()
        for path in value or ():
            item = qt.QListWidgetItem(path, self._list)
            item.setToolTip(path)
        self.changed.emit()

    def choose(self) -> None:
        """Ask for more files in a dialog."""
        paths, _ = qt.QFileDialog.getOpenFileNames(self.widget, self.label, "", self._filter)
        known = self.value() or []
        self.set_value(known + [path for path in paths if path not in known])

    def remove_selected(self) -> None:
        """Take the selected files from the list."""
        chosen = {item.text() for item in self._list.selectedItems()}
        self.set_value([path for path in self.value() or [] if path not in chosen])
