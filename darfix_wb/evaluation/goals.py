"""What a suite measured, against what was aimed at."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from .goal import Goal, Measured
from .image_goals import IMAGE_GOALS
from .markdown import markdown_table


def _accuracy(part: str, method: str, protocol: str) -> Callable[[Measured], tuple[float, ...]]:
    """Balanced accuracy over lit and over clear patches, in %."""

    def measure(measured: Measured) -> tuple[float, ...]:
        row = measured.row(part, method, protocol)
        if row is None:
            return math.nan, math.nan
        return 100 * row.mean["balanced_accuracy"], 100 * row.mean["clear"]

    return measure


def _first(measure: Callable[[Measured], tuple[float, ...]]) -> Callable[[Measured], tuple]:
    return lambda measured: measure(measured)[:1]


def _worst(part: str, method: str, protocol: str) -> Callable[[Measured], tuple[float, ...]]:
    """The lowest balanced accuracy of a scan over lit, and over clear patches, in %."""

    def measure(measured: Measured) -> tuple[float, ...]:
        row = measured.row(part, method, protocol)
        if row is None:
            return math.nan, math.nan
        by_scan = zip(*row.by_scan.values(), strict=True)
        return tuple(
            100 * min((value for value in values if not math.isnan(value)), default=math.nan)
            for values in by_scan
        )

    return measure


def _mean(part: str, method: str, protocol: str, name: str) -> Callable[[Measured], tuple]:
    def measure(measured: Measured) -> tuple[float]:
        row = measured.row(part, method, protocol)
        return (math.nan if row is None else 100 * row.mean[name],)

    return measure


def _above_resnet(measured: Measured) -> tuple[float]:
    pair = [measured.row("home", name, "leave-layer-out") for name in ("lcnn", "resnet18")]
    if None in pair:
        return (math.nan,)
    lcnn, resnet = (100 * row.mean["balanced_accuracy"] for row in pair)
    return (lcnn - resnet,)


GOALS = (
    Goal(
        "same sample, other layer, 6 labelled frames: lit / clear",
        (98.5, 99.9),
        _accuracy("home", "lcnn", "leave-layer-out"),
    ),
    Goal("the same, above resnet18 on the same split", (0.0,), _above_resnet, "points"),
    Goal(
        "other samples, no new labels: mean over lit patches",
        (97.0,),
        _first(_accuracy("others", "lcnn", "no-labels")),
    ),
    Goal(
        "other samples, no new labels: worst lit / clear",
        (95.0, 99.5),
        _worst("others", "lcnn", "no-labels"),
    ),
    Goal(
        "other samples, 32 labelled patches: mean over lit patches",
        (98.0,),
        _first(_accuracy("others", "lcnn", "budget-32")),
    ),
    Goal(
        "exposure and profile changing from frame to frame: lit",
        (97.5,),
        _first(_accuracy("exposure", "lcnn", "no-labels")),
    ),
    Goal(
        "calibration on other samples: ECE over lit patches",
        (2.0,),
        _mean("others", "lcnn", "no-labels", "ece"),
        at_most=True,
    ),
    Goal(
        "other samples: right among the surest 90 %",
        (99.0,),
        _mean("others", "lcnn", "no-labels", "right_at_90"),
    ),
    Goal(
        "one frame alone, same sample: lit",
        (95.0,),
        _first(_accuracy("home", "lcnn-alone", "leave-layer-out")),
    ),
    Goal(
        "one frame alone, other samples: lit",
        (91.0,),
        _first(_accuracy("others", "lcnn-alone", "no-labels")),
    ),
    Goal(
        "parameters", (60_000.0,), lambda measured: (float(measured.parameters),), "", at_most=True
    ),
    Goal(
        "multiplications for a patch of 64x64 px",
        (1.0,),
        lambda measured: (measured.macs / 1e6,),
        "M",
        at_most=True,
    ),
    Goal(
        "time to a trained model, 6 frames of 2160x2560 px",
        (60.0,),
        lambda measured: (measured.training_seconds,),
        "s",
        at_most=True,
    ),
    Goal(
        "shipped model's file",
        (1.0,),
        lambda measured: (measured.model_bytes / 1e6,),
        "MB",
        at_most=True,
    ),
    *IMAGE_GOALS,
)
"""Of the suite "standard", in the order of the table."""

STRANGER_GOALS = (
    Goal(
        "aluminium drawn at random: mean over lit patches",
        (97.2,),
        _first(_accuracy("harder", "lcnn", "no-labels")),
    ),
    Goal(
        "aluminium drawn at random: worst lit / clear",
        (94.5, 99.8),
        _worst("harder", "lcnn", "no-labels"),
    ),
    Goal(
        "calibration there: ECE over lit patches",
        (2.0,),
        _mean("harder", "lcnn", "no-labels", "ece"),
        at_most=True,
    ),
    Goal(
        "materials drawn at random: mean over lit / clear patches",
        (96.5, 99.8),
        _accuracy("materials", "lcnn", "no-labels"),
    ),
    Goal(
        "calibration there: ECE over lit patches",
        (2.0,),
        _mean("materials", "lcnn", "no-labels", "ece"),
        at_most=True,
    ),
)
"""Of the suite "strangers"."""


def goals_table(measured: Measured, goals: Sequence[Goal] = GOALS) -> str:
    """Goals in Markdown."""
    heading = ["", "aim", "measured", "reached"]
    return markdown_table(heading, [goal.row(measured) for goal in goals])
