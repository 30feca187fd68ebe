"""A sentence in the place of a view that has nothing to show yet."""

from __future__ import annotations

from silx.gui import qt


class Placeholder(qt.QStackedWidget):
    """Shows a sentence until there is something to see.

    Parameters
    ----------
    content : QWidget
        What is seen once `show_content` was called.
    text : str
        What to do to get there.
    parent : QWidget, optional
        Qt's parent.
    """

    def __init__(self, content: qt.QWidget, text: str, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self._text, self._problem = text, ""
        self._label = qt.QLabel(text)
        self._label.setAlignment(qt.Qt.AlignmentFlag.AlignCenter)
        self._label.setWordWrap(True)
        self._label.setMargin(24)
        self.addWidget(self._label)
        self.addWidget(content)

    @property
    def text(self) -> str:
        """The sentence that is shown: what is wrong, else what to do."""
        return self._label.text()

    def show_text(self, text: str | None = None) -> None:
        """Hide the content; `text` replaces the sentence."""
        if text is not None:
            self._text = text
        self._label.setText(self._problem or self._text)
        self.setCurrentIndex(0)

    def show_problem(self, problem: str) -> None:
        """Where there is no content, say what is wrong; empty once nothing is."""
        self._problem = problem
        self._label.setText(problem or self._text)

    def show_content(self) -> None:
        """Show the content."""
        self.setCurrentIndex(1)

    def has_content(self) -> bool:
        """Whether the content is seen."""
        return self.currentIndex() == 1
