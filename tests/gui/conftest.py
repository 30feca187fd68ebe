"""One Qt application without a screen."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from silx.gui import qt

from darfix_wb.extraction import extract


@pytest.fixture(autouse=True)
def _errors_in_slots(monkeypatch):
    """An error in a slot or a paint event, which Qt only prints, fails the test."""
    errors = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: errors.append(error))
    yield
    assert errors == []


@pytest.fixture(scope="session")
def app():
    return qt.QApplication.instance() or qt.QApplication([])


@pytest.fixture(scope="session")
def patched(scan):
    """4 x 6 patches of 16 px; the last column is dark."""
    return extract(scan, 16)


@pytest.fixture
def show(app):
    """Shows a view at a size, and lets Qt draw it."""
    shown = []

    def show(view, width=900, height=600):
        view.resize(width, height)
        view.show()
        shown.append(view)
        for _ in range(3):
            app.processEvents()
        return view

    yield show
    for view in shown:
        view.close()
        view.deleteLater()
    app.processEvents()
