"""Frames with the conditions of their patches over them."""

from __future__ import annotations

import numpy
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, to_rgb
from matplotlib.image import AxesImage
from matplotlib.patches import Patch

from ..angle_texts import angle_text
from ..beam import CONDITION_COLORS, CONDITION_NAMES, LIT, BeamCondition, BeamMap
from ..extraction import PatchedScan

OPACITY = 0.35
"""Of the colours over a frame."""


def frames_to_show(patched: PatchedScan, beam_map: BeamMap) -> dict[str, int]:
    """A strong, a mixed and a weak frame of a scan.

    Returns
    -------
    dict
        Index of the frame with the most strong patches (``"strong"``), of the one whose lit
        patches are most nearly half weak, half strong (``"mixed"``), and of the brightest of the
        frames whose lit patches are weak (``"weak"``), where dislocations are seen best.
    """
    condition = beam_map.condition()
    weak, strong = ((condition == one).sum(axis=(1, 2)) for one in LIT)
    share = strong / numpy.maximum(weak + strong, 1)
    plain = (weak >= 0.95 * (weak + strong)) & (weak >= 0.5 * weak.max(initial=1))
    level = patched.curves.mean(axis=(1, 2))
    brightness = numpy.where(plain, level, -numpy.inf) if plain.any() else weak
    return {
        "strong": int(strong.argmax()),
        "mixed": int(numpy.abs(share - 0.5).argmin()),
        "weak": int(brightness.argmax()),
    }


def draw_frame(axis: Axes, patched: PatchedScan, index: int) -> AxesImage:
    """A frame in counts above dark, on a logarithmic scale of greys."""
    signal = numpy.maximum(patched.background.subtract(patched.scan.frame(index)), 1)
    norm = LogNorm(1, max(numpy.nanpercentile(signal, 99.8), 10))
    return axis.imshow(signal, norm=norm, cmap="gray")


def condition_overlay(weights: numpy.ndarray) -> numpy.ndarray:
    """Colours of the conditions, blended by their probabilities.

    Parameters
    ----------
    weights : numpy.ndarray
        ``(height, width, 3)``, from `BeamMap.pixel_weights`.

    Returns
    -------
    numpy.ndarray
        ``(height, width, 4)`` red, green, blue, opacity, 0 to 1.
    """
    colors = numpy.array([to_rgb(CONDITION_COLORS[condition]) for condition in BeamCondition])
    overlay = numpy.full((*weights.shape[:2], 4), OPACITY)
    overlay[..., :3] = numpy.clip(weights @ colors, 0, 1)
    return overlay


def condition_legend() -> list[Patch]:
    """A coloured patch for each condition, for a legend."""
    return [
        Patch(color=CONDITION_COLORS[condition], label=CONDITION_NAMES[condition])
        for condition in BeamCondition
    ]


def frame_title(patched: PatchedScan, index: int) -> str:
    """Number of a frame and its rocking angle."""
    return f"frame {index}, {angle_text(patched.scan, index)}"
