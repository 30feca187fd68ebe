"""The command line: what it imports, what it returns, what it says."""

import argparse
import re
import shlex
import subprocess
import sys
from importlib import import_module
from types import SimpleNamespace

import pytest

from darfix_wb import __version__, cli
from darfix_wb.errors import DarfixWBError, OperationCancelled


@pytest.fixture
def command(monkeypatch):
    """Register the command ``fake``, which calls what the test puts into `action`."""

    def add_arguments(parser):
        parser.add_argument("--number", type=int, default=1)

    fake = SimpleNamespace(
        add_arguments=add_arguments,
        run=lambda arguments: fake.action(arguments),
        action=None,
        EXAMPLES=("darfix-wb fake", "darfix-wb fake --number 7"),
    )
    monkeypatch.setitem(sys.modules, "fake_command", fake)
    monkeypatch.setitem(cli.COMMANDS, "fake", cli.Command("fake_command", "A command."))
    return fake


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_has_its_two_functions_and_help_with_two_examples(name, capsys):
    module = import_module(cli.COMMANDS[name].module)
    assert callable(module.run)
    with pytest.raises(SystemExit) as end:
        cli.main([name, "--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert "options:" in text
    examples = [line.strip() for line in text.split("examples:\n")[1].splitlines()]
    assert examples == list(module.EXAMPLES)
    assert len(set(examples)) == 2
    for example in examples:
        program, command, *words = shlex.split(example)
        assert (program, command) == ("darfix-wb", name)
        parser = argparse.ArgumentParser(allow_abbrev=False)
        module.add_arguments(parser)
        parser.parse_args(words)


def test_the_help_says_where_to_begin(capsys):
    assert cli.main([]) == 0
    lines = capsys.readouterr().out.split("where to begin:\n")[1].splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["darfix-wb", name] for name in ("simulate", "check", "classify")
    ]


def test_help_lists_the_commands_and_imports_none_of_them():
    code = (
        "import sys; from darfix_wb.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print('LOADED', *{name.split('.')[0] for name in sys.modules})\n"
        "print('ROOMS', *sorted(n for n in sys.modules if n.startswith('darfix_wb')))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    loaded = set(answer.split("LOADED ")[1].split("\n")[0].split())
    assert not loaded & {"torch", "numpy", "silx", "darfix", "h5py", "numba"}
    assert answer.split("ROOMS ")[1].split() == ["darfix_wb", "darfix_wb.cli", "darfix_wb.errors"]
    for name in cli.COMMANDS:
        assert re.search(rf"^    {name}\s", answer, re.MULTILINE)


def test_no_command_prints_the_help(capsys):
    assert cli.main([]) == 0
    assert "usage: darfix-wb" in capsys.readouterr().out


def test_version(capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"darfix-wb {__version__}\n"


def test_an_unknown_command_is_a_usage_error(capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(["classifi"])
    assert end.value.code == 2
    assert "simulate" in capsys.readouterr().err


def test_arguments_reach_the_command(command):
    seen = []
    command.action = lambda arguments: seen.append(arguments.number)
    assert cli.main(["fake", "--number", "7"]) == 0
    assert seen == [7]


def test_the_commands_own_status_is_kept(command):
    command.action = lambda arguments: 3
    assert cli.main(["fake"]) == 3


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (DarfixWBError("patch_size must be 8."), 1, "darfix-wb: patch_size must be 8.\n"),
        (OperationCancelled(), 130, "darfix-wb: cancelled.\n"),
        (KeyboardInterrupt(), 130, "darfix-wb: cancelled.\n"),
        (OSError(28, "No space left", "a.h5"), 1, "darfix-wb: No space left (a.h5).\n"),
    ],
)
def test_errors_of_the_user_are_one_sentence(command, capsys, error, status, sentence):
    def action(_):
        raise error

    command.action = action
    assert cli.main(["fake"]) == status
    assert capsys.readouterr().err == sentence


def test_errors_of_the_program_keep_their_traceback(command):
    def action(_):
        raise ZeroDivisionError

    command.action = action
    with pytest.raises(ZeroDivisionError):
        cli.main(["fake"])
