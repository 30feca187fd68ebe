"""Parameters and their controls: the panel that every window has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from silx.gui import qt

from .checklist import Choices
from .controls import Choice, Control, FilePath, Flag, Integer, Number, Text

__all__ = [
    "Choice",
    "Choices",
    "Control",
    "FilePath",
    "Flag",
    "Integer",
    "Number",
    "ParameterForm",
    "Text",
]


class ParameterForm(qt.QWidget):
    """Shows parameters by name, each in its control.

    Parameters
    ----------
    controls : iterable of Control
        In the order in which they are shown.
    parent : QWidget, optional
        Qt's parent.

    Examples
    --------
    >>> form = ParameterForm(
    ...     [Integer("patch_size", "Patch size", 8, 512, " px"), Flag("decode", "Smooth in angle")]
    ... )
    >>> form.set_values({"patch_size": 64, "decode": True})
    >>> form.values()
    {'patch_size': 64, 'decode': True}
    """

    changed = qt.Signal(str)
    """Name of the parameter that the user changed; `set_values` does not emit it."""

    def __init__(self, controls: Iterable[Control], parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self._controls = {control.name: control for control in controls}
        self._silent = False
        layout = qt.QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setFieldGrowthPolicy(qt.QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        layout.setRowWrapPolicy(qt.QFormLayout.RowWrapPolicy.WrapLongRows)
        for control in self._controls.values():
            self._add(layout, control)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return tuple(self._controls)

    def __getitem__(self, name: str) -> Control:
        """The control of a parameter."""
        return self._controls[name]

    def values(self) -> dict[str, Any]:
        """Every parameter as a plain value."""
        return {name: control.value() for name, control in self._controls.items()}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show values; names that have no control are left aside."""
        silent, self._silent = self._silent, True
        try:
            for name in self._controls.keys() & values.keys():
                self._controls[name].set_value(values[name])
        finally:
            self._silent = silent

    def set_tooltips(self, tooltips: Mapping[str, str | None]) -> None:
        """Explain parameters; names that have no control are left aside."""
        for name in self._controls.keys() & tooltips.keys():
            self._controls[name].widget.setToolTip(tooltips[name] or "")

    def _add(self, layout: qt.QFormLayout, control: Control) -> None:
        control.setParent(self)
        if control.label:
            layout.addRow(control.label, control.widget)
        else:
            layout.addRow(control.widget)
        control.changed.connect(lambda name=control.name: self._emit(name))

    def _emit(self, name: str) -> None:
        if not self._silent:
            self.changed.emit(name)
