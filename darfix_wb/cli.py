"""The command line: ``darfix-wb COMMAND``.

Each command lives in a module of `darfix_wb.commands` with two functions,
``add_arguments(parser)`` and ``run(arguments)``, which returns the exit status or None, and with
``EXAMPLES``, the two command lines at the end of its help. Only the module of the command that was
asked for is imported, so that ``darfix-wb --help`` answers at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NamedTuple

from . import __version__
from .errors import DarfixWBError, OperationCancelled, reworded

EXIT_ERROR = 1
EXIT_CANCELLED = 130


BEGIN = """\
where to begin:
  darfix-wb simulate --output scan.h5               a scan to try it on
  darfix-wb check scan.h5                           what is in a scan, also in yours
  darfix-wb classify scan.h5 --output weak_beam.h5  its weak-beam images"""
"""End of ``darfix-wb --help``."""


class Command(NamedTuple):
    """Where a command lives, and what ``--help`` says about it."""

    module: str
    summary: str


COMMANDS: dict[str, Command] = {
    "simulate": Command(
        "darfix_wb.commands.simulate",
        "Simulate a rocking scan of a crystal with dislocations, and its truth.",
    ),
    "check": Command(
        "darfix_wb.commands.check",
        "Report what is in a rocking scan, and what is wrong with it.",
    ),
    "classify": Command(
        "darfix_wb.commands.classify",
        "Classify the patches of a rocking scan and integrate its weak and strong beam.",
    ),
    "label": Command(
        "darfix_wb.commands.label",
        "Label patches as weak or strong beam, by lists of frames or the angle rule.",
    ),
    "train": Command(
        "darfix_wb.commands.train",
        "Train a network on the labelled patches of one scan or several.",
    ),
    "volume": Command(
        "darfix_wb.commands.volume",
        "Classify the layers of a crystal, one scan each, into one file of images.",
    ),
    "reconstruct": Command(
        "darfix_wb.commands.reconstruct",
        "Find the network of dislocation lines in a volume.",
    ),
    "compare-volumes": Command(
        "darfix_wb.commands.compare_volumes",
        "Compare two volumes or networks of dislocations, and both with chance.",
    ),
    "watch": Command(
        "darfix_wb.commands.watch",
        "Classify a scan frame by frame while it is recorded, and as a whole at its end.",
    ),
    "evaluate": Command(
        "darfix_wb.commands.evaluate",
        "Fit and score methods on labelled or simulated scans, in tables and plots.",
    ),
    "pretrain": Command(
        "darfix_wb.commands.pretrain",
        "Train the shipped model again on many kinds of simulated crystals.",
    ),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments without the program's name; those of the process by default.

    Returns
    -------
    int
        0 on success, 1 after an error in the input or in a file, 130 when cancelled.
    """
    return run_safely(_run, list(sys.argv[1:] if argv is None else argv))


def run_safely(command: Callable[..., int | None], *arguments: object) -> int:
    """Call a command; an error that the user can fix becomes one sentence and an exit status."""
    try:
        return command(*arguments) or 0
    except (OperationCancelled, KeyboardInterrupt):
        return _fail("cancelled.", EXIT_CANCELLED)
    except DarfixWBError as error:
        return _fail(reworded(str(error), _as_option), EXIT_ERROR)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        return _fail(f"{error.strerror or error}{where}.", EXIT_ERROR)


def _run(arguments_given: Sequence[str]) -> int:
    parser, modules = _parser(arguments_given)
    arguments = parser.parse_args(arguments_given)
    if arguments.command is None:
        parser.print_help()
        return 0
    return modules[arguments.command].run(arguments) or 0


def _parser(arguments_given: Sequence[str]) -> tuple[argparse.ArgumentParser, dict]:
    """Build the parser, filling in only the command that the arguments begin with."""
    parser = argparse.ArgumentParser(
        prog="darfix-wb",
        description="Weak-beam analysis of dark-field X-ray microscopy rocking scans.",
        epilog=BEGIN,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    chosen = next((text for text in arguments_given if not text.startswith("-")), None)
    modules = {}
    for name, command in COMMANDS.items():
        subparser = commands.add_parser(
            name,
            help=command.summary,
            description=command.summary,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name == chosen:
            modules[name] = module = import_module(command.module)
            module.add_arguments(subparser)
            subparser.epilog = "\n  ".join(("examples:", *module.EXAMPLES))
    return parser, modules


def _as_option(name: str) -> str:
    return f"give --{name.replace('_', '-')}"


def _fail(sentence: str, status: int) -> int:
    print(f"darfix-wb: {sentence}", file=sys.stderr)
    return status
