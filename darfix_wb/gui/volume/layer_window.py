"""A layer in the classifier's view, in a window of its own."""

from __future__ import annotations

from silx.gui import qt

from ...progress import Monitor
from ...volume.layer import Layer
from ..classification.view import ClassificationView
from ..latest_job import LatestJob
from ..messages import sentence_of

_SIZE = qt.QSize(1100, 640)


class LayerWindow(qt.QWidget):
    """Frames of a layer with the conditions of the patches, which are computed when it opens."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent, qt.Qt.WindowType.Window)
        self.view, self.bar = ClassificationView(), qt.QProgressBar()
        self._job = LatestJob(self)
        layout = qt.QVBoxLayout(self)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.bar)
        self.resize(_SIZE.boundedTo(self.screen().availableSize()))
        self._job.progressed.connect(lambda fraction: self.bar.setValue(round(100 * fraction)))
        self._job.succeeded.connect(self._show)
        self._job.failed.connect(self._fail)

    def open_layer(self, path: str, index: int, layer: Layer) -> None:
        """Classify a layer of a volume again, and show it."""
        self.setWindowTitle(f"Layer {index}: {layer.name}")
        self.view.set_result(None, None)
        self.view.show_text(f"Layer {index} is being classified again, to see each patch.")
        self.bar.setValue(0)
        self.bar.show()
        self._job.begin(lambda monitor: _classify(path, index, monitor))
        self.show()
        self.raise_()

    def stop(self) -> None:
        """End what runs in the background, and close."""
        self._job.stop()
        self.close()

    def closeEvent(self, event: qt.QEvent) -> None:
        """Nobody looks any more."""
        self._job.cancel()
        self.view.set_result(None, None)
        super().closeEvent(event)

    def _show(self, result: tuple) -> None:
        self.bar.hide()
        self.view.set_result(*result)

    def _fail(self, error: BaseException) -> None:
        self.bar.hide()
        self.view.show_text(sentence_of(error))


def _classify(path: str, index: int, monitor: Monitor) -> tuple:
    from ...volume.again import classify_again

    return classify_again(path, index, monitor=monitor)
