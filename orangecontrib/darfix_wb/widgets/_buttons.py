"""Apply, OK, Abort and Reset, with a progress bar above them."""

from __future__ import annotations

from silx.gui import qt


class RunButtons(qt.QWidget):
    """The lower left corner of every widget."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self.apply = _button("&Apply", "Run, and send the result on (Ctrl+Return)")
        self.apply.setShortcut("Ctrl+Return")
        self.ok = _button("&OK", "Run if needed, send the result on and close")
        self.abort = _button("A&bort", "Stop the run")
        self.reset = _button("&Reset", "Set the parameters to their defaults")
        self._bar = qt.QProgressBar()
        self._bar.setRange(0, 100)
        self.setSizePolicy(qt.QSizePolicy.Policy.Preferred, qt.QSizePolicy.Policy.Maximum)
        layout = qt.QGridLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(self._bar, 0, 0, 1, 2)
        for index, button in enumerate((self.apply, self.ok, self.abort, self.reset)):
            layout.addWidget(button, 1 + index // 2, index % 2)
        self.set_state(running=False, ready=False, done=False)

    def set_state(self, running: bool, ready: bool, done: bool) -> None:
        """Enable what makes sense: while a task runs, with data, with a result."""
        self.apply.setEnabled(ready and not running)
        self.ok.setEnabled((ready or done) and not running)
        self.abort.setEnabled(running)
        self.reset.setEnabled(not running)
        self._bar.setEnabled(running)
        self._bar.setFormat("%p %" if running else "Done" if done else "")
        self._bar.setValue(100 if done and not running else 0)

    def set_progress(self, percentage: float) -> None:
        """Show how far the run is, 0 to 100."""
        if self._bar.isEnabled():
            self._bar.setValue(round(percentage))

    def set_stopping(self) -> None:
        """Show that the run was asked to stop."""
        self.abort.setEnabled(False)
        self._bar.setFormat("Stopping…")


def _button(text: str, tooltip: str) -> qt.QPushButton:
    button = qt.QPushButton(text)
    button.setToolTip(tooltip)
    button.setAutoDefault(False)
    return button
