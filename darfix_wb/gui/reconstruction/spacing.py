"""A control for the distances of layers, rows and columns."""

from __future__ import annotations

from collections.abc import Sequence

from silx.gui import qt

from ..forms.controls import Control, Number

_LARGEST_UM = 1000.0
_SIDES = {
    "layers": (
        "distance of layers",
        "Filled in from the layer motor of the volume, if it is known",
    ),
    "rows": (
        "pixel / sin(2θ)",
        "Pixel size divided by sin(2θ), where the beam runs along the rows",
    ),
    "columns": (
        "pixel size",
        "Effective pixel size: that of the detector divided by the magnification",
    ),
}


class Spacing(Control):
    """Three distances in um; None until all are given.

    Examples
    --------
    >>> spacing = Spacing("spacing", "Spacing")
    >>> spacing.suggest_layers(2.0)
    >>> spacing.value() is None
    True
    >>> spacing.set_value([1.0, 0.144, 0.0444])
    >>> spacing.suggest_layers(2.0)
    >>> spacing.value()
    [1.0, 0.144, 0.0444]
    """

    def __init__(self, name: str, label: str) -> None:
        super().__init__(name, label, qt.QWidget())
        self._suggested: float | None = None
        self.sides = {side: Number(side, side, 1e-5, _LARGEST_UM, 5, " µm", text, 0.01)
                      for side, (text, _) in _SIDES.items()}  # fmt: skip
        layout = qt.QFormLayout(self.widget)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(2)
        for side, number in self.sides.items():
            number.setParent(self)
            number.widget.setToolTip(_SIDES[side][1])
            layout.addRow(side, number.widget)
            number.changed.connect(self.changed)

    def value(self) -> list[float] | None:
        values = [number.value() for number in self.sides.values()]
        return None if None in values else values

    def set_value(self, value: Sequence[float] | None) -> None:
        """Show distances; None empties all three, unless they are not complete yet."""
        if value is None and self.value() is None:
            return
        values = [None] * len(self.sides) if value is None else value
        for number, one in zip(self.sides.values(), values, strict=True):
            number.set_value(one)

    def clear(self) -> None:
        """Empty all three."""
        for number in self.sides.values():
            number.set_value(None)

    def suggest_layers(self, distance_um: float | None) -> None:
        """Fill in the distance of layers, unless the user gave one."""
        layers = self.sides["layers"]
        if distance_um is not None and layers.value() in (None, self._suggested):
            self._suggested = round(distance_um, 5)
            layers.set_value(self._suggested)
