"""The rules of the house: which room may import what. DESIGN: data flows one way."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "darfix_wb"
WIDGETS = ROOT / "orangecontrib" / "darfix_wb"

# What each room imports of the package, beside itself; all may import `errors`. Data flow from top
# to bottom: a room that imports one below it goes back up, which is refused.
EDGES = {
    "errors": "",
    "progress": "",
    "threads": "",
    "blending": "",
    "patches": "blending",
    "beam": "patches",
    "pixels": "patches",
    "scan": "pixels",
    "angle_texts": "scan",
    "blocks": "patches",
    "normalization": "blocks patches",
    "frame_checks": "blocks normalization pixels progress scan",
    "dark_level": "",
    "memory": "",
    "unused_options": "",
    "extraction": "beam blocks dark_level frame_checks normalization patches pixels progress scan "
    "threads",
    "rocking_curves": "extraction",
    "local_background": "patches",
    "robust": "",
    "dislocation_image": "extraction local_background normalization patches pixels progress "
    "robust rocking_curves threads",
    "labels": "beam patches",
    "truth": "",
    "metrics": "beam",
    "io": "beam labels patches pixels progress scan",
    "scan_check": "extraction io patches pixels progress rocking_curves scan",
    "dislocation_lines": "io progress",
    "simulation": "beam dislocation_lines io patches progress scan truth",
    "voxel_lines": "dislocation_lines io progress robust scan",
    "volume_comparison": "dislocation_lines io progress voxel_lines",
    "device": "",
    "networks": "beam normalization rocking_curves",
    "model": "beam io networks normalization patches",
    "detection": "device dislocation_image extraction io model progress rocking_curves threads "
    "truth",
    "classification": "beam blocks device extraction labels model networks normalization patches "
    "pixels progress rocking_curves scan_check",
    "training": "beam classification device extraction labels memory metrics model networks "
    "normalization patches progress rocking_curves",
    "pretraining": "beam classification detection device dislocation_image extraction io labels "
    "metrics model networks patches progress rocking_curves scan simulation training truth",
    "decomposition": "extraction io progress rocking_curves scan",
    "integration": "beam blending detection dislocation_image extraction io local_background "
    "patches pixels progress robust rocking_curves scan threads",
    "result_page": "angle_texts beam detection dislocation_image extraction integration",
    "known_scan": "beam extraction integration labels rocking_curves truth",
    "image_quality": "detection dislocation_image integration local_background patches robust "
    "truth",
    "live": "beam blocks classification detection device extraction integration io model "
    "normalization patches pixels progress scan",
    "volume": "beam classification detection device dislocation_image extraction frame_checks "
    "integration io memory model patches pixels progress scan",
    "methods": "beam classification decomposition detection device dislocation_image extraction "
    "image_quality integration labels model progress rocking_curves training",
    "comparison": "beam decomposition extraction image_quality integration io known_scan labels "
    "methods metrics progress scan truth",
    "analysis": "beam classification comparison detection extraction integration io labels "
    "methods model patches progress scan training truth",
    "evaluation": "beam extraction image_quality io known_scan labels methods metrics model "
    "patches progress scan simulation training truth",
    "reconstruction": "dislocation_lines io memory progress robust threads volume "
    "volume_comparison voxel_lines",
    "resources": "",
    "workflows": "",
    "tasks": "beam classification comparison detection device extraction integration io labels "
    "live methods model patches progress reconstruction scan scan_check simulation training truth "
    "unused_options volume",
    "gui": "angle_texts beam classification comparison decomposition detection device "
    "dislocation_image dislocation_lines extraction image_quality integration io labels live "
    "metrics model normalization patches progress reconstruction rocking_curves scan scan_check "
    "volume volume_comparison",
    "commands": "beam classification detection device dislocation_lines evaluation extraction gui "
    "integration io labels live memory methods metrics model networks patches pixels pretraining "
    "progress reconstruction result_page scan scan_check simulation training unused_options "
    "volume volume_comparison",
    "cli": "",
    "demo": "beam classification cli detection dislocation_image dislocation_lines evaluation "
    "extraction image_quality integration io known_scan labels methods metrics model patches "
    "progress reconstruction result_page simulation training volume volume_comparison",
    "__main__": "cli",
}
ON_CALL = {("model", "classification"): "BeamModel.predict is one call of what classifies frames"}
"""Edges against the flow, inside a function only, each with its reason."""
TORCH_ROOMS = {
    "device",
    "networks",
    "model",
    "training",
    "pretraining",
    "classification",
    "detection",
}
QT = {"PyQt5", "PyQt6", "PySide2", "PySide6", "qtpy", "AnyQt", "pyqtgraph", "silx.gui"}
ORANGE = {"ewoksorange", "Orange", "orangecanvas", "orangewidget", "orangecontrib"}
PICKLE = {"pickle", "cPickle", "cloudpickle", "dill", "shelve", "marshal", "joblib"}


class Import(NamedTuple):
    """One imported name: absolute module, whether inside a function, and where."""

    module: str
    in_function: bool
    where: str

    def within(self, names):
        return any(self.module == name or self.module.startswith(name + ".") for name in names)


def sources(*folders):
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path):
    """List every import of a file, wherever it stands, with relative names resolved."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, functions)
        for node in ast.walk(function)
    }
    found = []
    for node in ast.walk(tree):
        where = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            start = ".".join((*base, *filter(None, [node.module])))
            modules = [f"{start}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in {
            "import_module",
            "__import__",
        }:
            first = node.args[0] if node.args else None
            modules = [first.value] if isinstance(first, ast.Constant) else []
        else:
            continue
        found += [Import(module, id(node) in inside, where) for module in modules]
    return found


def offences(paths, forbidden):
    return [
        one.where + " " + one.module for path in paths for one in imports(path) if forbidden(one)
    ]


def edges_of(room):
    """The imports of a room from each other room."""
    found = {}
    for path in sources(PACKAGE):
        for one in imports(path) if room_of(path) == room else ():
            parts = one.module.split(".")
            if parts[0] == "darfix_wb" and len(parts) > 1 and parts[1] not in {room, "__version__"}:
                found.setdefault(parts[1], []).append(one)
    return found


def test_every_room_is_in_the_list():
    rooms = {room_of(path) for path in sources(PACKAGE)} - {"__init__"}
    assert rooms - set(EDGES) == set(), "say in EDGES what it may import"
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir()}
    assert set(EDGES) - rooms - folders == set(), "no such room"


@pytest.mark.parametrize("room", EDGES)
def test_a_room_imports_only_what_it_needs(room):
    allowed = {"errors", *EDGES[room].split()}
    extra = {
        name: [one.where for one in found]
        for name, found in edges_of(room).items()
        if name not in allowed
        and not ((room, name) in ON_CALL and all(one.in_function for one in found))
    }
    assert extra == {}
    unused = allowed - {"errors"} - set(edges_of(room))
    assert unused == set(), "in EDGES, but not imported: take it out"


def test_nothing_goes_back_up():
    order = list(EDGES)
    back = [
        (room, name)
        for room in order
        for name in EDGES[room].split()
        if order.index(name) > order.index(room)
    ]
    assert back == []


def test_only_the_room_io_darfix_imports_darfix():
    doors = list((PACKAGE / "io" / "darfix").glob("*.py"))
    paths = [path for path in sources(PACKAGE, WIDGETS) if path not in doors]
    assert offences(paths, lambda one: one.within({"darfix"})) == []


def test_tasks_of_darfix_are_imported_when_they_are_used():
    slow = [PACKAGE / "io" / "darfix" / "tasks.py"]
    assert offences(slow, lambda one: one.within({"darfix"}) and not one.in_function) == []


def test_nothing_imports_what_darfix_keeps_private():
    def private(one):
        parts = one.module.split(".")
        return parts[0] == "darfix" and any(part.startswith("_") for part in parts[1:])

    folders = [ROOT / name for name in ("darfix_wb", "orangecontrib", "tests", "benchmarks")]
    assert offences(sources(*folders), private) == []
    saved = [path for kind in ("*.ows", "*.json") for path in ROOT.glob(f"[!.]*/**/{kind}")]
    assert [path.name for path in saved if "darfix._" in path.read_text(encoding="utf-8")] == []


def test_no_qt_below_gui():
    paths = [path for path in sources(PACKAGE) if room_of(path) != "gui"]
    assert offences(paths, lambda one: one.within(QT)) == []


def test_no_orange_below_orangecontrib():
    assert offences(sources(PACKAGE), lambda one: one.within(ORANGE)) == []


def test_torch_stays_in_its_rooms():
    def forbidden(one):
        room = one.where.split("/")[1].split(":")[0].removesuffix(".py")
        allowed = room in TORCH_ROOMS or (room == "tasks" and one.in_function)
        return one.within({"torch"}) and not allowed

    assert offences(sources(PACKAGE), forbidden) == []
    assert offences(sources(WIDGETS), lambda one: one.within({"torch"})) == []


def test_tasks_and_canvas_import_without_torch():
    code = """
import importlib, pkgutil, sys
import orangecontrib.darfix_wb as canvas
names = ["orangecontrib.darfix_wb"]
for _, name, _ in pkgutil.walk_packages(canvas.__path__, "orangecontrib.darfix_wb."):
    names.append(name)
import darfix_wb
for _, name, ispkg in pkgutil.iter_modules(darfix_wb.__path__, "darfix_wb."):
    if name == "darfix_wb.tasks":
        tasks = importlib.import_module(name)
        names += [m.name for m in pkgutil.iter_modules(tasks.__path__, "darfix_wb.tasks.")]
for name in names:
    importlib.import_module(name)
    assert "torch" not in sys.modules, f"{name} imports torch"
print(*names)
"""
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert answer.returncode == 0, answer.stderr
    for path in sources(PACKAGE / "tasks"):
        if path.stem != "__init__":
            assert f"darfix_wb.tasks.{path.stem}" in answer.stdout.split()


def test_nothing_pickles():
    paths = sources(PACKAGE, WIDGETS)
    assert offences(paths, lambda one: one.within(PICKLE)) == []
    calls = [
        f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node)}"
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and (
            ast.unparse(node.func) in {"torch.load", "torch.save"}
            or any(
                word.arg == "allow_pickle" and ast.unparse(word.value) != "False"
                for word in node.keywords
            )
        )
    ]
    assert calls == []
    tutorials = list((ROOT / "orangecontrib").rglob("*.ows"))
    assert [path for path in tutorials if 'format="pickle"' in path.read_text()] == []


def test_files_stay_short():
    folders = [ROOT / name for name in ("darfix_wb", "orangecontrib", "tests", "benchmarks")]
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in sources(*folders)
    }
    assert {name: length for name, length in lengths.items() if length > 400} == {}
