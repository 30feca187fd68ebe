"""Which motor rocks, and which frames make one curve."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.io.motors import find_rocking

FAST = numpy.linspace(7.1, 7.4, 4)
SLOW = numpy.array([0.0, 0.1, 0.2])
RNG = numpy.random.default_rng(3)


def raster(zigzag=False, jitter=0.0):
    fast = numpy.tile(FAST, (3, 1))
    if zigzag:
        fast[1] = fast[1, ::-1]
    fast = fast.ravel()
    return {
        "diffry": fast + jitter * RNG.uniform(-1, 1, fast.size),
        "chi": numpy.repeat(SLOW, 4),
        "samx": 3.0,
        "mode": "fly",
    }


def test_the_only_moving_motor_rocks():
    motor, angles, curves = find_rocking({"mu": [0.3, 0.1, 0.2], "chi": [1.0, 1.0, 1.0]}, 3)
    assert motor == "mu"
    assert angles.dtype == float
    numpy.testing.assert_array_equal(curves, [[1, 2, 0]])


def test_clocks_are_no_motors():
    positions = {"epoch": [10.0, 11.0, 12.0], "mu": [0.1, 0.2, 0.3]}
    assert find_rocking(positions, 3)[0] == "mu"


@pytest.mark.parametrize("zigzag", [False, True])
@pytest.mark.parametrize("jitter", [0.0, 0.01])
def test_the_faster_of_two_motors_rocks(zigzag, jitter):
    motor, angles, curves = find_rocking(raster(zigzag, jitter), 12)
    assert motor == "diffry"
    second = [7, 6, 5, 4] if zigzag else [4, 5, 6, 7]
    numpy.testing.assert_array_equal(curves, [[0, 1, 2, 3], second, [8, 9, 10, 11]])
    assert numpy.all(numpy.diff(angles[curves], axis=1) > 0)


@pytest.mark.parametrize("zigzag", [False, True])
def test_the_slower_motor_rocks_when_named(zigzag):
    motor, _, curves = find_rocking(raster(zigzag, 0.01), 12, motor="chi")
    assert motor == "chi"
    middle = [7, 6, 5, 4] if zigzag else [4, 5, 6, 7]
    numpy.testing.assert_array_equal(
        curves, numpy.transpose([[0, 1, 2, 3], middle, [8, 9, 10, 11]])
    )


def test_a_slow_motor_that_goes_down_gives_ascending_curves():
    positions = raster()
    positions["chi"] = positions["chi"][::-1]
    _, angles, curves = find_rocking(positions, 12, motor="chi")
    assert curves.shape == (4, 3)
    assert numpy.all(numpy.diff(angles[curves], axis=1) > 0)


def test_motors_that_move_together_need_a_name():
    both = {"th": numpy.arange(5.0), "tth": 2 * numpy.arange(5.0)}
    with pytest.raises(DarfixWBError, match=r"moving here: th, tth. Name the rocking motor"):
        find_rocking(both, 5)
    numpy.testing.assert_array_equal(find_rocking(both, 5, motor="th")[2], [[0, 1, 2, 3, 4]])


def test_an_incomplete_grid_is_refused_even_with_a_name():
    cut = {name: values[:11] for name, values in raster().items() if name in ("chi", "diffry")}
    with pytest.raises(DarfixWBError, match="complete grid"):
        find_rocking(cut, 11)
    with pytest.raises(DarfixWBError, match="'diffry' must move in one direction only"):
        find_rocking(cut, 11, motor="diffry")


def test_three_motors_are_refused():
    chi, phi, omega = (values.ravel() for values in numpy.mgrid[0:2.0, 0:3.0, 0:4.0])
    positions = {"chi": chi, "phi": phi, "omega": omega}
    with pytest.raises(DarfixWBError, match="Name the rocking motor"):
        find_rocking(positions, 24)
    with pytest.raises(DarfixWBError, match="at most two motors"):
        find_rocking(positions, 24, motor="phi")


@pytest.mark.parametrize(
    ("positions", "motor", "message"),
    [
        ({"mu": [1.0, 1.0, 1.0]}, None, "no motor moves here"),
        ({}, None, "no motor moves here"),
        ({"mu": [1.0, 2.0, 3.0]}, "chi", "got 'chi'; moving here: mu"),
        ({"mu": [1.0, 2.0, 3.0], "chi": 4.0}, "chi", "must move during the scan, got 'chi'"),
        ({"mu": [1.0, numpy.nan, 3.0]}, None, "got 1 that are not"),
        ({"mu": [1.0, 2.0, 3.0, 4.0]}, None, "got 3 frames and 4 positions"),
        ({"mu": [1.0, 2.0]}, None, "got 3 frames and 2 positions"),
    ],
)
def test_positions_that_cannot_be_used(positions, motor, message):
    with pytest.raises(DarfixWBError, match=message):
        find_rocking(positions, 3, motor=motor)
