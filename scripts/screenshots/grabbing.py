"""Running widgets without a screen, and writing what is seen of them."""

from __future__ import annotations

import time
from pathlib import Path

from PIL import Image
from silx.gui import qt

SIZE = (1366, 768)


def ran(widget_class, data: dict | None = None, **parameters):
    """A widget with these parameters that has run on the data."""
    settings = {"_ewoks_default_inputs": parameters}
    widget = widget_class.__new__(widget_class, stored_settings=settings)
    widget.__init__()
    widget.resize(*SIZE)
    widget.show()
    for name, value in (data or {}).items():
        widget.set_dynamic_input(name, value)
    widget.handleNewSignals()
    if not widget.run_on_arrival:
        settle()
        widget.apply()
    wait(lambda: not widget.is_running())
    if widget.task_error() is not None:
        raise widget.task_error()
    return widget


def save(widget, path: Path) -> None:
    """Write what is seen of a widget, with 256 colours: a third of the size."""
    settle()
    image = widget.grab().toImage().convertToFormat(qt.QImage.Format.Format_RGB888)
    lines = image.constBits().asstring(image.sizeInBytes())
    size = (image.width(), image.height())
    picture = Image.frombytes("RGB", size, lines, "raw", "RGB", image.bytesPerLine())
    picture.quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE).save(
        path, optimize=True
    )
    print(f"{path}  {path.stat().st_size / 1000:.0f} kB", flush=True)


def wait(holds, seconds: float = 600.0) -> None:
    """Let Qt work until something holds.

    Raises
    ------
    TimeoutError
        If it does not within this time.
    """
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"What was waited for did not come within {seconds:g} s.")
        qt.QApplication.processEvents()
        time.sleep(0.01)


def settle(seconds: float = 1.0) -> None:
    """Let Qt draw, and what was put off begin."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        qt.QApplication.processEvents()
        time.sleep(0.01)
