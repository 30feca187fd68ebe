"""Where painted labels are kept: in their file, else in the workflow itself."""

from __future__ import annotations

from pathlib import Path

import numpy

from darfix_wb.beam import CONDITION_NAMES, UNLABELLED
from darfix_wb.errors import DarfixWBError
from darfix_wb.extraction import PatchedScan
from darfix_wb.io.input_files import input_files
from darfix_wb.io.label_files import load_labels, save_labels
from darfix_wb.io.label_source import check_label_source
from darfix_wb.io.output import check_output
from darfix_wb.io.output_names import HDF5_SUFFIXES
from darfix_wb.io.provenance import Provenance
from darfix_wb.labels import LabelMap

MOST_IN_WORKFLOW = 20_000
"""Labels that a workflow may carry: some 500 kB of text."""


def read(
    patched: PatchedScan,
    labels_file: str | None,
    frame_labels: dict | None,
    patch_labels: list | None,
    *,
    of_another_scan: bool = False,
) -> tuple[LabelMap, tuple[str, ...]]:
    """The labels with which to begin: those of the file, else those of the workflow.

    Returns
    -------
    labels : LabelMap
        Labels of every patch.
    warnings : tuple of str
        What to tell the user about them.

    Raises
    ------
    DarfixWBError
        If they do not fit the patches, or are of another scan and the user did not say so.
    """
    if labels_file and Path(labels_file).is_file():
        labels = load_labels(labels_file)
        return labels, _check(labels, patched, of_another_scan)
    labels = LabelMap.unlabelled(patched.scan.n_frames, patched.grid)
    labels = labels.with_frames(frame_labels or {}, empty=patched.empty)
    return labels.with_patches(patch_labels or []), ()


def _check(labels: LabelMap, patched: PatchedScan, of_another_scan: bool) -> tuple[str, ...]:
    labels.check_fits(patched.scan.n_frames, patched.grid)
    return check_label_source(labels, patched.scan.source, of_another_scan=of_another_scan)


def write(
    patched: PatchedScan, labels_file: str, labels: LabelMap, *, of_another_scan: bool = False
) -> None:
    """Replace the file's labels; the old ones stay until the new ones are complete.

    Raises
    ------
    DarfixWBError
        If the file cannot be written, is one of the scan's, or holds anything but labels of these
        patches.
    """
    files = input_files(scan=patched.scan.source)
    check_output(labels_file, overwrite=True, inputs=files, suffixes=HDF5_SUFFIXES)
    if Path(labels_file).is_file():
        _check(load_labels(labels_file), patched, of_another_scan)
    provenance = Provenance({"painted": True}, patched.scan.source)
    save_labels(labels_file, labels, overwrite=True, provenance=provenance, inputs=files)


def as_literals(labels: LabelMap) -> list[list] | None:
    """Labels as ``[frame, row, column, condition]`` each, to be saved in the workflow.

    Raises
    ------
    DarfixWBError
        If they are too many for that.
    """
    places = numpy.argwhere(labels.values != UNLABELLED).tolist()
    if len(places) > MOST_IN_WORKFLOW:
        raise DarfixWBError(
            f"A workflow can carry at most {MOST_IN_WORKFLOW} labels, got {len(places)}. Choose a "
            "labels file."
        )
    return [[*place, CONDITION_NAMES[int(labels.values[tuple(place)])]] for place in places] or None
