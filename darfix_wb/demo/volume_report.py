"""The short table of the small volume, and its part of the page."""

from __future__ import annotations

import html
import math
from typing import NamedTuple

from darfix_wb.dislocation_lines.network import LineNetwork
from darfix_wb.volume.wording import one_or_many

from .volume import EXPORTS, TEXT_FILE, DemoVolume

_SHORT = {
    "F1 of points along lines, within 0.5 um": "F1 at 0.5 um",
    "F1 of points along lines, within 1 um": "F1 at 1 um",
    "ASSD (um)": "ASSD (um)",
    "length found / true": "length of A over B",
    "false part of the length found": "false part of the length of A",
    "length found on lines that need not show (um)": "length of A ignored (um)",
    "true lines of 5 um and more": "lines of B of 5 um and more",
    "of these found": "of these found",
    "of these split": "of these split",
    "F1 of junctions, within 2 um": "junctions: F1 at 2 um",
}
"""Rows of the short table, and those of the whole table that they are taken from."""


class VolumeFigure(NamedTuple):
    """A row of the short table."""

    name: str
    found: float
    by_chance: float


VOLUME_COLUMNS = {
    "lines in space": lambda row: row.name,
    "found": lambda row: _number(row.found),
    "by chance": lambda row: _number(row.by_chance),
}
"""Heading and text of each column."""


def table_of_lines(volume: DemoVolume) -> list[VolumeFigure]:
    """The figures that tell most, beside those of random shifts."""
    comparison = volume.comparison
    found, chance = comparison.figures.rows(), comparison.null.rows()
    table = [VolumeFigure(name, found[row], chance[row]) for name, row in _SHORT.items()]
    ratio = VolumeFigure("F1 within 1 um over that by chance", comparison.null_ratio, math.nan)
    return [*table, ratio]


def summary_of_lines(volume: DemoVolume) -> str:
    """What the volume is, and what was found in it."""
    sides = volume.truth.network.bounds_um[1] - volume.truth.network.bounds_um[0]
    n_frames = volume.truth.parameters.scan.steps
    rows, columns = volume.truth.parameters.scan.shape
    return (
        f"{len(volume.truth.network.layers_um)} layers of another simulated crystal, "
        f"{volume.truth.spacing_um[0]:g} um apart, {n_frames} frames of {rows}x{columns} px each: "
        f"{sides[0]:.1f} x {sides[1]:.1f} x {sides[2]:.1f} um (layer, row, column). "
        f"Lines that show: {_in_words(volume.shown)}. Found: {_in_words(volume.report.network)}."
    )


def _in_words(network: LineNetwork) -> str:
    lines = one_or_many(len(network.lines), "line", "lines")
    junctions = one_or_many(len(network.junctions_um), "junction", "junctions")
    return f"{lines}, {network.length_um:.0f} um in all, with {junctions}"


def notes_on_lines(volume: DemoVolume) -> list[str]:
    """What must be known to read the figures, a sentence each."""
    comparison = volume.comparison
    notes = [*comparison.notes, *volume.report.warnings]
    if comparison.n_shifts:
        notes.insert(
            0,
            f"By chance: mean of {comparison.n_shifts} random shifts of the found lines (A, "
            f"against those that show, B) by {comparison.least_shift_um:.3g} um and more.",
        )
    if volume.layer_warnings:
        count = one_or_many(len(volume.layer_warnings), "warning", "warnings")
        notes.append(f"The layers have {count}: see {TEXT_FILE}.")
    return notes


def html_of_lines(volume: DemoVolume, table: str, pictures: str) -> str:
    """The part of the page about the volume."""
    files = ", ".join(f"<code>lines.{name}</code>" for name in EXPORTS)
    notes = " ".join(notes_on_lines(volume))
    return SECTION.format(
        summary=html.escape(summary_of_lines(volume)),
        table=table,
        notes=html.escape(notes),
        files=files,
        pictures=pictures,
    )


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3g}"


SECTION = """<h2>Dislocation lines through the layers of a volume</h2>
<p>{summary}</p>
{table}
<p>Points every 0.1 um along the found lines against those along the true lines that show; those
that need not show (invisible by g.b, or too faint) count neither way. ASSD: average symmetric
surface distance. {notes}</p>
<p>The images are in <code>volume.h5</code>, the found lines in <code>lines.h5</code>, {files}, the
true ones that show in <code>true_lines.h5</code> and all others in <code>hidden_lines.h5</code>.
<code>lines_compared.txt</code> holds all figures, as from <code>darfix-wb compare-volumes lines.h5
true_lines.h5 --ignore hidden_lines.h5</code>.</p>
{pictures}"""
