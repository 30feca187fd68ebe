"""Tables in Markdown: one a protocol, methods as rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from .summary import Summary

PROTOCOL_TITLES = {
    "no-labels": "No labels: methods as they come",
    "leave-layer-out": "Leave layer out: fitted on one layer, scored on others of the sample",
    "leave-sample-out": "Leave sample out: fitted on other samples, scored on a new one",
    "budget": "{} labelled patches of the new sample",
}


def _percent(value: float) -> str:
    return "-" if math.isnan(value) else f"{100 * value:.1f}"


def _number(digits: int) -> Callable[[float], str]:
    return lambda value: "-" if math.isnan(value) else f"{value:.{digits}f}"


def _interval(row: Summary) -> str:
    low, high = row.interval
    if math.isnan(row.mean["balanced_accuracy"]):
        return "-"
    return f"{_percent(row.mean['balanced_accuracy'])} ({_percent(low)} to {_percent(high)})"


def _worst(row: Summary) -> str:
    scan, value = row.worst
    return f"{_percent(value)} {scan}" if scan else "-"


def _mean(name: str, text: Callable[[float], str]) -> Callable[[Summary], str]:
    return lambda row: text(row.mean[name])


def _covered(row: Summary) -> str:
    weak, strong = row.mean["weak_covered"], row.mean["strong_covered"]
    if math.isnan(weak) and math.isnan(strong):
        return "-"
    return f"{_percent(weak)} / {_percent(strong)}"


COLUMNS: dict[str, Callable[[Summary], str]] = {
    "method": lambda row: row.method,
    "all lit %": _interval,
    "± seeds": lambda row: _percent(row.spread),
    "worst scan %": _worst,
    "clear %": _mean("clear", _percent),
    "unclear %": _mean("unclear", _percent),
    "macro F1": _mean("macro_f1", _number(3)),
    "MCC": _mean("mcc", _number(3)),
    "AUROC": _mean("auroc", _number(3)),
    "ECE %": _mean("ece", _percent),
    "Brier": _mean("brier", _number(3)),
    "90 % surest: right %": _mean("right_at_90", _percent),
    "sure of ambiguous %": _mean("sure_of_ambiguous", _percent),
    "ambiguous %": _mean("ambiguous", _percent),
    "others right %": _mean("decided_right", _percent),
    "covered weak / strong %": _covered,
    "parameters": lambda row: f"{row.parameters:,}" if row.parameters else "-",
    "MMAC/patch": lambda row: f"{row.macs / 1e6:.2f}" if row.macs else "-",
    "fit s": _mean("fit_seconds", _number(2)),
    "ms/frame": _mean("frame_seconds", lambda s: _number(1)(1e3 * s)),
}
"""Heading and text of each column; a column in which nothing is known is left out."""


def protocol_title(protocol: str) -> str:
    """What a protocol is, in words."""
    name, _, number = protocol.partition("-")
    if name == "budget":
        return PROTOCOL_TITLES["budget"].format(number)
    return PROTOCOL_TITLES.get(protocol, protocol)


def protocol_section(
    protocol: str, rows: Sequence[Summary], scans: Sequence[str], *, notes: Sequence[str] = ()
) -> str:
    """The tables of one protocol: figures, scans one by one, images; and what there is to say.

    Parameters
    ----------
    protocol : str
        The protocol.
    rows : sequence of Summary
        Its methods.
    scans : sequence of str
        Order of the scans.
    notes : sequence of str
        What its splits say.
    """
    parts = [f"## {protocol_title(protocol)}", *_listed(notes), _table(rows, COLUMNS)]
    scored = [scan for scan in scans if any(scan in row.by_scan for row in rows)]
    if len(scored) > 1:
        parts += ["Balanced accuracy by scan, all lit / clear, in %:", _scan_table(rows, scored)]
    if any(row.image for row in rows):
        parts += ["Weak-beam images against the visible dislocations:", _image_table(rows)]
    parts += _listed([text for row in rows for text in _remarks(row)])
    return "\n\n".join(parts)


def _remarks(row: Summary) -> list[str]:
    remarks = [f"{row.method}: {note}" for note in row.notes[:3]]
    if row.n_failed:
        remarks += [f"{row.method}: {error}" for error in row.errors]
        remarks.append(f"{row.method}: {row.n_failed} of {row.n_cells} cells have no figures")
    return remarks


def _listed(texts: Sequence[str]) -> list[str]:
    return ["\n".join(f"- {text}" for text in dict.fromkeys(texts))] if texts else []


def _table(rows: Sequence[Summary], columns: Mapping[str, Callable[[Summary], str]]) -> str:
    cells = {name: [text(row) for row in rows] for name, text in columns.items()}
    told = {name: column for name, column in cells.items() if set(column) != {"-"}}
    return markdown_table(list(told), list(zip(*told.values(), strict=True)))


def _scan_table(rows: Sequence[Summary], scans: Sequence[str]) -> str:
    def cell(row: Summary, scan: str) -> str:
        lit, clear = row.by_scan.get(scan, (math.nan, math.nan))
        return _percent(lit) if math.isnan(clear) else f"{_percent(lit)} / {_percent(clear)}"

    return markdown_table(
        ["method", *scans], [[row.method, *(cell(row, scan) for scan in scans)] for row in rows]
    )


def _image_table(rows: Sequence[Summary]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row.image))
    text = _number(3)
    return markdown_table(
        ["method", *(name.replace("_", " ") for name in names)],
        [[row.method, *(text(row.image.get(name, math.nan)) for name in names)] for row in rows],
    )


def markdown_table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose columns are also aligned as plain text; the first to the left."""
    cells = [list(heading), *(list(row) for row in rows)]
    widths = [max(3, *(len(row[i]) for row in cells)) for i in range(len(heading))]

    def line(row: Sequence[str]) -> str:
        texts = [
            text.ljust(width) if i == 0 else text.rjust(width)
            for i, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        return f"| {' | '.join(texts)} |"

    rule = [("-" * width if i == 0 else "-" * (width - 1) + ":") for i, width in enumerate(widths)]
    return "\n".join([line(cells[0]), f"| {' | '.join(rule)} |", *map(line, cells[1:])])
