"""The table in the terminal, and a page with the pictures."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from darfix_wb.beam import BeamCondition
from darfix_wb.io.output import new_file
from darfix_wb.known_scan import KnownScan
from darfix_wb.labels import LabelMap

from .dislocations import IMAGE_COLUMNS, ImageScore
from .methods import MethodScore
from .pictures import PICTURES
from .steps import PUBLISHED, PUBLISHED_EPOCHS
from .volume import DemoVolume
from .volume_pictures import VOLUME_PICTURES
from .volume_report import (
    VOLUME_COLUMNS,
    html_of_lines,
    notes_on_lines,
    summary_of_lines,
    table_of_lines,
)

Columns = Mapping[str, Callable[[Any], str]]

COLUMNS = {
    "method": lambda row: row.name,
    "bal. acc. %": lambda row: f"{100 * row.scores.balanced_accuracy:.1f}",
    "clear %": lambda row: f"{100 * row.clear.balanced_accuracy:.1f}",
    "macro F1": lambda row: f"{row.scores.macro_f1:.3f}",
    "MCC": lambda row: f"{row.scores.mcc:.3f}",
    "ECE %": lambda row: f"{100 * row.scores.ece:.1f}",
    "parameters": lambda row: f"{row.parameters:,}" if row.parameters else "-",
    "MMAC/patch": lambda row: f"{row.macs / 1e6:.2f}" if row.macs else "-",
    "epochs": lambda row: str(row.epochs) if row.epochs else "-",
    "training s": lambda row: f"{row.training_seconds:.1f}" if row.training_seconds else "-",
    "ms/frame": lambda row: f"{1e3 * row.frame_seconds:.1f}",
}
"""Heading and text of each column."""

SHORTENED = (
    f"{PUBLISHED} is the published network, here for comparison only: it is trained for at most "
    f"{PUBLISHED_EPOCHS} epochs, not for 50 as published, so that the demo is short."
)


def print_tables(scores: list[MethodScore], images: list[ImageScore], volume: DemoVolume) -> None:
    """Print one row per method, one per image, and the figures of the lines in space."""
    print("\nOn the layer that was not labelled, against the truth, lit patches only:\n")
    _print_table(COLUMNS, scores)
    print(f"\n{SHORTENED}")
    print("\nLines in its images, against those that show:\n")
    _print_table(IMAGE_COLUMNS, images)
    print(f"\n{summary_of_lines(volume)}\n")
    _print_table(VOLUME_COLUMNS, table_of_lines(volume))
    print("\n" + "\n".join(notes_on_lines(volume)))


def _print_table(columns: Columns, rows: Sequence[object]) -> None:
    cells = [list(columns), *([text(row) for text in columns.values()] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(columns))]
    for number, row in enumerate(cells):
        first, *others = (
            text.ljust(width) if column == 0 else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join((first, *others)))
        if number == 0:
            print("  ".join("-" * width for width in widths))


def write_report(
    folder: Path,
    layer: KnownScan,
    labels: LabelMap,
    scores: list[MethodScore],
    images: list[ImageScore],
    volume: DemoVolume,
) -> None:
    """Write ``report.html`` next to the pictures."""
    page = PAGE.format(
        summary=html.escape(_summary(layer, labels)),
        table=_html_table(COLUMNS, scores),
        shortened=html.escape(SHORTENED),
        images=_html_table(IMAGE_COLUMNS, images),
        pictures=_html_pictures(PICTURES),
        volume=html_of_lines(
            volume,
            _html_table(VOLUME_COLUMNS, table_of_lines(volume)),
            _html_pictures(VOLUME_PICTURES),
        ),
    )
    with new_file(folder / "report.html", overwrite=True) as partial:
        partial.write_text(page, encoding="utf-8")


def _summary(layer: KnownScan, labels: LabelMap) -> str:
    scan, grid = layer.patched.scan, layer.patched.grid
    n_frames = int(labels.trainable.any(axis=(1, 2)).sum())
    counts = labels.counts()
    lit = int((layer.truth != BeamCondition.EMPTY).sum())
    return (
        f"Two layers of a simulated aluminium crystal, {scan.n_frames} frames of "
        f"{scan.frame_shape[0]}x{scan.frame_shape[1]} px each. {n_frames} frames of the first are "
        f"labelled ({counts['weak']} weak, {counts['strong']} strong, {counts['empty']} empty "
        f"patches of {grid.patch_size} px); the figures are over the {lit} lit patches of the "
        "second."
    )


def _html_table(columns: Columns, rows: Sequence[object]) -> str:
    head = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
    body = "".join(
        "<tr>"
        + "".join(f"<td>{html.escape(text(row))}</td>" for text in columns.values())
        + "</tr>"
        for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _html_pictures(pictures: Mapping[str, str]) -> str:
    return "\n".join(
        f'<figure><img src="{name}" alt="{html.escape(text)}">'
        f"<figcaption>{html.escape(text)}</figcaption></figure>"
        for name, text in pictures.items()
    )


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>darfix-wb demo</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto }}
table {{ border-collapse: collapse }}
th, td {{ padding: .2rem .7rem; text-align: right; border-bottom: 1px solid #ddd }}
th:first-child, td:first-child {{ text-align: left }}
figure {{ margin: 2rem 0 }}
img {{ max-width: 100% }}
figcaption {{ color: #555 }}
</style></head><body>
<h1>Weak and strong beam in a rocking scan</h1>
<p>{summary}</p>
{table}
<p>Balanced accuracy, macro F1, Matthews correlation and expected calibration error; clear: patches
that are weak or strong beyond doubt. {shortened} The images and the classification are in
<code>weak_beam.h5</code>, the models next to it.</p>
{images}
<p>Lines in the images of the second layer: average precision over its pixels, lines that show and
were found (half of their length within 3 px), and false lines.</p>
{pictures}
{volume}
</body></html>
"""
