"""The window of ``darfix-wb watch --window``: follows a scan from a thread of its own."""

from __future__ import annotations

import signal

from silx.gui import qt

from ...live.options import LiveOptions
from ...live.preliminary import scan_so_far
from ...live.session import LiveResult, LiveSession
from ...progress import Monitor
from ..job import Job
from ..messages import sentence_of, was_cancelled
from .view import Landed, LiveView

SIZE = (1100, 640)
EXIT_ERROR, EXIT_CANCELLED = 1, 130


class LiveWindow(qt.QWidget):
    """A scan while it is recorded, with a button that stops following it.

    Parameters
    ----------
    options : LiveOptions
        What is followed.

    Attributes
    ----------
    exit_status : int
        Of the command: 0 when the result was written.

    Raises
    ------
    DarfixWBError
        If an option or the output cannot be used.
    """

    landed = qt.Signal(object)
    """A frame and its labels, from the thread that follows."""
    scan_over = qt.Signal(str)
    """How the scan ended; it is classified as a whole now."""

    def __init__(self, options: LiveOptions, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = LiveSession(options, on_frame=self._emit)
        self.exit_status = EXIT_CANCELLED
        self.view = LiveView(f"Waiting for {self.session.follower.url}")
        self.state, self.bar = qt.QLabel("Following the scan"), qt.QProgressBar()
        self.stop_button = qt.QPushButton("Stop")
        self.job = Job(self._work, self)
        self._lay_out()
        self._connect()

    def begin(self) -> None:
        """Start to follow the scan."""
        self.job.begin()

    def closeEvent(self, event: qt.QCloseEvent) -> None:
        """End the thread too; what was found so far stays in the file."""
        self.job.stop()
        super().closeEvent(event)

    def _work(self, *, monitor: Monitor) -> LiveResult:
        self.session.follow(monitor)
        self.scan_over.emit(self.session.follower.ending)
        return self.session.finish(monitor)

    def _emit(self, frame, labels) -> None:
        session = self.session
        scan = scan_so_far(session.follower, session.classifier.frames)
        self.landed.emit(Landed(frame, labels, session.classifier.grid, scan))

    def _lay_out(self) -> None:
        self.setWindowTitle(f"{self.session.follower.url} - darfix-wb watch")
        self.resize(*SIZE)
        self.state.setWordWrap(True)
        self.stop_button.setToolTip("Stop following; what was found so far stays in the file")
        self.bar.setRange(0, 100)
        self.bar.setMaximumWidth(160)
        self.bar.hide()
        bottom = qt.QHBoxLayout()
        for widget, stretch in ((self.state, 1), (self.bar, 0), (self.stop_button, 0)):
            bottom.addWidget(widget, stretch)
        layout = qt.QVBoxLayout(self)
        layout.addWidget(self.view, 1)
        layout.addLayout(bottom)

    def _connect(self) -> None:
        self.landed.connect(self.view.add)
        self.scan_over.connect(self._show_over)
        self.job.progressed.connect(lambda fraction: self.bar.setValue(round(100 * fraction)))
        self.job.succeeded.connect(self._show_result)
        self.job.failed.connect(self._show_error)
        self.stop_button.clicked.connect(self._stop)

    def _stop(self) -> None:
        self.stop_button.setEnabled(False)
        self.state.setText("Stopping")
        self.job.cancel_running_task()

    def _show_over(self, ending: str) -> None:
        self.view.draw()
        self.bar.show()
        self.state.setText(f"{ending} It is being classified as a whole.")

    def _show_result(self, ended: LiveResult) -> None:
        self.exit_status = 0
        warnings = ended.result.beam_map.warnings
        self._end(" ".join([f"{ended.ending} Written to {ended.output_file}.", *warnings]))

    def _show_error(self, error: BaseException) -> None:
        if was_cancelled(error):
            self._end(f"Stopped after {self.view.n_frames} frames.")
        else:
            self.exit_status = EXIT_ERROR
            self._end(sentence_of(error))

    def _end(self, text: str) -> None:
        self.view.draw()
        if not self.view.n_frames:
            self.view.show_text(text)
        self.state.setText(text)
        self.bar.hide()
        self.stop_button.setEnabled(False)


def show_window(options: LiveOptions) -> int:
    """Open the window and stay until it is closed.

    Parameters
    ----------
    options : LiveOptions
        What is followed.

    Returns
    -------
    int
        Exit status of the command.

    Raises
    ------
    DarfixWBError
        As `LiveWindow`.
    """
    application = qt.QApplication.instance() or qt.QApplication([])
    window = LiveWindow(options)
    before = signal.signal(signal.SIGINT, lambda *_: window.close())
    wake = qt.QTimer()
    wake.timeout.connect(lambda: None)  # lets Python hear of the signal
    wake.start(200)
    window.show()
    window.begin()
    try:
        application.exec()
    finally:
        wake.stop()
        signal.signal(signal.SIGINT, before)
    return window.exit_status
