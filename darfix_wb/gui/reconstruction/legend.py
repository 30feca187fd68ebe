"""What the colours of the lines stand for: a choice, and a scale or a list of names."""

from __future__ import annotations

from html import escape

from silx.gui import qt

from ..plots.color_bar import HorizontalColorBar
from .coloring import SCHEMES, Coloring

_WIDTH = 180


class Legend(qt.QWidget):
    """A combo box of the schemes of colours, and their legend."""

    scheme_chosen = qt.Signal(str)
    """The user chose another scheme."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice, self.bar, self.names = qt.QComboBox(), HorizontalColorBar(), qt.QLabel()
        for scheme, title in SCHEMES.items():
            self.choice.addItem(title, scheme)
        label = qt.QLabel("Lines &coloured by")
        label.setBuddy(self.choice)
        self.bar.setFixedWidth(_WIDTH)
        layout = qt.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (label, self.choice, self.bar, self.names):
            layout.addWidget(widget)
        layout.addStretch(1)
        self.choice.currentIndexChanged.connect(lambda _: self.scheme_chosen.emit(self.scheme))

    @property
    def scheme(self) -> str:
        """The scheme that is chosen."""
        return self.choice.currentData()

    def set_coloring(self, coloring: Coloring) -> None:
        """Show what the colours stand for."""
        self.bar.setVisible(coloring.colormap is not None)
        self.names.setVisible(coloring.colormap is None)
        if coloring.colormap is not None:
            self.bar.set_colormap(coloring.colormap, unit=coloring.unit)
            return
        squares = (
            f"<span style='background-color:{color}'>{3 * '&nbsp;'}</span> {escape(name)}"
            if color
            else escape(name)
            for color, name in coloring.names
        )
        self.names.setText(" &nbsp; ".join(squares))
