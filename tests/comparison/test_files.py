"""A comparison in files."""

from __future__ import annotations

import csv

import h5py
import numpy
import pytest
from PIL import Image
from silx.io.nxdata import get_default

from darfix_wb.classification.angle_rule import angle_rule
from darfix_wb.comparison.compare import compare
from darfix_wb.comparison.contrast import contrast_range
from darfix_wb.comparison.files import save_comparison
from darfix_wb.comparison.pictures import draw_images
from darfix_wb.comparison.result import Comparison, MethodOutcome
from darfix_wb.detection.detector import LineDetector
from darfix_wb.errors import DarfixWBError
from darfix_wb.extraction import extract
from darfix_wb.io.provenance import Provenance
from darfix_wb.labels import LabelMap
from darfix_wb.methods.method import MethodOptions
from darfix_wb.methods.networks import GivenMap
from darfix_wb.methods.registry import make_methods
from darfix_wb.scan import RockingScan


@pytest.fixture(scope="module")
def comparison(scan):
    patched = extract(scan, patch_size=16)
    labels = LabelMap.unlabelled(11, patched.grid).with_frames(
        {"weak": [0, 1, 9, 10], "strong": [4, 5, 6]}, empty=patched.empty
    )
    names = ["frame-threshold", "angle-rule", "lcnn"]
    methods = make_methods(names, MethodOptions(model_file="missing.safetensors"))
    return compare(patched, [GivenMap(angle_rule(patched), "given"), *methods], labels=labels)


def test_everything_is_in_the_nexus_file(comparison, tmp_path):
    provenance = Provenance({"seed": 3}, "silx:///scan.h5", seed=3)
    nexus, image, figures = save_comparison(
        tmp_path / "sub" / "c.h5", comparison, provenance=provenance
    )
    assert (nexus.name, image.name, figures.name) == ("c.h5", "c.png", "c.csv")
    with h5py.File(nexus) as file:
        group = file["entry/comparison"]
        assert list(group["methods"].asstr()) == ["given", "frame-threshold", "angle-rule"]
        assert get_default(file).signal.name == "/entry/comparison/overview/brightness"
        assert get_default(group["contrast"]).signal.shape == (3, 64, 96)
        assert get_default(file).signal.shape == (3, 64, 96)
        outcome = comparison["frame-threshold"]
        stored = group["frame-threshold"]
        numpy.testing.assert_array_equal(stored["weak_beam/weak_beam"], outcome.weak_image)
        assert stored["weak_beam/weak_beam"].attrs["units"] == outcome.unit
        numpy.testing.assert_array_equal(
            stored["condition/condition"], outcome.beam_map.condition()
        )
        numpy.testing.assert_array_equal(group["agreement/share"], comparison.agreement)
        accuracy = group["table/balanced_accuracy"][()]
        assert accuracy[1] == outcome.scores.balanced_accuracy
        assert numpy.isnan(accuracy[3])
        assert "must exist" in group["table/error"].asstr()[3]
        assert Provenance.from_nexus(group).seed == 3


def test_the_table_has_a_row_a_method(comparison, tmp_path):
    *_, path = save_comparison(tmp_path / "c.h5", comparison)
    with open(path, newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["method"] for row in rows] == ["given", "frame-threshold", "angle-rule", "lcnn"]
    assert float(rows[1]["balanced_accuracy"]) == comparison.outcomes[1].scores.balanced_accuracy
    assert rows[1]["fitted"].startswith("counts=")
    assert rows[3]["balanced_accuracy"] == rows[3]["seconds"] == ""
    assert "must exist" in rows[3]["error"]
    expected = comparison.agreement[1, [0, 2]].mean()
    assert float(rows[1]["agreement"]) == pytest.approx(expected)


def test_the_picture_shows_each_method_on_one_scale(comparison, tmp_path):
    _, path, _ = save_comparison(tmp_path / "c.h5", comparison)
    with Image.open(path) as image:
        assert image.size[0] > 600
        assert len(set(image.convert("L").tobytes())) > 50
    figure = draw_images(comparison)
    titles = [axis.get_title() for axis in figure.axes]
    assert titles[:4] == list(comparison.names)
    limits = {axis.images[0].get_clim() for axis in figure.axes[:3]}
    assert limits == {contrast_range(comparison.outcomes)}
    assert "must exist" in figure.axes[3].texts[0].get_text().replace("\n", " ")


def test_regions_are_in_the_file_and_in_the_picture(scan, tmp_path):
    methods = make_methods(["gso", "angle-rule"], MethodOptions())
    both = compare(extract(scan, patch_size=16), methods)
    nexus, *_ = save_comparison(tmp_path / "c.h5", both)
    with h5py.File(nexus) as file:
        stored = file["entry/comparison/gso/regions"]
        assert {name: stored[name][()].tolist() for name in stored} == both["gso"].regions.to_dict()
        assert stored["strong"].attrs["long_name"] == "row, column, height, width"
        assert "regions" not in file["entry/comparison/angle-rule"]
    gso, rule, *_ = draw_images(both).axes
    assert [text.get_text() for text in gso.texts] == ["SB", "WB-", "WB+"]
    row, column, height, width = both["gso"].regions.weak_low
    assert gso.patches[1].get_bbox().bounds == (column - 0.5, row - 0.5, width, height)
    assert not rule.patches


def test_images_of_dislocations_are_in_the_file_without_conditions(scan, tmp_path):
    names = ["angle-rule", "matched", "detector"]
    methods = make_methods(names, MethodOptions(device="cpu"))
    done = compare(extract(scan, patch_size=16), methods)
    nexus, _, figures = save_comparison(tmp_path / "c.h5", done)
    with h5py.File(nexus) as file:
        group = file["entry/comparison"]
        assert list(group["methods"].asstr()) == names
        assert get_default(file).signal.shape == (3, 64, 96)
        assert "detector (probability" in get_default(file).title
        for name, unit in (("matched", "sigma"), ("detector", "probability")):
            stored = group[name]["weak_beam/weak_beam"]
            numpy.testing.assert_array_equal(stored, done[name].weak_image)
            assert stored.attrs["units"] == unit
            assert "condition" not in group[name]
            assert "probabilities" not in group[name]
        assert group["detector/model_hash"].asstr()[()] == LineDetector.load().hash
        numpy.testing.assert_array_equal(group["agreement/share"], done.agreement)
        contrast = group["contrast/contrast"][()]
        numpy.testing.assert_array_equal(contrast, [one.contrast for one in done.outcomes])
        assert Provenance.from_nexus(group).device == "cpu"
    with open(figures, newline="") as lines:
        rows = {row["method"]: row for row in csv.DictReader(lines)}
    assert (rows["matched"]["agreement"], rows["matched"]["error"]) == ("", "")
    assert float(rows["detector"]["seconds"]) > 0
    titles = [axis.get_title() for axis in draw_images(done).axes[:3]]
    assert titles == ["angle-rule", "matched", "detector (probability, 0 to 1)"]


def test_images_of_a_scan_without_signal_are_written_empty(tmp_path):
    noise = numpy.random.default_rng(0).normal(100, 4, (9, 64, 64))
    dark = extract(RockingScan(noise, numpy.arange(9)), patch_size=32)
    done = compare(dark, make_methods(["matched", "detector"], MethodOptions(device="cpu")))
    nexus, image, _ = save_comparison(tmp_path / "c.h5", done)
    with h5py.File(nexus) as file:
        group = file["entry/comparison"]
        assert numpy.isnan(group["contrast/contrast"][()]).all()
        assert ["no patch carries signal" in note for note in group["table/note"].asstr()] == [1, 1]
    assert image.is_file()


def test_the_device_of_a_detector_is_told(comparison, tmp_path):
    image = MethodOutcome(
        "detector", weak_image=numpy.zeros((64, 96)), contrast=numpy.zeros((64, 96)), device="gpu 7"
    )
    alone = Comparison(comparison.patched, (image,), numpy.full((1, 1), numpy.nan))
    nexus, *_ = save_comparison(tmp_path / "c.h5", alone)
    with h5py.File(nexus) as file:
        assert Provenance.from_nexus(file["entry/comparison"]).device == "gpu 7"


def test_nothing_is_written_where_one_file_is_in_the_way(comparison, tmp_path):
    (tmp_path / "c.csv").write_text("mine")
    with pytest.raises(DarfixWBError, match=r"c\.csv exists"):
        save_comparison(tmp_path / "c.h5", comparison)
    assert [path.name for path in tmp_path.iterdir()] == ["c.csv"]
    save_comparison(tmp_path / "c.h5", comparison, overwrite=True)
    assert (tmp_path / "c.csv").read_text() != "mine"
    with pytest.raises(DarfixWBError, match="RAW_DATA"):
        save_comparison(tmp_path / "RAW_DATA" / "c.h5", comparison)


def test_all_methods_may_have_failed(scan, tmp_path):
    methods = make_methods(["lcnn-paper"], MethodOptions())
    failed = compare(extract(scan, patch_size=16), methods)
    nexus, *_ = save_comparison(tmp_path / "c.h5", failed)
    with h5py.File(nexus) as file:
        assert file["entry/comparison/contrast/contrast"].shape == (0, 64, 96)
