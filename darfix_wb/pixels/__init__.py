"""Invalid pixels and bad frames of a scan, found by what the frames show."""

from __future__ import annotations

from .bad_frames import BlockStatistics, find_bad_frames
from .finding import LINE_DEFECT, SAMPLE_SIZE, find_invalid_pixels
from .isolated import isolated_pixels
from .mask import IN_MEDIAN_LAYER, IN_MOST_LAYERS, GivenMask, PixelMask

__all__ = [
    "IN_MEDIAN_LAYER",
    "IN_MOST_LAYERS",
    "LINE_DEFECT",
    "SAMPLE_SIZE",
    "BlockStatistics",
    "GivenMask",
    "PixelMask",
    "find_bad_frames",
    "find_invalid_pixels",
    "isolated_pixels",
]
