"""A reconstruction from file to files: lines, their exports, and the comparison."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from ..dislocation_lines.export.formats import EXPORTS, check_formats, export_network
from ..dislocation_lines.network import LineNetwork
from ..dislocation_lines.network_file import write_network
from ..io.output import InputFile, check_output
from ..io.output_names import HDF5_SUFFIXES
from ..io.paths import user_path
from ..io.provenance import Provenance
from ..io.scan_urls import parse_scan_url
from ..progress import SILENT, Monitor
from ..volume_comparison.compare import compare
from ..volume_comparison.operands import read_operand
from ..volume_comparison.report import Comparison
from .layer_stack import LayerStack, open_stack
from .options import ReconstructionOptions
from .reconstruct import Reconstruction, reconstruct
from .report import ReconstructionReport
from .saved import FIGURES

_LINES = 0.9
"""Part of the work after which lines are known, where they are compared."""


def reconstruct_file(
    volume_file: str | os.PathLike,
    spacing_um: Sequence[float],
    output_file: str | os.PathLike,
    options: ReconstructionOptions,
    *,
    reference: str | os.PathLike = "",
    export: Sequence[str] = (),
    overwrite: bool = False,
    monitor: Monitor = SILENT,
) -> ReconstructionReport:
    """Find the lines of a volume and write them; nothing is computed if something cannot be.

    Parameters
    ----------
    volume_file : str or path-like
        From `darfix_wb.volume`.
    spacing_um : sequence of float
        Distances of layers, rows and columns.
    output_file : str or path-like
        NeXus file to write.
    options : ReconstructionOptions
    reference : str or path-like
        Lines or a mask of voxels to compare with, as of
        `darfix_wb.volume_comparison.operands.read_operand`; empty for none.
    export : sequence of str
        Formats of `darfix_wb.dislocation_lines.export`, written beside the output file as its name
        with other endings.
    overwrite : bool
        Whether existing files may be replaced.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Raises
    ------
    DarfixWBError
        If an input or an output cannot be used.
    OperationCancelled
        If the monitor is asked to stop.
    """
    inputs = _inputs(volume_file, reference)
    output = check_output(output_file, overwrite=overwrite, inputs=inputs, suffixes=HDF5_SUFFIXES)
    stack = open_stack(user_path(volume_file), spacing_um)
    exports = _export_files(output, export, inputs, overwrite=overwrite)
    other = read_operand(reference) if reference else None
    found = reconstruct(stack, options, monitor=monitor.part(0, _LINES))
    comparison = None if other is None else _compared(found, other, stack, monitor.part(_LINES, 1))
    report = ReconstructionReport(found.network, found.offsets_um, comparison)
    _write(output, report, found, stack, spacing_um, str(reference), overwrite=overwrite)
    for name, path in exports.items():
        images = stack.image_stack(EXPORTS[name].images)
        export_network(found.network, path, [name], volume=images, overwrite=overwrite)
    monitor.report(1.0)
    return report


def _inputs(volume_file: str | os.PathLike, reference: str | os.PathLike) -> list[InputFile]:
    """What is read, and may not be replaced."""
    inputs = [InputFile(user_path(volume_file), "is the volume")]
    if reference:
        path = user_path(parse_scan_url(reference).path)
        inputs.append(InputFile(path, "is the reference"))
    return inputs


def _export_files(
    output: Path, formats: Sequence[str], inputs: Sequence[InputFile], *, overwrite: bool
) -> dict[str, Path]:
    """The files of exports, beside the output, if they may be written."""
    if not formats:
        return {}
    check_formats(formats)
    files = export_paths(output, formats)
    for path in files.values():
        check_output(path, overwrite=overwrite, inputs=inputs)
    return files


def export_paths(output: Path, formats: Sequence[str]) -> dict[str, Path]:
    """Where the exports of `reconstruct_file` are, by their format; the output is that of nexus."""
    return {
        name: output.with_name(output.stem + _ending(EXPORTS[name].file_name))
        for name in dict.fromkeys(formats)
        if name != "nexus"
    }


def _ending(file_name: str) -> str:
    """What follows the name of the output: lines and images are told by the kind of file."""
    name = Path(file_name)
    return name.suffix if name.stem in ("lines", "images") else f"_{name.name}"


def _compared(
    found: Reconstruction, other: LineNetwork | object, stack: LayerStack, monitor: Monitor
) -> Comparison:
    lines = isinstance(other, LineNetwork)
    spacing = None if lines else (stack.step_um, *stack.pitch_um)
    return compare(found.network, other, spacing, monitor=monitor)


def _write(
    output: Path,
    report: ReconstructionReport,
    found: Reconstruction,
    stack: LayerStack,
    spacing_um: Sequence[float],
    reference: str,
    *,
    overwrite: bool,
) -> None:
    parameters = found.options.as_dict() | {
        "spacing_um": list(map(float, spacing_um)),
        "reference": reference,
    }
    write_network(
        output,
        found.network,
        provenance=Provenance(parameters, str(stack.path.absolute())),
        extra={
            "displacement": {
                "@NX_class": "NXcollection",
                "offset": found.offsets_um,
                "offset@units": "um",
                "offset@meaning": "displacement (row, column) of each layer that was taken off",
            },
            "report": str(report),
            FIGURES: json.dumps(report.as_dict()),
        },
        overwrite=overwrite,
    )
