"""Where a model comes from, as a tree of names and values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from silx.gui import qt


class RecordTree(qt.QTreeWidget):
    """Shows nested plain values."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setHeaderLabels(["Model", "Value"])
        self.setAlternatingRowColors(True)
        self.setMinimumHeight(100)

    def set_record(self, record: Mapping[str, Any]) -> None:
        """Show values by name; mappings and lists of mappings become branches."""
        self.clear()
        for name, value in record.items():
            self.addTopLevelItem(_branch(str(name), value))
        self.resizeColumnToContents(0)


def _branch(name: str, value: Any) -> qt.QTreeWidgetItem:
    label = name.replace("_", " ")
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        value = {str(index + 1): entry for index, entry in enumerate(value)}
    if not isinstance(value, Mapping):
        text = _text(value)
        item = qt.QTreeWidgetItem([label, text])
        item.setToolTip(1, text)
        return item
    item = qt.QTreeWidgetItem([label, ""])
    for key, entry in value.items():
        item.addChild(_branch(str(key), entry))
    return item


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(entry) for entry in value)
    return "none" if value is None else str(value)
