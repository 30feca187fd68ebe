"""Figures of the weak-beam images in Markdown, methods as rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from .markdown import markdown_table, number, percent
from .summary import Summary

Column = tuple[str, Callable[[float], str]]

OF_PIXELS: dict[str, Column] = {
    "average_precision": ("average precision", number(3)),
    "average_precision_unfiltered": ("without ridge filter", number(3)),
    "best_f1": ("best F1", number(3)),
    "f1": ("F1 at the threshold", number(3)),
    "base_rate": ("base rate", number(3)),
    "contrast_to_noise": ("contrast to noise", number(2)),
    "leakage": ("leakage", number(3)),
}
OF_LINES: dict[str, Column] = {
    "lines_found": ("lines found %", percent),
    "found_lone": ("lone %", percent),
    "found_boundary": ("in boundaries %", percent),
    "found_in_layer": ("nearly in the layer %", percent),
    "line_precision": ("precision %", percent),
    "false_lines": ("false lines", number(1)),
    "blobs_per_boundary_line": ("blobs per boundary line", number(2)),
}
OF_ANY_SCAN: dict[str, Column] = {
    "bright_contrast": ("brightest 1 % over the rest", number(2)),
    "block_edges": ("block edges", number(2)),
}
TABLES = (
    ("Weak-beam images, as shown, against the lines that show, by pixels:", OF_PIXELS),
    ("Lines found in them at one threshold for all scans, mean over scans:", OF_LINES),
    ("Weak-beam images, without the truth:", OF_ANY_SCAN),
)
"""Sentence and columns of each table; a column in which nothing is known is left out."""


def image_tables(rows: Sequence[Summary]) -> list[str]:
    """The tables of the images of some methods, each after its sentence.

    Parameters
    ----------
    rows : sequence of Summary
        Methods of one protocol; those without an image have dashes.

    Returns
    -------
    list of str
        Without the tables in which nothing is known.
    """
    parts = []
    for title, columns in TABLES:
        table = _table(rows, columns)
        parts += [title, table] if table else []
    return parts


def _table(rows: Sequence[Summary], columns: Mapping[str, Column]) -> str:
    values = {name: [row.image.get(name, math.nan) for row in rows] for name in columns}
    known = [name for name, column in values.items() if not all(map(math.isnan, column))]
    if not known:
        return ""
    texts = [[columns[name][1](value) for value in values[name]] for name in known]
    methods = [row.method for row in rows]
    heading = ["method", *(columns[name][0] for name in known)]
    return markdown_table(heading, list(zip(methods, *texts, strict=True)))
