"""What is compared, from files of every kind."""

from __future__ import annotations

import h5py
import numpy
import pytest
import tifffile

from darfix_wb.dislocation_lines.csv_file import write_csv
from darfix_wb.dislocation_lines.network import LineNetwork
from darfix_wb.dislocation_lines.network_file import write_network
from darfix_wb.errors import DarfixWBError
from darfix_wb.volume_comparison.operands import as_mask, read_operand
from tests.volume_comparison.lines import network, random_points

MASK = numpy.random.default_rng(0).random((4, 5, 6)) < 0.3


def hdf5(path, **volumes):
    with h5py.File(path, "w") as file:
        for name, values in volumes.items():
            file[f"entry/{name}"] = values
    return path


def test_a_mask_comes_back_from_every_kind_of_file(tmp_path):
    numpy.save(tmp_path / "mask.npy", MASK)
    tifffile.imwrite(
        tmp_path / "mask.tif", MASK.astype(numpy.uint8) * 255, photometric="minisblack"
    )
    (tmp_path / "layers").mkdir()
    for number in range(4):
        layer = MASK[number].astype(numpy.uint8)
        tifffile.imwrite(tmp_path / "layers" / f"layer_{number}.tif", layer)
    hdf5(tmp_path / "mask.h5", one=MASK, other=~MASK)
    hdf5(tmp_path / "only.h5", one=MASK.astype(float))
    for name in (
        "mask.npy",
        "mask.tif",
        "layers",
        "layers/layer_*.tif",
        "mask.h5::/entry/one",
        "only.h5",
    ):
        read = read_operand(f"{tmp_path}/{name}")
        assert read.dtype == bool
        numpy.testing.assert_array_equal(read, MASK, err_msg=name)


def test_numbers_need_a_threshold(tmp_path):
    values = numpy.arange(120.0).reshape(4, 5, 6)
    values[0, 0, 0] = numpy.nan
    numpy.save(tmp_path / "sigma.npy", values)
    with pytest.raises(DarfixWBError, match="holds many, from 0 to 119"):
        read_operand(tmp_path / "sigma.npy")
    read = read_operand(tmp_path / "sigma.npy", threshold=100)
    numpy.testing.assert_array_equal(read, values >= 100)


@pytest.mark.parametrize("values", [numpy.zeros((1, 2, 3)), numpy.full((1, 2, 3), numpy.nan)])
def test_a_volume_without_anything_is_empty(values):
    assert not as_mask(values, "here").any()


def test_negative_numbers_are_no_mask():
    with pytest.raises(DarfixWBError, match="from -1 to 1"):
        as_mask(numpy.array([[[0, -1, 1]]]), "here")


def test_lines_are_read_as_lines(tmp_path):
    lines = network(*random_points(0))
    write_network(tmp_path / "lines.h5", lines)
    write_csv(tmp_path / "lines.csv", lines)
    for name in ("lines.h5", "lines.h5::/entry/reconstruction", "lines.csv"):
        read = read_operand(f"{tmp_path}/{name}")
        assert isinstance(read, LineNetwork)
        assert read.length_um == pytest.approx(lines.length_um)
    for name in ("lines.h5", "lines.csv"):
        with pytest.raises(DarfixWBError, match="threshold is for volumes of numbers"):
            read_operand(tmp_path / name, threshold=1.0)


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("two.h5", "none was. Choose one of those in the file: /entry/one, /entry/other"),
        ("two.h5::/entry", "/entry was. Choose one"),
        ("two.h5::/entry/none", "/entry/none was. Choose one"),
        ("flat.npy", "must hold numbers or true and false"),
        ("text.npy", "must hold one array"),
        ("text.tif", "must be readable TIFF files"),
        ("missing.npy", "must hold one array"),
        ("missing.h5", "must exist"),
        ("missing.tif", "must be at least one TIFF file"),
        ("words.txt", "must be at least one TIFF file|readable TIFF"),
    ],
)
def test_what_is_no_volume_is_refused_in_one_sentence(tmp_path, name, match):
    hdf5(tmp_path / "two.h5", one=MASK, other=MASK)
    numpy.save(tmp_path / "flat.npy", MASK[0])
    for file in ("text.npy", "text.tif", "words.txt"):
        (tmp_path / file).write_text("no volume")
    with pytest.raises(DarfixWBError, match=match):
        read_operand(f"{tmp_path}/{name}")
