"""Files of motor positions, in the forms that people have them."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.io.motor_files import GivenPositions

MU = [-0.1, 0.0, 0.1]


def read(path, motor=""):
    return GivenPositions(str(path), motor=motor).read(3)


@pytest.mark.parametrize(
    ("text", "name", "unit"),
    [
        ("-0.1\n0\n0.1\n", "angle", "degree"),
        ("\ufeffmu\r\n-0.1\r\n\r\n0\r\n0.1", "mu", "degree"),
        ("# phi [mrad]\n-0.1\n0 # centre\n0.1\n", "phi", "mrad"),
        ("frame,mu (deg)\n0,-0.1\n1,0\n2,0.1\n", "mu", "degree"),
        ("frame;mu\n0;-0,1\n1;0\n2;0,1\n", "mu", "degree"),
        ("frame\tmu [°]\n0\t-0.1\n1\t0\n2\t0.1\n", "mu", "degree"),
        ("#  index mu\n 0 -1e-1\n 1 0\n 2 .1\n", "mu", "degree"),
    ],
)
def test_text(tmp_path, text, name, unit):
    path = tmp_path / "positions.txt"
    path.write_text(text, encoding="utf-8")
    positions, units = read(path)
    assert units == {name: unit}
    numpy.testing.assert_array_equal(positions[name], MU)


def test_columns_of_several_motors_and_missing_values(tmp_path):
    path = tmp_path / "positions.csv"
    path.write_text("mu,chi\n-0.1,1\n,1\n0.1,nan\n")
    positions, units = read(path)
    numpy.testing.assert_array_equal(positions["mu"], [-0.1, numpy.nan, 0.1])
    numpy.testing.assert_array_equal(positions["chi"], [1, 1, numpy.nan])
    assert units == {"mu": "degree", "chi": "degree"}


@pytest.mark.parametrize("shape", [(3,), (3, 1), (1, 3)])
def test_npy(tmp_path, shape):
    numpy.save(tmp_path / "p.npy", numpy.reshape(MU, shape))
    positions, _ = read(tmp_path / "p.npy", motor="mu")
    numpy.testing.assert_array_equal(positions["mu"], MU)


def test_npy_with_names(tmp_path):
    table = numpy.array([(0.1, 1), (0.2, 1), (0.3, 1)], dtype=[("mu", float), ("chi", int)])
    numpy.save(tmp_path / "p.npy", table)
    assert read(tmp_path / "p.npy")[0]["mu"].tolist() == [0.1, 0.2, 0.3]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"1\n2\n", "got 2 positions in .* and 3 frames"),
        (b"", "cannot be used"),
        (b"mu\n", "cannot be used"),
        (b"0 1\n1 2\n2 3\n", "2 columns under the names"),
        (b"0,1\n0,2\n0,3\n", "2 columns under the names"),
        (b"mu,mu\n0,1\n0,2\n0,3\n", "2 columns under the names"),
        (b"1\ntwo\n3\n", "line 2 has 'two'"),
        (b"a b\n1 2\n1\n", "line 3 has 1 columns and the first 2"),
        (b"\x00\x01\x02", "it is not text"),
        (b"\x93NUMPY\x01\x00v\x00garbage", "cannot be used"),
    ],
)
def test_files_that_cannot_be_used(tmp_path, content, found):
    path = tmp_path / "positions"
    path.write_bytes(content)
    with pytest.raises(DarfixWBError, match=found) as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_objects_in_npy_are_not_loaded(tmp_path):
    numpy.save(tmp_path / "p.npy", numpy.array([{"run": "me"}, 1, 2]), allow_pickle=True)
    with pytest.raises(DarfixWBError, match="cannot be used"):
        read(tmp_path / "p.npy")


def test_a_file_that_is_missing(tmp_path):
    with pytest.raises(DarfixWBError, match="No such file"):
        read(tmp_path / "nowhere.txt")
