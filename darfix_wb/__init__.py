"""Weak-beam and strong-beam diffraction, told apart patch by patch in rocking scans.

>>> import darfix_wb as wb
>>> scan = wb.open_scan("scan.h5")                      # doctest: +SKIP
>>> result = wb.classify(scan)                          # doctest: +SKIP
>>> images = wb.integrate(result)                       # doctest: +SKIP
>>> found = wb.map_dislocations(result)                 # doctest: +SKIP

What is named here is loaded when it is first used; PyTorch comes with `classify`, `train_model`,
`compare`, `map_dislocations` and `BeamModel`.
"""

from __future__ import annotations

import importlib
import os
import sys

__version__ = "0.1.0"

_HOME = {
    "open_scan": "io.frame_sources",
    "simulate_scan": "simulation",
    "extract": "extraction",
    "classify": "analysis",
    "integrate": "analysis",
    "map_dislocations": "analysis",
    "train_model": "analysis",
    "compare": "analysis",
    "BeamMap": "beam",
    "BeamModel": "model",
    "LabelMap": "labels",
}
"""The module in which each public name lives."""

if "h5py" not in sys.modules and os.environ.get("HDF5_USE_FILE_LOCKING") not in {"FALSE", "0"}:
    # HDF5 reads it when h5py is imported, and then locks even those files that it is told not to.
    os.environ.pop("HDF5_USE_FILE_LOCKING", None)

__all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
