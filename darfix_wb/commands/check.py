"""The command ``darfix-wb check``: what is in a scan, before anything is computed."""

from __future__ import annotations

import argparse

from ..classification.forecast import forecast
from ..io.input_files import input_files
from ..model import BeamModel, shipped_model_file
from ..progress import progress_bar
from ..scan_check import check_scan
from ..scan_check.files import check_report_file, report_json, save_report
from .ending import free_name, option_words, print_ending
from .scan_options import add_scan_arguments, given_mask, open_given_scan, scan_words

EXAMPLES = (
    "darfix-wb check scan.h5",
    "darfix-wb check scan.h5 --data-path 3.1 --report check.png --json check.json",
)

EXIT_STOP = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    add_scan_arguments(parser)
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
        help='file to write the findings to, .json; "-" prints them instead of the text',
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
    mask = given_mask(arguments)
    scan = open_given_scan(arguments)
    inputs = input_files(
        scan=scan.source,
        model=arguments.model or shipped_model_file(),
        mask_file=arguments.mask_file,
    )
    files = [path for path in (arguments.json, arguments.report) if path not in (None, "-")]
    for path in files:
        check_report_file(path, overwrite=arguments.overwrite, inputs=inputs)
    model = BeamModel.load(arguments.model)
    with progress_bar("Checking the scan") as monitor:
        report, patched = check_scan(
            scan,
            patch_size=model.patch_size_for(scan.frame_shape),
            mask=mask,
            monitor=monitor.part(0, 0.9),
        )
        outlook = forecast(patched, model, device=arguments.device, monitor=monitor.part(0.9, 1))
    report = report.with_finding(outlook)
    for path in files:
        save_report(path, report, overwrite=arguments.overwrite, inputs=inputs)
    stop = report.verdict == "stop"
    if arguments.json == "-":
        print(report_json(report))
    else:
        print(report.text())
        print_ending(*files, then=() if stop else _next(arguments))
    return EXIT_STOP if stop else 0


def _next(arguments: argparse.Namespace) -> list[str]:
    """The classification of the same frames by the same model."""
    device = None if arguments.device == "auto" else arguments.device
    return [
        *("darfix-wb", "classify", arguments.scan, *scan_words(arguments)),
        *option_words({"model": arguments.model, "device": device}),
        *("--output", free_name("weak_beam.h5"), "--report", free_name("weak_beam.png")),
    ]
