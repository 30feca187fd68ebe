"""What is aimed at for the images of dislocations."""

from __future__ import annotations

import math
from collections.abc import Callable

from .goal import Goal, Measured

OTHER_IMAGES = (
    *(("images", name, "no-labels") for name in ("lcnn", "gso", "pca", "nmf", "darfix-nstd")),
    ("rules", "frame-threshold", "leave-sample-out"),
)
"""Part, method and protocol of the images that the dislocation image is held against; a threshold
needs labels, and has those of the other samples."""


def _image(
    measured: Measured, method: str, name: str, part: str = "images", protocol: str = "no-labels"
) -> float:
    """A figure of the images of one method, mean over scans; nan where it was not measured."""
    row = measured.row(part, method, protocol)
    return math.nan if row is None else row.image.get(name, math.nan)


def _of_lines(name: str, scale: float = 100.0) -> Callable[[Measured], tuple[float, ...]]:
    """A figure of the lines found in the images of "matched" and of "detector"."""
    return lambda measured: tuple(
        scale * _image(measured, method, name) for method in ("matched", "detector")
    )


def _above_the_others(measured: Measured) -> tuple[float]:
    others = [
        _image(measured, method, "average_precision", part, protocol)
        for part, method, protocol in OTHER_IMAGES
    ]
    best = max((value for value in others if not math.isnan(value)), default=math.nan)
    return (_image(measured, "matched", "average_precision") - best,)


def _detector_above_matched(measured: Measured) -> tuple[float]:
    detector, matched = (
        _image(measured, method, "average_precision") for method in ("detector", "matched")
    )
    return (detector - matched,)


IMAGE_GOALS = (
    Goal(
        "images: average precision of matched above the best of the other methods",
        (0.15,),
        _above_the_others,
        "",
    ),
    Goal(
        "images: average precision of detector above matched", (0.08,), _detector_above_matched, ""
    ),
    Goal(
        "lines found at one threshold: matched / detector", (95.0, 95.0), _of_lines("lines_found")
    ),
    Goal("precision of these lines: matched / detector", (93.0, 93.0), _of_lines("line_precision")),
    Goal(
        "blobs per line in boundaries: detector",
        (0.8,),
        lambda measured: (_image(measured, "detector", "blobs_per_boundary_line"),),
        "",
    ),
    Goal(
        "false lines: matched / detector",
        (math.nan, math.nan),
        _of_lines("false_lines", scale=1.0),
        "a frame",
    ),
)
"""Of the suite "standard": its part "images", and the threshold of its part "rules"."""
