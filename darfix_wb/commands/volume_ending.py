"""How ``darfix-wb volume`` ends: the next command, with what is known of the distances."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy

from ..errors import DarfixWBError
from ..io.scan_urls import parse_scan_url
from ..simulation.volume_truth import read_volume_truth
from ..volume.layout import layer_positions
from ..volume.plan import VolumePlan
from ..volume.spacing import in_micrometres
from ..volume.summary import VolumeSummary
from ..volume.volume_file import read_volume_plan
from .ending import Words, free_name, print_ending

UNKNOWN_UM = 1.0
"""Stands for a distance that is not known."""


def print_volume_ending(
    arguments: argparse.Namespace, summary: VolumeSummary, again: Sequence[str]
) -> None:
    """Print the file, and the command that goes on.

    Parameters
    ----------
    arguments : argparse.Namespace
        Of the command.
    summary : VolumeSummary
        How far the layers are.
    again : sequence of str
        The same command again, which computes the layers that are missing.
    """
    output = arguments.output
    if arguments.part:
        written = f"{output}.parts"
        then = again if not summary.complete else _after_part(arguments.part, output, again)
        print_ending(written, then=then)
    elif not summary.complete:
        print("Run the same command again for the layers that are not done.")
        print_ending(output, then=again)
    else:
        print_ending(output, then=_lines_of(output, read_volume_plan(output)))


def _after_part(part: str, output: Path, again: Sequence[str]) -> Words:
    """The next share, or the volume of all of them."""
    number, count = map(int, part.split("/"))
    if number < count:
        return [f"{number + 1}/{count}" if word == part else word for word in again]
    return ["darfix-wb", "volume", "--assemble", "--output", output]


def _lines_of(output: Path, plan: VolumePlan) -> Words:
    """The reconstruction of lines; a look at a volume in which none can be found."""
    if not plan.options.find_dislocations or len(plan.layers) < 2:
        return ["silx", "view", output]
    layers, *pitch = _simulated_spacing(plan) or (_layer_step(plan), None, None)
    missing = [
        name for name, one in (("layers", layers), ("rows and columns", pitch[0])) if not one
    ]
    if missing:
        print(
            f"The distances of {' and of '.join(missing)} are not known: correct --spacing DZ DY "
            f"DX of the next command, in um, in which {UNKNOWN_UM:g} stands for them."
        )
    spacing = [f"{one or UNKNOWN_UM:.6g}" for one in (layers, *pitch)]
    words = ["darfix-wb", "reconstruct", output, "--spacing", *spacing]
    return [*words, "--output", free_name("lines.h5")]


def _layer_step(plan: VolumePlan) -> float | None:
    """Usual distance of layers, in um; None where no motor tells it in a unit of length."""
    positions, unit = in_micrometres(layer_positions(plan).tolist(), plan.unit)
    step = float(numpy.median(numpy.diff(numpy.sort(positions))))
    return step if unit == "um" and step > 0 else None


def _simulated_spacing(plan: VolumePlan) -> list[float] | None:
    """Distances of layers, rows and columns of the images of a simulated volume, in um."""
    try:
        truth = read_volume_truth(parse_scan_url(plan.layers[0].url).path)
    except DarfixWBError:
        return None
    return (truth.spacing_um * [1, plan.options.binning, plan.options.binning]).tolist()
