"""What is written reads with HDF5 alone, and its first look in a viewer is right."""

from __future__ import annotations

import json
import subprocess
import sys

import h5py
import numpy
import pytest
from silx.io.nxdata import get_default

from darfix_wb.beam import BeamMap
from darfix_wb.classification.angle_rule import angle_rule
from darfix_wb.comparison.compare import compare
from darfix_wb.comparison.files import save_comparison
from darfix_wb.extraction import extract
from darfix_wb.integration import integrate
from darfix_wb.integration.files import beam_provenance, save_beam_file
from darfix_wb.io.label_files import save_labels
from darfix_wb.io.overview import overview
from darfix_wb.labels import LabelMap
from darfix_wb.methods.method import MethodOptions
from darfix_wb.methods.registry import make_methods

READER = """
import json, sys, h5py
names = []
def read(name, item):
    if isinstance(item, h5py.Dataset):
        item[()]
        names.append(name)
for path in sys.argv[1:]:
    with h5py.File(path) as file:
        file.visititems(read)
assert "hdf5plugin" not in sys.modules
print(json.dumps(names))
"""


@pytest.fixture(scope="module")
def patched(make_scan):
    return extract(make_scan((160, 224), n_steps=11), patch_size=16)


@pytest.fixture(scope="module")
def files(patched, tmp_path_factory):
    """A file of each kind."""
    folder = tmp_path_factory.mktemp("written")
    beam_map = angle_rule(patched)
    images = integrate(patched, beam_map)
    provenance = beam_provenance(beam_map, patched.scan, {})
    save_beam_file(folder / "maps.h5", beam_map, images, patched.scan, provenance)
    save_labels(folder / "labels.h5", LabelMap.unlabelled(patched.scan.n_frames, patched.grid))
    comparison = compare(patched, make_methods(["angle-rule"], MethodOptions()))
    save_comparison(folder / "comparison.h5", comparison)
    return {path.stem: path for path in folder.glob("*.h5")}


def test_every_data_set_reads_without_plug_ins(files, simulated_layers):
    paths = [str(path) for path in [*files.values(), *simulated_layers]]
    assert len(paths) == 5
    done = subprocess.run(
        [sys.executable, "-c", READER, *paths],
        capture_output=True,
        text=True,
        check=False,
        env={"HDF5_PLUGIN_PATH": "/nowhere"},
    )
    assert done.returncode == 0, done.stderr
    names = json.loads(done.stdout)
    for name in ("entry/integration/weak_beam/weak_beam", "1.1/instrument/pco_ff/data"):
        assert name in names


def test_large_arrays_are_compressed_with_what_hdf5_has(files):
    with h5py.File(files["maps"]) as file:
        large = file["entry/integration/weak_beam/weak_beam"]
        assert (large.compression, large.shuffle) == ("gzip", True)
        assert file["entry/integration/weak_beam/x"].compression is None


@pytest.mark.parametrize("name", ["maps", "comparison"])
def test_the_first_look_is_an_overview(files, name):
    with h5py.File(files[name]) as file:
        shown = get_default(file)
        assert shown.group.name.endswith("/overview")
        assert shown.signal.dtype == numpy.uint8
        assert "to look at" in shown.title
        rows = shown.axes[-2]
        assert rows[0] == 0
        assert rows[-1] == -159  # silx puts the largest position at the top
        assert rows.attrs["long_name"] == "- row (px)"
        numpy.testing.assert_array_equal(shown.group["y"], numpy.arange(160))


@pytest.mark.parametrize("path", ["maps/classification", "labels/labels", "maps/integration"])
def test_all_images_have_their_first_row_at_the_top(files, path):
    name, group = path.split("/")
    pictures = []
    with h5py.File(files[name]) as file:
        for item in file[f"entry/{group}"].values():
            if item.attrs.get("NX_class") == "NXdata":
                axes = [axis for axis in item.attrs["axes"] if axis != "."]
                pictures.append(item.name)
                assert numpy.all(numpy.diff(item[axes[-2]][()]) < 0), item.name
    assert pictures


@pytest.mark.parametrize("group", ["classification", "integration"])
def test_the_angle_rule_ran_on_the_cpu(files, group):
    with h5py.File(files["maps"]) as file:
        assert file[f"entry/{group}/device"].asstr()[()] == "cpu"
        assert file["entry/classification/record/device"].asstr()[()] == "cpu"


def test_the_device_of_a_comparison_is_that_of_its_methods(patched, files, tmp_path):
    with h5py.File(files["comparison"]) as file:
        assert file["entry/comparison/device"].asstr()[()] == "cpu"
    rule = angle_rule(patched)
    on_gpu = BeamMap(rule.probabilities, rule.grid, record=patched.record(device="cuda:0 (H200)"))
    assert beam_provenance(on_gpu, patched.scan, {}).device == "cuda:0 (H200)"


def test_a_few_warm_pixels_hide_nothing():
    values = numpy.tile(numpy.linspace(0, 100, 200, dtype="float32"), (200, 1))
    values[::40, ::40] = 60000.0
    values[3, 4] = numpy.nan
    tree = overview("weak_beam", values, axes=(), title="Weak beam", unit="counts")
    shown = tree["brightness"]
    assert shown[0, 150] - shown[0, 50] == pytest.approx(255 * 0.5, abs=5)
    assert shown[3, 4] == 0
    assert tree["title"].endswith("values: weak_beam")
    empty = overview("x", numpy.full((4, 4), numpy.nan), axes=(), title="", unit="")
    assert not empty["brightness"].any()
