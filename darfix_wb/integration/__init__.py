"""Weak- and strong-beam images: the frames of a scan summed where they show one or the other."""

from __future__ import annotations

from .images import MODES, BeamImages, integrate

__all__ = ["MODES", "BeamImages", "integrate"]
