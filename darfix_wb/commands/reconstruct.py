"""The command ``darfix-wb reconstruct``: from a volume to a network of dislocation lines."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

from ..dislocation_lines.export.formats import EXPORTS
from ..io.output import check_output, new_file
from ..progress import progress_bar
from ..reconstruction.files import export_paths, reconstruct_file
from ..reconstruction.options import METHODS, ReconstructionOptions
from ..reconstruction.report import ReconstructionReport
from ..volume_comparison.operands import holds_lines
from .ending import Words, free_name, option_words, print_ending

EXAMPLES = (
    "darfix-wb reconstruct volume.h5 --spacing 1 0.144 0.0444 --output lines.h5",
    "darfix-wb reconstruct volume.h5 --spacing 1 0.144 0.0444 --export vtp csv --output lines.h5",
)

_DEFAULTS = ReconstructionOptions()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("volume", help="NeXus file of a volume, from darfix-wb volume")
    parser.add_argument(
        "--spacing",
        type=float,
        nargs=3,
        metavar=("DZ", "DY", "DX"),
        required=True,
        help="distances between layers, rows and columns of the images, in um; rows lie "
        "pixel / sin(2 theta) apart where the beam runs along them",
    )
    parser.add_argument("--output", required=True, help="NeXus file of the lines to write")
    parser.add_argument("--overwrite", action="store_true", help="replace existing output files")
    parser.add_argument(
        "--reference",
        metavar="FILE",
        help="lines, or a volume of boolean values, to compare with (default: none)",
    )
    parser.add_argument(
        "--method",
        choices=METHODS,
        default=_DEFAULTS.method,
        help=f"method that finds the lines (default: {_DEFAULTS.method})",
    )
    parser.add_argument(
        "--threshold",
        type=float,
        default=_DEFAULTS.threshold,
        metavar="SIGMA",
        help="smallest evidence of a bead: its height in sigma, plus up to ten by the detector "
        f"(default: {_DEFAULTS.threshold:g})",
    )
    parser.add_argument(
        "--no-jitter",
        action="store_true",
        help="leave layers where they are, instead of estimating their displacement",
    )
    parser.add_argument(
        "--burgers",
        type=float,
        default=math.nan,
        metavar="UM",
        help="length of the Burgers vector, in um, for the misorientation of boundaries (default: "
        "not known)",
    )
    parser.add_argument(
        "--export",
        nargs="+",
        default=(),
        metavar="FORMAT",
        help=f"formats to write beside the output: {', '.join(EXPORTS)}",
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="file to write the report to, .json"
    )


def run(arguments: argparse.Namespace) -> int:
    """Find lines, write them, and print the report."""
    if arguments.json:
        check_output(arguments.json, overwrite=arguments.overwrite, suffixes=(".json",))
    options = ReconstructionOptions(
        method=arguments.method,
        threshold=arguments.threshold,
        correct_jitter=not arguments.no_jitter,
        burgers_um=arguments.burgers,
    )
    with progress_bar("Reconstructing") as monitor:
        report = reconstruct_file(
            *(arguments.volume, arguments.spacing, arguments.output, options),
            reference=arguments.reference or "",
            export=arguments.export,
            overwrite=arguments.overwrite,
            monitor=monitor,
        )
    print(_text(report))
    if arguments.json:
        with new_file(arguments.json, overwrite=arguments.overwrite) as partial:
            Path(partial).write_text(json.dumps(report.as_dict(), indent=2, allow_nan=False) + "\n")
    exports = export_paths(Path(arguments.output), arguments.export)
    reports = [arguments.json] if arguments.json else []
    print_ending(
        *(arguments.output, *exports.values(), *reports), then=_next(arguments, report, exports)
    )
    return 0


def _next(
    arguments: argparse.Namespace, report: ReconstructionReport, exports: dict[str, Path]
) -> Words:
    """A view of the lines in ParaView, their comparison beside chance, or a look at the file."""
    if "vtp" in exports:
        return ["paraview", exports["vtp"]]
    if report.comparison is None:
        return ["silx", "view", arguments.output]
    of_lines = holds_lines(arguments.reference)
    return [
        *("darfix-wb", "compare-volumes", arguments.output, arguments.reference),
        *option_words({"spacing": None if of_lines else arguments.spacing}),
        *("--json", free_name("comparison.json")),
    ]


def _text(report: ReconstructionReport) -> str:
    parts = [*report.warnings, str(report)]
    if report.comparison is not None:
        parts.append(report.comparison.table())
    return "\n".join(parts)
