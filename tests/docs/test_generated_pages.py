"""The pages that scripts write are what the program is now, and leave nothing out."""

import re
import runpy
from importlib import import_module
from pkgutil import iter_modules

import pytest

from darfix_wb import cli, tasks
from tests.docs.pages import ROOT


@pytest.mark.parametrize("name", ["commands", "tasks"])
def test_a_page_is_up_to_date(name):
    script = ROOT / "scripts" / f"{name}_page.py"
    page = ROOT / "docs" / "reference" / f"{name}.md"
    written = runpy.run_path(str(script))["page"]()
    assert page.read_text(encoding="utf-8") == written, (
        f"{page.relative_to(ROOT)} is out of date: run python scripts/{name}_page.py"
    )


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_option_of_a_command_is_in_its_section(name, capsys):
    text = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    section = text.split(f"\n## darfix-wb {name}\n")[1].split("\n## ")[0]
    with pytest.raises(SystemExit):
        cli.main([name, "--help"])
    help_text = capsys.readouterr().out
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", help_text))
    missing = [one for one in options - {"--help"} if one not in section]
    assert not missing
    assert len(options) > 3


def test_every_task_has_a_section():
    text = (ROOT / "docs" / "reference" / "tasks.md").read_text(encoding="utf-8")
    for found in iter_modules(tasks.__path__):
        module = import_module(f"darfix_wb.tasks.{found.name}")
        if hasattr(module, "Inputs"):
            assert f"\n## {found.name}." in text
            for field in (*module.Inputs.model_fields, *module.Outputs.model_fields):
                assert f"| `{field}` |" in text
