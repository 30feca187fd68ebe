"""Weak, strong or empty: the methods that say so, and the order of things along a rocking curve."""

from .angle_rule import angle_rule, peak_angles
from .decoding import decode
from .network import classify
from .thresholds import FrameThreshold, fit_frame_threshold

__all__ = [
    "FrameThreshold",
    "angle_rule",
    "classify",
    "decode",
    "fit_frame_threshold",
    "peak_angles",
]
