"""Finds the devices that can compute, without keeping the window waiting."""

from __future__ import annotations

import threading

from silx.gui import qt


class DeviceFinder(qt.QObject):
    """Asks PyTorch in a thread of its own: to import it takes seconds."""

    found = qt.Signal(dict, str)
    """Devices by name, see `darfix_wb.device.available_devices`, and why auto is which."""

    def __init__(self, parent: qt.QObject | None = None) -> None:
        super().__init__(parent)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Look once; later calls do nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._find, name="devices")
            self._thread.start()

    def _find(self) -> None:
        from ...device import available_devices, explain_auto

        devices, why = available_devices(), explain_auto()
        try:
            self.found.emit(devices, why)
        except RuntimeError:  # the window was closed meanwhile
            return
