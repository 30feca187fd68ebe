"""The command ``darfix-wb evaluate``: score every method in the same way."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path

from ..device import resolve_device
from ..errors import DarfixWBError
from ..evaluation.goal import Measured
from ..evaluation.goals import STRANGER_GOALS, goals_table
from ..evaluation.plots import PLOTS, draw_plots
from ..evaluation.protocol import Evaluation
from ..evaluation.record import markdown_page, write_record
from ..evaluation.scans import FRAME_LABELS, Cut, open_known_scans, split_name
from ..evaluation.splits import BUDGETS, PROTOCOLS, make_splits
from ..evaluation.suite import SUITES, measured, open_samples, part_evaluation
from ..io.input_files import input_files
from ..io.output import InputFile, check_output, new_file
from ..methods.method import MethodOptions
from ..methods.networks import NETWORK_TEXTS
from ..methods.registry import make_method, method_names
from ..patches import DEFAULT_PATCH_SIZE
from ..progress import progress_bar
from ..unused_options import changed, check_at_least, refuse_unused
from .ending import flag, option_words, print_ending
from .scan_options import DEVICE_HELP

EXAMPLES = (
    "darfix-wb evaluate layer_1_labels.h5 layer_2_labels.h5 --output evaluation",
    "darfix-wb evaluate --suite standard --output standard",
)

RECORD = "evaluation.json"
PAGE = "evaluation.md"
GOALS_PAGE = "goals.md"

EPOCHS = 50
VGG_EPOCHS_ON_A_CPU = 5

DEFAULTS = {
    "protocols": list(PROTOCOLS),
    "budgets": list(BUDGETS),
    "epochs": EPOCHS,
    "patch_size": DEFAULT_PATCH_SIZE,
    "frame_labels": FRAME_LABELS,
}
OF_SCANS = ("methods", "protocols", "budgets", "vgg_epochs", "patch_size", "stride", "frame_labels")
"""Options that choose what is evaluated and how."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument(
        "scan",
        nargs="*",
        help="simulated scan, labels file, or HDF5 scan with a label for each frame; write "
        "SAMPLE=FILE to say which scans are of the same sample",
    )
    parser.add_argument(
        "--suite",
        choices=tuple(SUITES),
        help="set of simulated samples to evaluate instead of scans: no training uses them, and "
        "the results are compared with the goals of the shipped model; the strangers are crystals "
        "drawn at random, of aluminium and of other materials; a suite takes --seeds, --epochs and "
        "--device, and none of the other options that choose what is evaluated",
    )
    parser.add_argument(
        "--output", type=Path, required=True, help="folder for the tables, plots and JSON"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace an earlier evaluation in the folder"
    )
    parser.add_argument(
        "--methods",
        nargs="+",
        metavar="METHOD",
        help=f"methods to evaluate: {', '.join(method_names())} (default: all)",
    )
    parser.add_argument(
        "--protocols",
        nargs="+",
        metavar="PROTOCOL",
        default=DEFAULTS["protocols"],
        help=f"protocols to run: {', '.join(PROTOCOLS)} (default: all)",
    )
    parser.add_argument(
        "--seeds",
        type=int,
        default=5,
        help="number of repetitions, each with its own seed (default: %(default)s)",
    )
    parser.add_argument(
        "--budgets",
        type=int,
        nargs="+",
        default=DEFAULTS["budgets"],
        metavar="N",
        help="numbers of labelled patches, for the protocol budgets "
        f"(default: {' '.join(map(str, BUDGETS))})",
    )
    parser.add_argument(
        "--epochs",
        type=int,
        default=EPOCHS,
        help="number of training epochs of the networks (default: %(default)s)",
    )
    parser.add_argument(
        "--vgg-epochs",
        type=int,
        help="number of training epochs of vgg16 (default: as --epochs, but at most "
        f"{VGG_EPOCHS_ON_A_CPU} on a CPU)",
    )
    parser.add_argument(
        "--patch-size",
        type=int,
        default=DEFAULT_PATCH_SIZE,
        help="side of a patch, in pixels (default: %(default)s)",
    )
    parser.add_argument(
        "--stride", type=int, help="distance between patches, in pixels (default: the patch size)"
    )
    parser.add_argument(
        "--frame-labels",
        default=FRAME_LABELS,
        help="HDF5 path of the data set with a label for each frame (default: %(default)s)",
    )
    parser.add_argument(
        "--device",
        default="auto",
        help=DEVICE_HELP,
    )


def run(arguments: argparse.Namespace) -> None:
    """Evaluate; if the work is stopped, the record holds what was done until then."""
    if bool(arguments.scan) == bool(arguments.suite):
        raise DarfixWBError(
            "Either scans or --suite must be given, got "
            f"{'both' if arguments.suite else 'neither'}. Give one of them."
        )
    _check_options(arguments)
    if arguments.suite:
        _run_suite(arguments)
    else:
        _run_scans(arguments)


def _check_options(arguments: argparse.Namespace) -> None:
    """Refuse what is out of range or would have no effect, before the work."""
    numbers = {name: getattr(arguments, name) for name in ("seeds", "epochs", "vgg_epochs")}
    check_at_least({flag(name): number for name, number in numbers.items()}, 1)
    resolve_device(arguments.device)
    if arguments.suite:
        _refuse(arguments, OF_SCANS, "with --suite, which says what is evaluated and how")
        return
    methods = set(arguments.methods or method_names())
    if set(arguments.protocols) <= PROTOCOLS.keys() - {"budgets"}:
        _refuse(arguments, ("budgets",), "without the protocol budgets")
    if "vgg16" not in methods:
        _refuse(arguments, ("vgg_epochs",), "without the method vgg16")
    if not methods & NETWORK_TEXTS.keys():
        _refuse(arguments, ("epochs",), "without a method that is a network")


def _refuse(arguments: argparse.Namespace, names: Sequence[str], reason: str) -> None:
    given = changed(vars(arguments), {name: DEFAULTS.get(name) for name in names})
    refuse_unused(map(flag, given), reason)


def _run_scans(arguments: argparse.Namespace) -> None:
    inputs = input_files(scan=[split_name(name)[1] for name in arguments.scan])
    _check(arguments.output, arguments.overwrite, inputs)
    methods = tuple(dict.fromkeys(arguments.methods or method_names()))
    options = _options(arguments)
    for name in methods:
        make_method(name, options)
    cut = Cut(arguments.patch_size, arguments.stride, arguments.frame_labels)
    with progress_bar("Extracting patches") as monitor:
        scans = open_known_scans(arguments.scan, cut, monitor=monitor)
    splits = make_splits(
        scans, arguments.protocols, range(arguments.seeds), budgets=arguments.budgets
    )
    evaluation = Evaluation(scans, splits.splits, methods, options)
    _evaluate(arguments.output, evaluation, splits.notes, _command(arguments), inputs)
    print((arguments.output / PAGE).read_text(encoding="utf-8"))
    _print_ending(arguments.output, arguments.output)


def _run_suite(arguments: argparse.Namespace) -> None:
    output, options = arguments.output, _options(arguments)
    page = check_output(output / GOALS_PAGE, overwrite=arguments.overwrite)
    parts = SUITES[arguments.suite]
    for part in parts:
        _check(output / part.name, arguments.overwrite)
    with progress_bar("Simulating the samples") as monitor:
        known = open_samples(output / "scans", parts=parts, monitor=monitor)
    cells = {}
    for part in parts:
        print(f"{part.title} ({', '.join(part.samples)})")
        evaluation, notes = part_evaluation(part, known, arguments.seeds, options)
        _evaluate(output / part.name, evaluation, notes, _command(arguments))
        cells[part.name] = evaluation.cells
    if arguments.suite == "standard":
        table = goals_table(measured(cells, known["home"], device=arguments.device))
    else:
        table = goals_table(Measured(cells), STRANGER_GOALS)
    text = f"# The suite {arguments.suite}\n\n`{_command(arguments)}`\n\n{table}\n"
    with new_file(page, overwrite=True) as partial:
        partial.write_text(text, encoding="utf-8")
    print(f"{text}\nThe tables of each part are in its own folder.")
    _print_ending(output, *(output / part.name for part in parts))


def _print_ending(output: Path, *folders: Path) -> None:
    """The folder, and the first plot in the folders to look at."""
    plots = (folder / name for folder in folders for name in PLOTS)
    plot = next(filter(Path.exists, plots), None)
    show = () if plot is None else ["python", "-m", "webbrowser", plot.resolve().as_uri()]
    print_ending(output, then=show)


def _check(folder: Path, overwrite: bool, inputs: Sequence[InputFile] = ()) -> None:
    for name in (RECORD, PAGE, *PLOTS):
        check_output(folder / name, overwrite=overwrite, inputs=inputs)


def _evaluate(
    folder: Path,
    evaluation: Evaluation,
    notes: Sequence[str],
    command: str,
    inputs: Sequence[InputFile] = (),
) -> None:
    """Run an evaluation and write its record, page and plots."""
    notes = [*notes, _epochs(evaluation.options)]

    def write() -> None:
        write_record(folder / RECORD, evaluation, inputs=inputs, command=command, notes=notes)

    try:
        with progress_bar("Evaluating") as monitor:
            evaluation.run(after_each=write, monitor=monitor)
    finally:
        write()
        with new_file(folder / PAGE, overwrite=True, inputs=inputs) as partial:
            partial.write_text(
                markdown_page(evaluation, notes=notes, command=command), encoding="utf-8"
            )
        draw_plots(folder, evaluation.cells, evaluation.protocols, inputs=inputs)


def _options(arguments: argparse.Namespace) -> MethodOptions:
    vgg = arguments.vgg_epochs
    if vgg is None:
        on_cpu = resolve_device(arguments.device).type == "cpu"
        vgg = min(arguments.epochs, VGG_EPOCHS_ON_A_CPU) if on_cpu else arguments.epochs
    return MethodOptions(
        n_epochs=arguments.epochs, epochs_of={"vgg16": vgg}, device=arguments.device
    )


def _epochs(options: MethodOptions) -> str:
    others = "".join(f", {name} for {n}" for name, n in options.epochs_of.items())
    return f"Networks were trained for up to {options.n_epochs} epochs{others}."


def _command(arguments: argparse.Namespace) -> str:
    """The command line that repeats this evaluation, with defaults written out."""
    options = {
        name: value for name, value in vars(arguments).items() if name not in ("command", "scan")
    }
    return shlex.join(["darfix-wb", "evaluate", *arguments.scan, *option_words(options)])
