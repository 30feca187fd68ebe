"""The page about files against files: every name in either is in the other, with its dtype."""

from __future__ import annotations

import csv
import json
import re
from functools import cache
from xml.etree import ElementTree

import h5py
import pytest
import safetensors

from tests.docs.every_file import MAKERS, SAMPLES
from tests.docs.file_structure import Entry, attributes, entries
from tests.docs.pages import ROOT

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs" / "reference" / "files.md"
COMMON = "What all HDF5 files have in common"
SECTIONS = {
    "Labels": ["labels.h5::entry/labels"],
    "Classification": ["weak_beam.h5::entry/classification"],
    "Images": ["weak_beam.h5::entry/integration"],
    "While a scan is recorded": ["preliminary.h5::entry/classification"],
    "Comparison of methods": ["comparison.h5::entry/comparison"],
    "Volume": ["volume.h5::entry/volume"],
    "Lines of a volume": ["lines.h5::entry/reconstruction"],
    "Crops along lines": ["again_crops.h5::entry/crops", "in_layer.h5::entry/crops"],
    "Simulated scan": ["scan.h5::/", "curved.h5::/"],
    "Simulated volume": ["layers.h5::/"],
}
"""Headings of the page, and the groups that they describe."""

ALSO = {
    "While a scan is recorded": ("Classification", ""),
    "Simulated volume": ("Lines of a volume", "volume_truth/"),
}
"""Sections whose files have names of another one, and where."""

MAY_BE_MISSING = {"Crops along lines": {"warnings"}}
"""What the files here cannot all have: these have other tests, with the name in them."""

ANY = {"number", "by kind", "in `units`"}
"""What the page says of a dtype, shape or unit that differs from file to file."""


@pytest.fixture(scope="module")
def folder(sample_files, tmp_path_factory):
    """A folder with one file of each kind."""
    place = tmp_path_factory.mktemp("files")
    for name in SAMPLES:
        sample_files.put(name, place)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        for make in MAKERS:
            make(place)
    return place


@cache
def section(heading: str) -> str:
    """The text below a heading of the page."""
    text = PAGE.read_text(encoding="utf-8")
    return text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


@cache
def described(heading: str) -> dict[str, tuple[str, str, str]]:
    """Shape, dtype and unit in the page, by name."""
    rows = re.findall(r"^\| (`.*?) \| (.*?) ?\| (.*?) ?\| (.*?) ?\| .*\|$", section(heading), re.M)
    return {name: tuple(rest) for names, *rest in rows for name in re.findall(r"`(.+?)`", names)}


def found(folder, heading: str) -> dict[str, Entry]:
    """All names in the files of a section, as the page has them."""
    names: dict[str, Entry] = {}
    for place in SECTIONS[heading]:
        path, _, group = place.partition("::")
        with h5py.File(folder / path) as file:
            for name, entry in entries(file[group]).items():
                name = re.sub(r"^(angle-rule|gso|matched)(?=/|$)", "METHOD", name)
                names[re.sub(r"^\d+\.1(?=/|$)", "N.1", name)] = entry
    return names


def known(heading: str) -> dict[str, tuple[str, str, str]]:
    """The rows of a section, of what is common, and of the section that it refers to."""
    other, place = ALSO.get(heading, ("", ""))
    rows = {place + name: row for name, row in described(other).items()} if other else {}
    if heading == "Simulated volume":
        rows |= described("Simulated scan")
    return described(COMMON) | rows | described(heading)


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_name_in_a_file_is_in_the_page_with_its_dtype_and_unit(folder, heading):
    rows = known(heading)
    for name, entry in found(folder, heading).items():
        assert name in rows, f"{name!r} is in no table under {heading!r}"
        shape, dtype, unit = rows[name]
        wanted = entry.dtype or entry.kind
        assert dtype in {wanted, *ANY}, f"{name}: {wanted}"
        assert unit in {entry.unit, *ANY}, f"{name}: {entry.unit!r}"
        dimensions = len([part for part in shape.strip("()").split(",") if part.strip()])
        assert shape in ANY or dimensions == entry.shape, f"{name}: {entry.shape} dimensions"


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_name_in_a_table_is_in_a_file(folder, heading):
    names = found(folder, heading)
    missing = [name for name in described(heading) if name not in names]
    assert set(missing) <= MAY_BE_MISSING.get(heading, set())


def test_what_is_common_is_in_some_file(folder):
    names = {name for heading in SECTIONS for name in found(folder, heading)}
    assert [name for name in described(COMMON) if name not in names] == []


def test_all_attributes_are_in_their_table_and_no_others(folder):
    there = set()
    for path in {place.partition("::")[0] for places in SECTIONS.values() for place in places}:
        with h5py.File(folder / path) as file:
            there |= attributes(file)
    table = section(COMMON).split("| attribute |")[1]
    cells = re.findall(r"^\| (`.*?) \|", table, re.M)
    assert {name for cell in cells for name in re.findall(r"`(\w+)`", cell)} == there


@pytest.mark.parametrize(("name", "key"), [("model", ""), ("detector", "_detector")])
def test_the_header_of_a_model_is_in_the_page(folder, name, key):
    with safetensors.safe_open(folder / f"{name}.safetensors", framework="numpy") as file:
        header = json.loads(file.metadata()[f"darfix_wb{key}"])
    text = section("Model and detector")
    names = {*header, *(header.get("context") or ())}
    assert [one for one in names if f"`{one}`" not in text] == []
    assert f"`darfix_wb{key}`" in text


def keys(value) -> set[str]:
    """Keys of a dictionary and of those in its lists, not of figures and details."""
    if isinstance(value, list):
        return set().union(*map(keys, value))
    if not isinstance(value, dict):
        return set()
    inner = (keys(one) for one in value.values() if isinstance(one, list))
    return set(value).union(*inner)


@pytest.mark.parametrize(
    ("file", "heading"),
    [
        ("check.json", "JSON files"),
        ("again.json", "JSON files"),
        ("compared.json", "JSON files"),
        ("evaluation/evaluation.json", "Folder of an evaluation"),
    ],
)
def test_the_keys_of_json_are_in_the_page(folder, file, heading):
    record = json.loads((folder / file).read_text(encoding="utf-8"))
    for entry in record.get("splits", ()):
        entry["fitted_on"] = entry["scored_on"] = None
    names = keys(record)
    assert len(names) > 3
    assert [name for name in names if f"`{name}`" not in section(heading)] == []


def test_the_files_of_an_evaluation_are_in_the_page(folder):
    names = {path.name for path in (folder / "evaluation").iterdir()}
    assert len(names) == 6
    assert [name for name in names if f"`{name}`" not in section("Folder of an evaluation")] == []


def test_names_in_exports_are_in_the_page(folder):
    names = set()
    for name in ("again.vtp", "again_nodes.vtp", "again.vti", "again.vtr"):
        text = (folder / name).read_bytes().split(b"<AppendedData")[0] + b"</VTKFile>"
        tree = ElementTree.fromstring(text)
        for data in (*tree.iter("PointData"), *tree.iter("CellData")):
            names |= {array.get("Name") for array in data}
    with (folder / "again.csv").open(encoding="utf-8") as file:
        names |= set(next(csv.reader(file)))
    assert len(names) > 15
    assert [name for name in names if f"`{name}`" not in section("Exports")] == []
    suffixes = {path.suffix for path in folder.glob("again*")} - {".h5", ".json"}
    assert [one for one in suffixes if f"OUTPUT{one}`" not in section("Exports")] == []


def test_the_table_of_a_comparison_has_the_columns_of_its_csv(folder):
    with (folder / "comparison.csv").open(encoding="utf-8") as file:
        columns = next(csv.reader(file))
    assert {f"table/{name}" for name in columns} <= set(described("Comparison of methods"))
