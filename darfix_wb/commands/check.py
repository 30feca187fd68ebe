"""The command ``darfix-wb check``: what is in a scan, before anything is computed."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from ..classification.forecast import forecast
from ..io.frame_sources import open_scan
from ..io.input_files import input_files
from ..io.output import InputFile, check_output, new_file
from ..model import BeamModel
from ..progress import progress_bar
from ..scan_check import ScanReport, check_scan
from ..scan_check.page import check_page_name, save_page

EXIT_STOP = 1

STANDARD_OUTPUT = "-"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument(
        "scan", help="HDF5 file, data URL, or folder or pattern of EDF files to look at"
    )
    parser.add_argument(
        "--data-path",
        help="HDF5 path of the frames, needed only where a file has several (default: found)",
    )
    parser.add_argument(
        "--motor",
        help="name of the rocking motor, needed only where several move (default: found)",
    )
    parser.add_argument("--model", help="model file, .safetensors (default: the shipped model)")
    parser.add_argument(
        "--device",
        default="auto",
        help='processor for which the time of a classification is estimated: "cpu", "cuda" or '
        '"auto", which is CUDA where there is one (default: auto)',
    )
    parser.add_argument(
        "--json",
        metavar="FILE",
        help='file to write the findings to as JSON; "-" prints them instead of the text',
    )
    parser.add_argument(
        "--report", metavar="FILE", help="page of small plots to write, .png, .pdf or .svg"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace existing output files")


def run(arguments: argparse.Namespace) -> int:
    """Check a scan.

    Returns
    -------
    int
        0 where a classification can go on, also where there is something to look at; 1 where it
        should not.
    """
    scan = open_scan(arguments.scan, data_path=arguments.data_path, motor=arguments.motor)
    inputs = input_files(scan=scan.source)
    to_file = arguments.json not in (None, STANDARD_OUTPUT)
    outputs = [path for path in (arguments.json if to_file else None, arguments.report) if path]
    for path in outputs:
        check_output(path, overwrite=arguments.overwrite, inputs=inputs)
    if arguments.report:
        check_page_name(arguments.report)
    model = BeamModel.load(arguments.model)
    with progress_bar("Checking the scan") as monitor:
        report, patched = check_scan(scan, monitor=monitor.part(0, 0.9))
        outlook = forecast(patched, model, device=arguments.device, monitor=monitor.part(0.9, 1))
    report = report.with_finding(outlook)
    if to_file:
        _save_json(Path(arguments.json), report, arguments.overwrite, inputs)
    if arguments.report:
        save_page(arguments.report, report, overwrite=arguments.overwrite, inputs=inputs)
    print(_json(report) if arguments.json == STANDARD_OUTPUT else report.text())
    for path in outputs:
        print(f"Written to {path}", file=sys.stderr)
    return EXIT_STOP if report.verdict == "stop" else 0


def _json(report: ScanReport) -> str:
    return json.dumps(report.to_dict(), indent=2, allow_nan=False)


def _save_json(
    path: Path, report: ScanReport, overwrite: bool, inputs: tuple[InputFile, ...]
) -> None:
    with new_file(path, overwrite=overwrite, inputs=inputs) as partial:
        partial.write_text(_json(report) + "\n", encoding="utf-8")
