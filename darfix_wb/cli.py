"""The command line: ``darfix-wb COMMAND``.

Each command lives in a module of `darfix_wb.commands` with two functions:
``add_arguments(parser)`` and ``run(arguments)``, which returns the exit status or None. Only the
module of the command that was asked for is imported, so that ``darfix-wb --help`` answers at once.
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


class Command(NamedTuple):
    """Where a command lives, and what ``--help`` says about it."""

    module: str
    summary: str


COMMANDS: dict[str, Command] = {
    "simulate": Command(
        "darfix_wb.commands.simulate",
        "Simulate a rocking scan of a crystal with dislocations, with the true conditions.",
    ),
    "check": Command(
        "darfix_wb.commands.check",
        "Say what is in a rocking scan, and what of it is not as it should be.",
    ),
    "classify": Command(
        "darfix_wb.commands.classify",
        "Classify the patches of a rocking scan and integrate its weak and strong beam.",
    ),
    "volume": Command(
        "darfix_wb.commands.volume",
        "Classify the layers of a crystal, a scan each, into one file of images.",
    ),
    "reconstruct": Command(
        "darfix_wb.commands.reconstruct",
        "Find the network of dislocation lines in a volume, and compare it with a reference.",
    ),
    "compare-volumes": Command(
        "darfix_wb.commands.compare_volumes",
        "Compare two volumes or networks of dislocations, beside what chance alone would give.",
    ),
    "watch": Command(
        "darfix_wb.commands.watch",
        "Classify the frames of a scan while it is recorded, and the whole scan at its end.",
    ),
    "evaluate": Command(
        "darfix_wb.commands.evaluate",
        "Fit and score methods on labelled or simulated scans; write tables, plots and JSON.",
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
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    chosen = next((text for text in arguments_given if not text.startswith("-")), None)
    modules = {}
    for name, command in COMMANDS.items():
        subparser = commands.add_parser(
            name, help=command.summary, description=command.summary, allow_abbrev=False
        )
        if name == chosen:
            modules[name] = import_module(command.module)
            modules[name].add_arguments(subparser)
    return parser, modules


def _as_option(name: str) -> str:
    return f"give --{name.replace('_', '-')}"


def _fail(sentence: str, status: int) -> int:
    print(f"darfix-wb: {sentence}", file=sys.stderr)
    return status
