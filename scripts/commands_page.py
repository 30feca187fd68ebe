"""Writes docs/reference/commands.md: every command of `darfix-wb` and every option of it.

Usage: python scripts/commands_page.py [FILE]

The page is what the parsers hold; tests/docs/test_generated_pages.py says when it is out of date.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from darfix_wb import cli

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "commands.md"

TOP = """\
<!-- Written by scripts/commands_page.py from the parsers: change these. -->

# Commands

Every command of `darfix-wb` and every option, for those who want to look one up;
`darfix-wb COMMAND --help` prints the same. [The steps of the analysis](workflow.md) say when to use
which, [the files](files.md) what they write.

A command ends with status 0, with 1 after an error in an option or a file, which is one sentence on
standard error, and with 130 when Ctrl+C cancelled it. `darfix-wb --version` prints the version. A
file that exists is replaced only with `--overwrite`.

| command | what it does |
| --- | --- |
"""


def main() -> None:
    """Write the page."""
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE
    file.write_text(page(), encoding="utf-8")


def page() -> str:
    """The page, in Markdown."""
    rows = [
        f"| [`{name}`](#darfix-wb-{name}) | {command.summary} |\n"
        for name, command in cli.COMMANDS.items()
    ]
    return TOP + "".join(rows) + "".join(map(_section, cli.COMMANDS))


def _section(name: str) -> str:
    parser = _parser(name)
    text = f"\n## darfix-wb {name}\n\n{_escaped(parser.description)}\n"
    table = "".join(_rows(parser))
    text += f"\n| argument | what it is |\n| --- | --- |\n{table}"
    if parser.epilog:
        text += (
            "\n<!-- not run: what the help of the command ends with; its files are the user's -->\n"
            f"```sh\n{_commands_of(parser.epilog)}\n```\n"
        )
    return text


def _parser(name: str) -> argparse.ArgumentParser:
    """The parser of one command, filled in."""
    whole, _ = cli._parser([name])
    commands = next(
        action for action in whole._actions if isinstance(action, argparse._SubParsersAction)
    )
    return commands.choices[name]


def _rows(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        if action.help == argparse.SUPPRESS or isinstance(action, argparse._HelpAction):
            continue
        text = action.help % {**vars(action), "prog": parser.prog}
        if action.required and action.option_strings:
            text += " (must be given)"
        yield f"| `{_written(action)}` | {_escaped(text)} |\n"


def _written(action: argparse.Action) -> str:
    """An argument as it is typed, e.g. ``--spacing Z Y X``."""
    names = action.metavar or (
        "{" + ",".join(map(str, action.choices)) + "}" if action.choices else action.dest
    )
    if isinstance(names, str):
        names = (names,) * (action.nargs if isinstance(action.nargs, int) else 1)
        if action.option_strings:
            names = tuple(name.upper() if name == action.dest else name for name in names)
    values = " ".join(names)
    more = {"*": f"[{values} ...]", "+": f"{values} ...", "?": f"[{values}]", 0: ""}
    values = more.get(action.nargs, values)
    return _escaped(" ".join(filter(None, [", ".join(action.option_strings), values])))


def _commands_of(epilog: str) -> str:
    """The lines of an epilog that are commands."""
    lines = (line.strip() for line in epilog.splitlines())
    return "\n".join(line for line in lines if line.startswith("darfix-wb "))


def _escaped(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "\\<")


if __name__ == "__main__":
    main()
