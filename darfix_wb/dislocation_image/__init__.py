"""The image in which dislocations stand out, in sigma of its noise."""

from __future__ import annotations

from .image import DislocationImage, as_shown, dislocation_image

__all__ = ["DislocationImage", "as_shown", "dislocation_image"]
