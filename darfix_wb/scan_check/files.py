"""Reports as files: a page with plots, or the findings as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from ..errors import DarfixWBError
from ..io.figure_files import PICTURES, save_figure
from ..io.output import InputFile, check_output, new_file
from .report import ScanReport

JSON = ".json"


def check_report_file(
    path: str | os.PathLike, *, overwrite: bool = False, inputs: Sequence[InputFile] = ()
) -> Path:
    """Refuse a file that could not be written, before the check.

    Parameters
    ----------
    path, overwrite, inputs
        As in `save_report`.

    Returns
    -------
    pathlib.Path
        The absolute path.

    Raises
    ------
    DarfixWBError
        As `save_report`.
    """
    if Path(path).suffix.lower() not in (*PICTURES, JSON):
        raise DarfixWBError(
            f"The report must end in {', '.join(PICTURES)} or {JSON}, got {str(path)!r}. Choose "
            "another name."
        )
    return check_output(path, overwrite=overwrite, inputs=inputs)


def save_report(
    path: str | os.PathLike,
    report: ScanReport,
    *,
    overwrite: bool = False,
    inputs: Sequence[InputFile] = (),
) -> None:
    """Write a report.

    Parameters
    ----------
    path : str or path-like
        A page with plots if it ends in ``.png``, ``.pdf`` or ``.svg``, the findings if in
        ``.json``.
    report : ScanReport
        From `check_scan`.
    overwrite : bool
        Whether an existing file may be replaced.
    inputs : sequence of InputFile
        Files that the run reads, which may never be replaced.

    Raises
    ------
    DarfixWBError
        If the file cannot be written, or its name has another ending.
    """
    target = check_report_file(path, overwrite=overwrite, inputs=inputs)
    if target.suffix.lower() == JSON:
        with new_file(target, overwrite=overwrite, inputs=inputs) as partial:
            partial.write_text(report_json(report) + "\n", encoding="utf-8")
    else:
        from .page import draw_page

        save_figure(target, draw_page(report), overwrite=overwrite, inputs=inputs)


def report_json(report: ScanReport) -> str:
    """The findings as a JSON text; numbers that are not finite are null."""
    return json.dumps(_finite(report.to_dict()), indent=2, allow_nan=False, ensure_ascii=False)


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {str(name): _finite(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    if isinstance(value, float) and not abs(value) < float("inf"):
        return None
    return value
