"""Pages of plots as files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .output import InputFile, new_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURES = (".png", ".pdf", ".svg")
"""Endings of the names of pages."""


def save_figure(
    path: str | os.PathLike,
    figure: Figure,
    *,
    overwrite: bool = False,
    inputs: Sequence[InputFile] = (),
) -> None:
    """Write a figure in the format that the name of the file ends in, one of `PICTURES`.

    Parameters
    ----------
    path : str or path-like
        File to write, checked by `darfix_wb.io.output.check_output` before the work.
    figure : matplotlib.figure.Figure
        The page.
    overwrite : bool
        Whether an existing file may be replaced.
    inputs : sequence of InputFile
        Files that the run reads, which may never be replaced.

    Raises
    ------
    DarfixWBError
        If the file cannot be written.
    """
    target = Path(path)
    with new_file(target, overwrite=overwrite, inputs=inputs) as partial:
        figure.savefig(partial, format=target.suffix.lower()[1:])
