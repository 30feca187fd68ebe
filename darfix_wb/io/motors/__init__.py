"""Which motor rocks the crystal, and which frames make one rocking curve."""

from __future__ import annotations

from .commands import ScanCommand
from .rocking import Rocking, find_rocking

__all__ = ["Rocking", "ScanCommand", "find_rocking"]
