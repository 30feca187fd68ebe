"""A wheel built from the tree and installed elsewhere works beside darfix."""

import ast
import subprocess
import tarfile
import zipfile
from pathlib import Path

from darfix_wb import __version__

ROOT = Path(__file__).parents[2]
PACKAGES = ("darfix_wb", "orangecontrib/darfix_wb")
HELP = "orangecontrib/darfix_wb/help/"
"""Rendered from docs/ when the wheel is built: see test_help.py."""


def tree(*suffixes):
    """List the files of the packages in this checkout, or those with one of the suffixes."""
    kinds = ["--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(
        ["git", "ls-files", *kinds, "--", *PACKAGES],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    return sorted(
        name
        for name in set(listing)
        if (ROOT / name).is_file() and (not suffixes or Path(name).suffix in suffixes)
    )


def test_the_wheel_holds_the_packages_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    files = {name for name in names if ".dist-info/" not in name}
    assert {name for name in files if not name.startswith(HELP)} == set(tree())
    assert f"{HELP}index.html" in files
    assert "orangecontrib/__init__.py" not in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert "orangecontrib/darfix_wb/widgets/icons/category.svg" in files
    assert "darfix_wb/resources/lcnn.safetensors" in files


def test_the_source_archive_holds_what_a_wheel_is_built_from_and_how_to_cite(archive):
    with tarfile.open(archive) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    assert {"setup.py", "scripts/help_pages.py", "docs/index.md", "docs/install.md"} <= names
    assert {"CITATION.cff", "SECURITY.md", "CHANGELOG.md", "constraints.txt"} <= names
    assert not any(name.startswith(("docs/_build", HELP)) for name in names)


def test_it_is_imported_from_where_it_was_installed(python, installed):
    for package in ("darfix_wb", "orangecontrib.darfix_wb.widgets"):
        place = python("-c", f"import {package} as package; print(package.__file__)")
        assert Path(place).is_relative_to(installed)


def test_the_console_script_runs(python, installed):
    assert python(installed / "bin" / "darfix-wb", "--version") == f"darfix-wb {__version__}"
    assert python("-m", "darfix_wb", "--version") == f"darfix-wb {__version__}"


def test_the_metadata_says_what_the_canvas_and_ewoks_look_for(python):
    code = """
from importlib.metadata import entry_points, metadata
about = metadata("darfix-wb")
assert {"orange3 add-on", "ewoks"} <= set(about["Keywords"].split(",")), about["Keywords"]
groups = ["ewoks.tasks.class", "orange.widgets", "orange3.addon", "orange.widgets.tutorials",
          "orange.canvas.help"]
for group in groups:
    dists = {point.dist.name for point in entry_points(group=group)}
    assert {"darfix", "darfix-wb"} <= dists, (group, dists)
for group in groups[1:]:
    for point in entry_points(group=group):
        if point.dist.name == "darfix-wb":
            assert point.load() is not None
"""
    python("-c", code)


def test_ewoks_discovers_our_tasks_beside_those_of_darfix(python):
    code = """
from ewokscore.task_discovery import discover_all_tasks
for task in discover_all_tasks(task_type="class"):
    print(task["task_identifier"])
"""
    found = set(python("-c", code).split())
    assert "darfix.tasks.rocking_curves.RockingCurves" in found
    assert {name for name in found if name.startswith("darfix_wb.")} == set(written_tasks())


def written_tasks():
    """List the tasks as the source files name them: the classes that say their input model."""
    for name in tree(".py"):
        if name.startswith("darfix_wb/tasks/"):
            for node in ast.walk(ast.parse((ROOT / name).read_text(encoding="utf-8"))):
                words = {word.arg for word in getattr(node, "keywords", ())}
                if isinstance(node, ast.ClassDef) and "input_model" in words:
                    yield f"darfix_wb.tasks.{Path(name).stem}.{node.name}"


def test_saved_workflows_run_by_name_and_know_their_tasks(python):
    code = """
import sys
from ewokscore import load_graph
from ewoksutils.import_utils import import_qualname
for name in sys.argv[1:]:
    graph = load_graph(name, representation="json_module").graph
    for _, node in graph.nodes(data=True):
        import_qualname(node["task_identifier"])
        print(node["task_identifier"])
"""
    names = [
        name.removesuffix(".json").replace("/", ".")
        for name in tree(".json")
        if name.startswith("darfix_wb/workflows/")
    ]
    assert {name.split(".")[-1] for name in names} >= {"train_weak_beam", "apply_weak_beam"}
    beside = {"simulated_scan.SimulatedScan", "scan_check.ScanCheck"}
    main_path = set(written_tasks()) - {f"darfix_wb.tasks.{name}" for name in beside}
    assert set(python("-c", code, *names).split()) >= main_path


def test_the_canvas_finds_the_category_beside_those_of_darfix(python):
    code = """
import sys
from importlib.metadata import entry_points
from pathlib import Path
from AnyQt.QtWidgets import QApplication
from orangecanvas.registry import WidgetRegistry
from orangewidget.workflow.discovery import WidgetDiscovery

app = QApplication([])
registry = WidgetRegistry()
points = [p for p in entry_points(group="orange.widgets") if p.dist.name.startswith("darfix")]
WidgetDiscovery(registry).run(points)
assert registry.has_category("DARFIX : IO")
category = registry.category("DARFIX : Weak beam")
folder = Path(sys.modules[category.package].__file__).parent
assert (folder / category.icon).is_file(), category.icon
assert category.priority == 50
for widget in registry.widgets(category):
    print(widget.qualified_name)
    assert (folder / widget.icon).is_file(), widget.icon
assert "torch" not in sys.modules
"""
    widgets = python("-c", code).splitlines()
    folder = "orangecontrib/darfix_wb/widgets/"
    modules = {Path(name).stem for name in tree(".py") if name.startswith(folder)}
    assert {name.split(".")[3] for name in widgets} == {
        stem for stem in modules if not stem.startswith("_")
    }


def test_the_canvas_lists_the_tutorials(python):
    code = """
from orangecanvas.application.examples import list_workflows
import orangecontrib.darfix_wb.tutorials as tutorials
print(*list_workflows(tutorials))
"""
    listed = python("-c", code).split()
    assert listed == [Path(name).name for name in tree(".ows")]
