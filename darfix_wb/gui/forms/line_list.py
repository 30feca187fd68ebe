"""A control for several names, one a line, typed or chosen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from silx.gui import qt

from .controls import Control

_LINES = 4
_WIDTH = 170
"""Pixels; Qt would take 256, and the view beside the form needs them."""


class LineList(Control):
    """Names of files, folders or patterns in lines, as a list of str; None where there is none.

    Parameters
    ----------
    file_filter : str
        As of `QFileDialog`.
    placeholder : str
        What may be typed.
    """

    def __init__(self, name: str, label: str, file_filter: str = "", placeholder: str = "") -> None:
        super().__init__(name, label, qt.QWidget())
        self._filter = file_filter
        self.text = qt.QPlainTextEdit()
        self.text.setPlaceholderText(placeholder)
        self.text.setLineWrapMode(qt.QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setTabChangesFocus(True)
        self.text.setMinimumWidth(_WIDTH)
        self.text.setSizePolicy(qt.QSizePolicy.Policy.Ignored, qt.QSizePolicy.Policy.Fixed)
        self.text.setFixedHeight(_LINES * self.text.fontMetrics().lineSpacing() + 14)
        self.text.textChanged.connect(self._text_changed)
        buttons = qt.QHBoxLayout()
        for title, choose in (("Files…", self.choose_files), ("Folder…", self.choose_folder)):
            button = qt.QPushButton(title)
            button.setAutoDefault(False)
            button.setToolTip(f"Add to: {label.lower()}")
            button.clicked.connect(choose)
            buttons.addWidget(button)
        layout = qt.QVBoxLayout(self.widget)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.text)
        layout.addLayout(buttons)
        self.widget.setFocusProxy(self.text)

    def value(self) -> list[str] | None:
        lines = (line.strip() for line in self.text.toPlainText().splitlines())
        return [line for line in lines if line] or None

    def set_value(self, value: str | Sequence[str] | None) -> None:
        """Show names; a single one may be given as it is."""
        lines = [value] if isinstance(value, str) else list(value or ())
        if (lines or None) != self.value():
            self.text.setPlainText("\n".join(lines))

    def choose_files(self) -> None:
        """Ask for more files in a dialog."""
        paths, _ = qt.QFileDialog.getOpenFileNames(
            self.widget, self.label, self._folder(), self._filter
        )
        self._add(paths)

    def choose_folder(self) -> None:
        """Ask for one more folder in a dialog."""
        path = qt.QFileDialog.getExistingDirectory(self.widget, self.label, self._folder())
        self._add([path] if path else [])

    def _add(self, paths: Sequence[str]) -> None:
        known = self.value() or []
        self.set_value(known + [path for path in paths if path not in known])

    def _folder(self) -> str:
        known = self.value()
        return str(Path(known[-1]).parent) if known else ""

    def _text_changed(self) -> None:
        self.text.setToolTip(self.text.toPlainText())
        self.changed.emit()
