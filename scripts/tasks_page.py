"""Writes docs/reference/tasks.md: every ewoks task, its inputs, its outputs and its widget.

Usage: python scripts/tasks_page.py [FILE]

The page is what the models of the tasks hold; tests/docs/test_generated_pages.py says when it is
out of date.
"""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "tasks.md"

TASKS = {
    "simulated_scan": "SimulatedScan",
    "scan_check": "ScanCheck",
    "patch_extraction": "PatchExtraction",
    "patch_labelling": "PatchLabelling",
    "lcnn_training": "LCNNTraining",
    "weak_beam_classification": "WeakBeamClassification",
    "method_comparison": "MethodComparison",
    "beam_integration": "BeamIntegration",
    "grain_maps": "GrainMaps",
    "volume_classification": "VolumeClassification",
    "dislocation_reconstruction": "DislocationReconstruction",
    "live_classification": "LiveClassification",
}
"""Module and class of each task, in the order of an analysis."""

WITHOUT_WIDGET = {"grain_maps", "live_classification"}

TOP = """\
<!-- Written by scripts/tasks_page.py from the models of the tasks: change these. -->

# Tasks and widgets

Every ewoks task with its inputs, its outputs and its widget, for those who write a workflow or
connect widgets on the [canvas](canvas.md). The identifier of a task is `darfix_wb.tasks.` followed
by its heading. Identifiers, inputs and outputs are saved in workflows and stay as they are from
version to version.

An input without a default must be given, by a link or as a parameter. `Dataset` is a dataset of
darfix, loaded or not; the other types are those of the [API](api.md). Text, numbers and lists are
parameters, which a widget saves with the workflow; everything else comes through links. A name
that no input has is refused, with the nearest one. [The steps](workflow.md) say in which order the
tasks come.
"""


def main() -> None:
    """Write the page."""
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE
    file.write_text(page(), encoding="utf-8")


def page() -> str:
    """The page, in Markdown."""
    return TOP + "".join(map(_section, TASKS))


def _section(module_name: str) -> str:
    module = import_module(f"darfix_wb.tasks.{module_name}")
    task = getattr(module, TASKS[module_name])
    first = task.__doc__.partition("\n\n")[0]
    text = f"\n## {module_name}.{task.__name__}\n\n{_line(first)}\n{_widget(module_name)}"
    text += "\n| input | type | default | what it is |\n| --- | --- | --- | --- |\n"
    for name, field in module.Inputs.model_fields.items():
        default = "must be given" if field.is_required() else _default(field)
        text += f"| `{name}` | {_type(field)} | {default} | {_line(field.description)} |\n"
    text += "\n| output | type | what it is |\n| --- | --- | --- |\n"
    for name, field in module.Outputs.model_fields.items():
        text += f"| `{name}` | {_type(field)} | {_line(field.description)} |\n"
    return text


def _widget(module_name: str) -> str:
    """What links the widget takes and gives."""
    if module_name in WITHOUT_WIDGET:
        return "\nIt has no widget of its own.\n"
    module = import_module(f"orangecontrib.darfix_wb.widgets.{module_name}")
    widget = next(
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and value.__module__ == module.__name__
        and value.__name__.startswith("OW")
    )
    tasks = import_module(f"darfix_wb.tasks.{module_name}")
    takes = _shown(tasks.Inputs.model_fields, widget._ewoks_inputs_to_hide_from_orange)
    gives = _shown(tasks.Outputs.model_fields, widget._ewoks_outputs_to_hide_from_orange)
    return f"\nWidget **{widget.name}**; links into it: {takes}; out of it: {gives}.\n"


def _shown(names: Iterable[str], hidden: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names if name not in set(hidden)) or "none"


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    return "none" if value is None else f"`{value}`"


def _type(field: FieldInfo) -> str:
    names = list(dict.fromkeys(_names(field.annotation)))
    if {"Dataset", "LazyDataset"} <= set(names):
        names.remove("LazyDataset")
    if field.default is None:
        names.remove("none")
    return " or ".join(names)


def _names(kind: Any) -> Iterator[str]:
    """The names of the types that an annotation allows."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        for part in parts:
            yield from _names(part)
    elif origin is Annotated:
        yield from _names(parts[0])
    elif origin is Literal:
        yield from (f'`"{part}"`' for part in parts)
    elif origin is not None:
        inner = ", ".join(" or ".join(_names(part)) for part in parts)
        yield f"{origin.__name__}[{inner}]"
    elif kind is type(None):
        yield "none"
    else:
        yield {Any: "any", str: "text"}.get(kind) or kind.__name__


def _line(text: str | None) -> str:
    """A text in one line of a table, with the code marks of Markdown."""
    return " ".join((text or "").split()).replace("``", "`").replace("|", "\\|").replace("<", "\\<")


if __name__ == "__main__":
    main()
