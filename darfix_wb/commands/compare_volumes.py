"""The command ``darfix-wb compare-volumes``: two volumes or networks of dislocations compared."""

from __future__ import annotations

import argparse
import json
from typing import Any

from ..dislocation_lines.network import LineNetwork
from ..errors import DarfixWBError
from ..io.output import InputFile, check_output, new_file
from ..io.paths import user_path
from ..io.scan_urls import parse_scan_url
from ..progress import progress_bar
from ..unused_options import check_at_least
from ..volume_comparison.compare import compare
from ..volume_comparison.field import N_SHIFTS
from ..volume_comparison.operands import read_operand
from ..volume_comparison.report import Comparison
from .ending import print_ending

EXAMPLES = (
    "darfix-wb compare-volumes lines.h5 manual_lines.csv --json figures.json",
    "darfix-wb compare-volumes found.npy true.npy --spacing 1 0.144 0.0444 --threshold 3 0.5",
)

BORDER_UM = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    kinds = "data URL of a volume (file.h5::/path), .npy file, TIFF files, or file of lines"
    parser.add_argument("a", metavar="A", help=f"what was found: {kinds}")
    parser.add_argument("b", metavar="B", help=f"what it is judged by: {kinds}")
    parser.add_argument(
        "--spacing",
        nargs="+",
        type=float,
        metavar="UM",
        help="distances between layers, rows and columns of a volume, in um (three numbers)",
    )
    parser.add_argument(
        "--threshold",
        nargs="+",
        type=float,
        metavar="VALUE",
        help="smallest value of a voxel that is set: one number for both volumes, or one each "
        "(default: none, for volumes of 0 and one other number)",
    )
    parser.add_argument(
        "--valid",
        metavar="FILE",
        help="volume whose set voxels are those that count (default: all count)",
    )
    parser.add_argument(
        "--ignore",
        metavar="FILE",
        help="file of lines that may be found or not, e.g. those with g.b = 0: they count neither "
        "as right nor as wrong (default: none)",
    )
    parser.add_argument(
        "--border",
        type=float,
        default=BORDER_UM,
        metavar="UM",
        help="width of the border of the field that a second comparison leaves out; 0 for a single "
        "comparison "
        f"(default: {BORDER_UM:g})",
    )
    parser.add_argument(
        "--shifts",
        type=int,
        default=N_SHIFTS,
        help=f"number of random shifts that tell what chance gives, at least {N_SHIFTS} (default: "
        f"{N_SHIFTS})",
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the shifts (default: 0)")
    parser.add_argument(
        "--no-length",
        action="store_true",
        help="leave out the length of lines in volumes, for which volumes are thinned",
    )
    parser.add_argument(
        "--json", metavar="FILE", help='file to write the figures to, .json; "-" prints them'
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an existing output file")


def run(arguments: argparse.Namespace) -> None:
    """Compare, print a table for each border, and write the figures."""
    check_at_least({"--shifts": arguments.shifts}, N_SHIFTS)
    given = (arguments.a, arguments.b, arguments.valid, arguments.ignore)
    inputs = [InputFile(user_path(parse_scan_url(one).path), "is compared") for one in given if one]
    to_file = arguments.json not in (None, "-")
    if to_file:
        check_output(
            arguments.json, overwrite=arguments.overwrite, inputs=inputs, suffixes=(".json",)
        )
    found = _compared(arguments)
    text = _json(arguments, found)
    if to_file:
        with new_file(
            arguments.json, overwrite=arguments.overwrite, inputs=inputs, suffixes=(".json",)
        ) as partial:
            partial.write_text(text + "\n", encoding="utf-8")
    if arguments.json == "-":
        print(text)
        return
    print(f"A: {arguments.a}\nB: {arguments.b}")
    for one in found:
        print(f"\n{one.table()}")
    if to_file:
        print_ending(arguments.json, then=["python", "-m", "json.tool", arguments.json])


def _compared(arguments: argparse.Namespace) -> list[Comparison]:
    """The comparison of whole fields, and that without a border."""
    thresholds = arguments.threshold or [None]
    if len(thresholds) > 2:
        raise DarfixWBError(
            f"--threshold takes one number or two, got {len(thresholds)}. Give one for both "
            "volumes, or one each."
        )
    pair = [
        read_operand(path, threshold=threshold)
        for path, threshold in zip((arguments.a, arguments.b), thresholds * 2, strict=False)
    ]
    options: dict[str, Any] = {
        "valid": arguments.valid and read_operand(arguments.valid),
        "ignored": arguments.ignore and read_operand(arguments.ignore),
        "lengths": not arguments.no_length,
        "n_shifts": arguments.shifts,
        "seed": arguments.seed,
    }
    if arguments.ignore and not isinstance(options["ignored"], LineNetwork):
        raise DarfixWBError(
            f"--ignore must be a file of lines, and {arguments.ignore} is a volume. Give lines."
        )
    borders = [0.0] if arguments.border == 0 else [arguments.border, 0.0]
    found: list[Comparison] = []
    with progress_bar("Comparing") as monitor:
        for border, part in zip(borders, monitor.parts(len(borders)), strict=True):
            like = found[0] if found else None
            found.append(
                compare(
                    *(*pair, arguments.spacing),
                    border_um=border,
                    like=like,
                    monitor=part,
                    **options,
                )
            )
    return found[::-1]


def _json(arguments: argparse.Namespace, found: list[Comparison]) -> str:
    values = {
        "a": arguments.a,
        "b": arguments.b,
        "spacing_um": arguments.spacing,
        "seed": arguments.seed,
        "comparisons": [one.as_dict() for one in found],
    }
    return json.dumps(values, indent=2, allow_nan=False, ensure_ascii=False)
