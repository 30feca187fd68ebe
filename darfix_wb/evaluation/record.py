"""The evaluation as one JSON file and one page of Markdown."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy

from .. import __version__
from ..io.output import InputFile, new_file
from ..known_scan import KnownScan
from ..truth import LineClass
from .images import known_lines
from .markdown import markdown_table
from .protocol import Evaluation
from .splits import Split
from .summary import summarise
from .tables import protocol_section

LIBRARIES = ("numpy", "scipy", "scikit-learn", "torch", "darfix")


def write_record(
    path: Path, evaluation: Evaluation, *, inputs: Sequence[InputFile] = (), **more: Any
) -> None:
    """Write everything that is known so far to a JSON file, in one step.

    All but the ``times`` of the cells and the ``date`` is the same for the same scans, seeds and
    versions on one machine.

    Parameters
    ----------
    path : pathlib.Path
        File to write or to replace.
    evaluation : Evaluation
        What was done so far.
    inputs : sequence of InputFile
        Files that may never be replaced, as in `darfix_wb.io.output.check_output`.
    **more
        Plain literals to keep with it, e.g. the command.
    """
    text = json.dumps(to_dict(evaluation, **more), indent=1, allow_nan=False)
    with new_file(path, overwrite=True, inputs=inputs) as partial:
        partial.write_text(text + "\n", encoding="utf-8")


def to_dict(evaluation: Evaluation, **more: Any) -> dict:
    """The evaluation in plain literals."""
    scans = evaluation.scans
    return {
        "program": "darfix-wb",
        "versions": {
            "darfix-wb": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        **more,
        "options": asdict(evaluation.options),
        "methods": list(evaluation.methods),
        "finished": list(evaluation.finished),
        "scans": [describe_scan(scan) for scan in scans],
        "splits": [describe_split(split, scans) for split in evaluation.splits],
        "cells": [cell.to_dict() for cell in evaluation.cells],
    }


def describe_scan(scan: KnownScan) -> dict:
    """What the figures of a scan depend on."""
    grid = scan.patched.grid
    return {
        "name": scan.name,
        "sample": scan.sample,
        "layer": scan.layer,
        "source": scan.patched.scan.source,
        "known_by": scan.known_by,
        "truth_hash": scan.labels.hash,
        "n_frames": scan.n_frames,
        "frame_shape": list(grid.frame_shape),
        "patch_size": grid.patch_size,
        "stride": grid.stride,
        "grid_shape": list(grid.shape),
        "truth": scan.labels.counts(),
        "clear": None if scan.clear is None else int(scan.clear.sum()),
        "lines": describe_lines(scan),
        "empty_by_curve": int(scan.patched.empty.sum()),
        "peak_frame": int(numpy.flatnonzero(scan.rocking_index == 0)[0])
        if (scan.rocking_index == 0).any()
        else None,
    }


def describe_lines(scan: KnownScan) -> dict | None:
    """How many lines show, in all and of each class where it is known, and how many px do not."""
    truth = known_lines(scan)
    if truth is None:
        return None
    present = truth.present()
    classes = (
        None
        if truth.classes is None
        else {kind.name.lower(): int((truth.classes[present] == kind).sum()) for kind in LineClass}
    )
    return {"n": len(present), "by_class": classes, "hidden_px": int(truth.hidden.sum())}


def describe_split(split: Split, scans: Sequence[KnownScan]) -> dict:
    """What was fitted on, with the hash of the labels, and what was scored."""
    return {
        "protocol": split.protocol,
        "sample": split.sample,
        "seed": split.seed,
        "note": split.note,
        "fitted_on": [
            {
                "scan": scans[index].name,
                "labels_hash": labels.hash,
                "frames": numpy.flatnonzero(labels.trainable.any(axis=(1, 2))).tolist(),
                **labels.counts(),
            }
            for index, labels in split.known
        ],
        "scored_on": [
            {"scan": scans[index].name, "frames": numpy.flatnonzero(frames).tolist()}
            for index, frames in split.scored
        ],
    }


def markdown_page(evaluation: Evaluation, *, notes: Sequence[str] = (), command: str = "") -> str:
    """The tables of all protocols, with the scans and how to read them."""
    rows = summarise(evaluation.cells, protocols=evaluation.protocols)
    scans = [scan.name for scan in evaluation.scans]
    parts = ["# Evaluation of the methods", f"`{command}`" if command else "", _HOW_TO_READ]
    parts += ["## Scans", _scans(evaluation.scans)]
    parts += ["\n".join(f"- {note}" for note in notes)] if notes else []
    for protocol in dict.fromkeys(row.protocol for row in rows):
        said = [s.note for s in evaluation.splits if s.protocol == protocol and s.note]
        mine = [row for row in rows if row.protocol == protocol]
        parts.append(protocol_section(protocol, mine, scans, notes=said))
    return "\n\n".join(part for part in parts if part) + "\n"


_HOW_TO_READ = """Balanced accuracy in %, over the patches whose truth is weak or strong ("all \
lit"), over those that are so beyond doubt ("clear") and over the others ("unclear"); empty \
patches are not counted, and calling a lit patch empty is wrong. Mean over the seeds of each scan, \
then over scans; in brackets 2.5 to 97.5 % when whole frames are drawn 1000 times; "± seeds" is \
the standard deviation over seeds. "90 % surest" is the share right among the surest \
90 % of the patches. "Ambiguous" are the lit patches whose conformal prediction set is not one \
condition alone, and "others right" is the share right among the rest; "covered" are the weak, and \
the strong, patches whose set holds what they are (aim: 95 %). Time is that of fitting, and of \
preparing and classifying one frame."""


def _scans(scans: Sequence[KnownScan]) -> str:
    def row(told: Mapping[str, Any]) -> list[str]:
        height, width = told["frame_shape"]
        truth = told["truth"]
        return [
            told["name"],
            told["sample"],
            f"{told['layer']:g}",
            f"{told['n_frames']} of {height}x{width}",
            f"{told['patch_size']} / {told['stride']}",
            *(str(truth[name]) for name in ("weak", "strong", "empty", "ambiguous")),
            told["known_by"],
        ]

    heading = ["scan", "sample", "layer", "frames (px)", "patch / stride"]
    heading += ["weak", "strong", "empty", "ambiguous", "known by"]
    return markdown_table(heading, [row(describe_scan(scan)) for scan in scans])
