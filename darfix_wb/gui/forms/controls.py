"""Controls for one parameter each: a label, a Qt widget, and a plain value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from silx.gui import qt

_FRAME_WIDTH = 16
"""Pixels that a line takes beside its text."""


class Control(qt.QObject):
    """One parameter and the widget that shows it.

    Parameters
    ----------
    name : str
        Name of the parameter.
    label : str
        What the user reads; with the unit where there is one.
    """

    changed = qt.Signal()
    """The user, or `set_value`, changed the value."""

    def __init__(self, name: str, label: str, widget: qt.QWidget) -> None:
        super().__init__()
        self.name, self.label, self.widget = name, label, widget
        widget.setObjectName(name)

    def value(self) -> Any:
        """The value: str, int, float, bool, None, or a list of str."""
        raise NotImplementedError

    def set_value(self, value: Any) -> None:
        """Show a value."""
        raise NotImplementedError


class _Spin(Control):
    """A spin box whose lowest position, where `none_text` names it, means None."""

    def __init__(self, name, label, box, minimum, maximum, suffix, none_text, step) -> None:
        super().__init__(name, label, box)
        self._has_none = none_text is not None
        box.setRange(minimum - (step if self._has_none else 0), maximum)
        box.setSpecialValueText(none_text or "")
        box.setSingleStep(step)
        box.setSuffix(suffix)
        box.setValue(box.minimum())
        box.valueChanged.connect(self.changed)

    def value(self) -> int | float | None:
        value = self.widget.value()
        return None if self._has_none and value == self.widget.minimum() else value

    def set_value(self, value: float | None) -> None:
        self.widget.setValue(self.widget.minimum() if value is None else value)

    def set_maximum(self, maximum: float) -> None:
        """Allow values up to `maximum`, and the present one in any case."""
        self.widget.setMaximum(max(maximum, self.widget.value()))


class Integer(_Spin):
    """A whole number. With `none_text`, e.g. ``"as estimated"``, also None."""

    def __init__(
        self,
        name: str,
        label: str,
        minimum: int = 0,
        maximum: int = 10**6,
        suffix: str = "",
        none_text: str | None = None,
    ) -> None:
        super().__init__(name, label, qt.QSpinBox(), minimum, maximum, suffix, none_text, step=1)


class Number(_Spin):
    """A number with `decimals` digits behind the point. With `none_text` also None."""

    def __init__(
        self,
        name: str,
        label: str,
        minimum: float = 0.0,
        maximum: float = 1e6,
        decimals: int = 3,
        suffix: str = "",
        none_text: str | None = None,
        step: float | None = None,
    ) -> None:
        box = qt.QDoubleSpinBox()
        box.setDecimals(decimals)
        step = step or 10.0**-decimals
        super().__init__(name, label, box, minimum, maximum, suffix, none_text, step)


class Choice(Control):
    """One of several values; `choices` maps values to texts, or lists values that are texts."""

    def __init__(self, name: str, label: str, choices: Mapping[Any, str] | Sequence[str]) -> None:
        super().__init__(name, label, qt.QComboBox())
        self.set_choices(choices)
        self.widget.currentIndexChanged.connect(self.changed)

    def set_choices(self, choices: Mapping[Any, str] | Sequence[str]) -> None:
        """Offer other values; the present one stays, though it may not be among them."""
        present = self.value() if self.widget.count() else None
        pairs = choices.items() if isinstance(choices, Mapping) else zip(choices, choices)  # noqa: B905
        blocked = self.widget.blockSignals(True)
        self.widget.clear()
        for value, text in pairs:
            self.widget.addItem(text, value)
        if present is not None:
            self._select(present)
        self.widget.blockSignals(blocked)

    def value(self) -> Any:
        return self.widget.currentData()

    def set_value(self, value: Any) -> None:
        self._select(value)

    def _select(self, value: Any) -> None:
        for index in range(self.widget.count()):
            if self.widget.itemData(index) == value:
                self.widget.setCurrentIndex(index)
                return
        if value is not None:
            self.widget.addItem(str(value), value)
            self.widget.setCurrentIndex(self.widget.count() - 1)


class Flag(Control):
    """Yes or no."""

    def __init__(self, name: str, label: str) -> None:
        super().__init__(name, "", qt.QCheckBox(label))
        self.widget.toggled.connect(self.changed)

    def value(self) -> bool:
        return self.widget.isChecked()

    def set_value(self, value: bool | None) -> None:
        self.widget.setChecked(bool(value))


class Text(Control):
    """A line of text; None where it is empty."""

    def __init__(self, name: str, label: str, placeholder: str = "") -> None:
        super().__init__(name, label, qt.QLineEdit())
        self.widget.setPlaceholderText(placeholder)
        self.widget.textChanged.connect(self.changed)

    def value(self) -> str | None:
        return self.widget.text().strip() or None

    def set_value(self, value: str | None) -> None:
        self.widget.setText(value or "")


class FilePath(Control):
    """A file, typed or chosen; None where it is empty.

    Parameters
    ----------
    mode : str
        ``"open"`` for a file that exists, ``"save"`` for one to write.
    file_filter : str
        As of `QFileDialog`, e.g. ``"Model (*.safetensors)"``.
    """

    def __init__(
        self,
        name: str,
        label: str,
        mode: str = "open",
        file_filter: str = "",
        placeholder: str = "",
    ) -> None:
        super().__init__(name, label, qt.QWidget())
        self._mode, self._filter = mode, file_filter
        self._line = qt.QLineEdit()
        self._line.setPlaceholderText(placeholder)
        width = self._line.fontMetrics().horizontalAdvance(placeholder)
        self._line.setMinimumWidth(width + _FRAME_WIDTH)
        self._line.textChanged.connect(self._text_changed)
        button = qt.QToolButton()
        button.setText("…")
        button.setToolTip(f"Choose: {label.lower()}")
        button.setAccessibleName(f"Choose {label.lower()}")
        button.clicked.connect(self.choose)
        layout = qt.QHBoxLayout(self.widget)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._line, 1)
        layout.addWidget(button)
        self.widget.setFocusProxy(self._line)

    def value(self) -> str | None:
        return self._line.text().strip() or None

    def set_value(self, value: str | None) -> None:
        self._line.setText(value or "")

    def choose(self) -> bool:
        """Ask for the file in a dialog; whether one was chosen."""
        folder = str(Path(self.value()).parent) if self.value() else ""
        if self._mode == "save":
            # An existing file is dealt with by the task, in words: it may be one to go on with.
            path, _ = qt.QFileDialog.getSaveFileName(
                self.widget,
                self.label,
                self.value() or folder,
                self._filter,
                options=qt.QFileDialog.Option.DontConfirmOverwrite,
            )
        else:
            path, _ = qt.QFileDialog.getOpenFileName(self.widget, self.label, folder, self._filter)
        if path:
            self.set_value(path)
        return bool(path)

    def _text_changed(self, text: str) -> None:
        self._line.setToolTip(text)
        self.changed.emit()
