"""A control for some of several values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from silx.gui import qt

from .controls import Control

_VALUE = qt.Qt.ItemDataRole.UserRole
_MOST_LINES = 12


class Choices(Control):
    """Some of several values, each with a box to check, as a list of str in the order offered.

    Parameters
    ----------
    choices : mapping or sequence of str
        Texts by value, or values that are texts.
    tooltips : mapping, optional
        What a value means.
    """

    def __init__(
        self,
        name: str,
        label: str,
        choices: Mapping[str, str] | Sequence[str],
        tooltips: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(name, label, qt.QListWidget())
        texts = choices if isinstance(choices, Mapping) else {value: value for value in choices}
        for value, text in texts.items():
            self._add(value, text).setToolTip((tooltips or {}).get(value, ""))
        self.widget.setSelectionMode(qt.QAbstractItemView.SelectionMode.NoSelection)
        self.widget.setSizePolicy(
            qt.QSizePolicy.Policy.MinimumExpanding, qt.QSizePolicy.Policy.Fixed
        )
        self._fit()
        self.widget.itemChanged.connect(lambda _: self.changed.emit())

    def value(self) -> list[str]:
        return [item.data(_VALUE) for item in self._items() if _is_checked(item)]

    def set_value(self, value: Sequence[str] | None) -> None:
        """Check these values only; one that is not offered is added, so that it is not lost."""
        value = list(value or ())
        if value == self.value():
            return
        blocked = self.widget.blockSignals(True)
        known = {item.data(_VALUE) for item in self._items()}
        for extra in value:
            if extra not in known:
                self._add(extra, extra)
        for item in self._items():
            item.setCheckState(_state(item.data(_VALUE) in value))
        self.widget.blockSignals(blocked)
        self._fit()
        self.changed.emit()

    def _items(self) -> list[qt.QListWidgetItem]:
        return [self.widget.item(index) for index in range(self.widget.count())]

    def _add(self, value: str, text: str) -> qt.QListWidgetItem:
        item = qt.QListWidgetItem(text, self.widget)
        item.setData(_VALUE, str(value))
        item.setCheckState(_state(False))
        return item

    def _fit(self) -> None:
        lines = min(self.widget.count(), _MOST_LINES)
        line = max(self.widget.sizeHintForRow(0), self.widget.fontMetrics().height())
        bar = self.widget.style().pixelMetric(qt.QStyle.PixelMetric.PM_ScrollBarExtent)
        beside = (bar if self.widget.count() > _MOST_LINES else 0) + 2 * self.widget.frameWidth()
        self.widget.setMinimumWidth(self.widget.sizeHintForColumn(0) + beside + 4)
        self.widget.setFixedHeight(lines * line + 2 * self.widget.frameWidth() + 2)


def _is_checked(item: qt.QListWidgetItem) -> bool:
    return item.checkState() == qt.Qt.CheckState.Checked


def _state(checked: bool) -> qt.Qt.CheckState:
    return qt.Qt.CheckState.Checked if checked else qt.Qt.CheckState.Unchecked
