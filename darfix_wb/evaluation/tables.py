"""Tables in Markdown: one a protocol, methods as rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from .image_tables import image_tables
from .markdown import markdown_table, number, percent
from .summary import Summary

PROTOCOL_TITLES = {
    "no-labels": "No labels: methods as they come",
    "leave-layer-out": "Leave layer out: fitted on one layer, scored on others of the sample",
    "leave-sample-out": "Leave sample out: fitted on other samples, scored on a new one",
    "budget": "{} labelled patches of the new sample",
}


def _interval(row: Summary) -> str:
    low, high = row.interval
    if math.isnan(row.mean["balanced_accuracy"]):
        return "-"
    return f"{percent(row.mean['balanced_accuracy'])} ({percent(low)} to {percent(high)})"


def _worst(row: Summary) -> str:
    scan, value = row.worst
    return f"{percent(value)} {scan}" if scan else "-"


def _mean(name: str, text: Callable[[float], str]) -> Callable[[Summary], str]:
    return lambda row: text(row.mean[name])


def _covered(row: Summary) -> str:
    weak, strong = row.mean["weak_covered"], row.mean["strong_covered"]
    if math.isnan(weak) and math.isnan(strong):
        return "-"
    return f"{percent(weak)} / {percent(strong)}"


COLUMNS: dict[str, Callable[[Summary], str]] = {
    "method": lambda row: row.method,
    "all lit %": _interval,
    "± seeds": lambda row: percent(row.spread),
    "worst scan %": _worst,
    "clear %": _mean("clear", percent),
    "unclear %": _mean("unclear", percent),
    "macro F1": _mean("macro_f1", number(3)),
    "MCC": _mean("mcc", number(3)),
    "AUROC": _mean("auroc", number(3)),
    "ECE %": _mean("ece", percent),
    "Brier": _mean("brier", number(3)),
    "90 % surest: right %": _mean("right_at_90", percent),
    "sure of ambiguous %": _mean("sure_of_ambiguous", percent),
    "ambiguous %": _mean("ambiguous", percent),
    "others right %": _mean("decided_right", percent),
    "covered weak / strong %": _covered,
    "parameters": lambda row: f"{row.parameters:,}" if row.parameters else "-",
    "MMAC/patch": lambda row: f"{row.macs / 1e6:.2f}" if row.macs else "-",
    "fit s": _mean("fit_seconds", number(2)),
    "ms/frame": _mean("frame_seconds", lambda s: number(1)(1e3 * s)),
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
    scored = [scan for scan in scans if any(_is_scored(row, scan) for row in rows)]
    if len(scored) > 1:
        parts += ["Balanced accuracy by scan, all lit / clear, in %:", _scan_table(rows, scored)]
    parts += image_tables(rows)
    parts += _listed([text for row in rows for text in _remarks(row)])
    return "\n\n".join(parts)


def _is_scored(row: Summary, scan: str) -> bool:
    return not all(map(math.isnan, row.by_scan.get(scan, ())))


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
        return percent(lit) if math.isnan(clear) else f"{percent(lit)} / {percent(clear)}"

    return markdown_table(
        ["method", *scans], [[row.method, *(cell(row, scan) for scan in scans)] for row in rows]
    )
