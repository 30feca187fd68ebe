"""Which motor rocks, and which frames make one curve."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.io.motors import ScanCommand, find_rocking

FAST = numpy.linspace(7.1, 7.4, 4)
SLOW = numpy.array([0.0, 0.1, 0.2])
MU = numpy.linspace(0, 1, 31)
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
    rocking = find_rocking({"mu": [0.3, 0.1, 0.2], "chi": [1.0, 1.0, 1.0]}, 3)
    assert rocking.motor == "mu"
    assert rocking.angles.dtype == float
    numpy.testing.assert_array_equal(rocking.curves, [[1, 2, 0]])
    assert (rocking.left_out, rocking.warnings) == ({}, ())


def test_positions_are_not_changed():
    mu = numpy.array([0.3, numpy.inf, 0.2, 0.1])
    before = mu.copy()
    assert find_rocking({"mu": mu}, 4).left_out == {1: "no position of 'mu'"}
    numpy.testing.assert_array_equal(mu, before)


def test_clocks_and_companions_are_no_motors():
    times = numpy.arange(31.0)
    positions = {
        "epoch": times, "elapsed_time": times, "timer_trig": times, "mu_trig": 2 * MU,
        "mu_raw": numpy.arange(63), "mu": MU,
    }  # fmt: skip
    assert find_rocking(positions, 31).motor == "mu"


@pytest.mark.parametrize(
    "other",
    [
        numpy.full(31, numpy.nan),
        0.1 + 1e-4 * RNG.normal(size=31),
        0.1 + 1e-4 * RNG.uniform(size=31),
        0.1 + 1e-4 * RNG.integers(0, 2, 31),
        0.1 + 1e-4 * RNG.integers(0, 4, 31),
        0.1 + 1e-4 * (RNG.random(31) < 0.1),
        0.1 + 1e-4 * (numpy.arange(31) > 16),
        0.1 + 1e-4 * (numpy.arange(31) == 30),
        numpy.repeat("fly", 31),
    ],
    ids=["nan", "normal", "uniform", "toggle", "counts", "flicker", "one", "last", "text"],
)
@pytest.mark.parametrize("noise", [0.0, 0.02, 0.1])
def test_an_encoder_at_rest_does_not_count(other, noise):
    mu = MU + noise * numpy.random.default_rng(1).normal(size=31)
    rocking = find_rocking({"chi": other, "mu": mu}, 31)
    assert rocking.motor == "mu"
    numpy.testing.assert_array_equal(rocking.curves, [numpy.argsort(mu)])
    assert rocking.warnings == ()
    with pytest.raises(DarfixWBError, match=r"moves? (here|from frame to frame)"):
        find_rocking({"chi": other}, 31)


def test_angles_in_any_order_are_one_curve():
    shuffled = RNG.permutation(MU)
    interlaced = numpy.concatenate([MU[::2], MU[1::2]])
    for mu in (shuffled, interlaced):
        (curve,) = find_rocking({"mu": mu}, 31).curves
        numpy.testing.assert_array_equal(mu[curve], MU)


@pytest.mark.parametrize("zigzag", [False, True])
@pytest.mark.parametrize("jitter", [0.0, 0.01])
def test_the_faster_of_two_motors_rocks(zigzag, jitter):
    rocking = find_rocking(raster(zigzag, jitter), 12)
    assert rocking.motor == "diffry"
    second = [7, 6, 5, 4] if zigzag else [4, 5, 6, 7]
    numpy.testing.assert_array_equal(rocking.curves, [[0, 1, 2, 3], second, [8, 9, 10, 11]])


@pytest.mark.parametrize("zigzag", [False, True])
def test_the_slower_motor_rocks_when_named(zigzag):
    rocking = find_rocking(raster(zigzag, 0.01), 12, motor="chi")
    assert rocking.motor == "chi"
    middle = [7, 6, 5, 4] if zigzag else [4, 5, 6, 7]
    numpy.testing.assert_array_equal(
        rocking.curves, numpy.transpose([[0, 1, 2, 3], middle, [8, 9, 10, 11]])
    )


def test_a_slow_motor_that_goes_down_gives_ascending_curves():
    positions = raster()
    positions["chi"] = positions["chi"][::-1]
    rocking = find_rocking(positions, 12, motor="chi")
    curves = numpy.array(rocking.curves)
    assert curves.shape == (4, 3)
    assert numpy.all(numpy.diff(rocking.angles[curves], axis=1) > 0)


def test_motors_that_move_together_need_a_name_or_a_command():
    both = {"th": numpy.arange(5.0), "tth": 2 * numpy.arange(5.0)}
    with pytest.raises(DarfixWBError, match=r"moving here: th, tth. Name the rocking motor"):
        find_rocking(both, 5)
    for motor in both:
        numpy.testing.assert_array_equal(
            find_rocking(both, 5, motor=motor).curves, [[0, 1, 2, 3, 4]]
        )
    command = ScanCommand.of_title("a2scan tth 0 8 th 0 4 4 1")
    assert find_rocking(both, 5, command=command).motor == "tth"


def test_an_interrupted_grid():
    cut = {name: values[:11] for name, values in raster().items() if name in ("chi", "diffry")}
    curves = [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10]]
    assert [curve.tolist() for curve in find_rocking(cut, 11).curves] == curves
    across = find_rocking(cut, 11, motor="chi")
    assert [curve.tolist() for curve in across.curves] == [[0, 4, 8], [1, 5, 9], [2, 6, 10], [3, 7]]


def test_a_stray_last_frame_is_left_out():
    positions = {"mu": numpy.append(numpy.tile(MU, 3), MU[0]), "chi": numpy.repeat(SLOW, 31)}
    positions["chi"] = numpy.append(positions["chi"], 0.0)
    rocking = find_rocking(positions, 94)
    assert [len(curve) for curve in rocking.curves] == [31, 31, 31]
    assert rocking.left_out == {93: "alone on its line"}
    assert rocking.warnings == ("1 frame is left out (alone on its line): 93.",)
    assert find_rocking({"mu": numpy.append(MU, MU[0])}, 32).left_out.keys() == {31}


def test_a_motor_that_goes_to_its_park_position():
    rocking = find_rocking({"mu": numpy.append(MU, 90.0), "chi": numpy.ones(32)}, 32)
    assert [len(curve) for curve in rocking.curves] == [32]


def test_passes_of_one_motor_are_curves_of_their_own():
    rocking = find_rocking({"mu": numpy.concatenate([MU, MU[::-1], MU])}, 93)
    numpy.testing.assert_array_equal(rocking.curves, [range(31), range(61, 30, -1), range(62, 93)])
    assert "'mu' goes over its range 3 times" in rocking.warnings[0]


def test_what_the_command_says_of_a_motor_that_was_not_recorded():
    lines = {"diffry": numpy.tile(MU, 4) + 0.01 * numpy.repeat(range(4), 31)}
    command = ScanCommand.of_title("fscan2d chi 0 1 4 diffry 0 0.03 31 1")
    rocking = find_rocking(lines, 124, command=command)
    assert [len(curve) for curve in rocking.curves] == [31] * 4
    with pytest.raises(DarfixWBError, match=r"asked to move \(diffry\) must have a position"):
        find_rocking({"chi": numpy.repeat(range(4), 31)}, 124, command=command)
    with pytest.raises(DarfixWBError, match=r"asked to move \(mu\).*moving here: diffry"):
        find_rocking(lines, 124, command=ScanCommand(("mu",)))
    with pytest.raises(DarfixWBError, match="title is that of a scan which moves none"):
        find_rocking(lines, 124, command=ScanCommand.of_title("loopscan 124 1"))


def test_the_command_comes_before_the_range():
    positions = {"mu": MU + 0.02 * RNG.normal(size=31), "samx": numpy.linspace(0, 100, 31)}
    assert find_rocking(positions, 31).motor == "samx"
    assert find_rocking(positions, 31, command=ScanCommand(("mu",))).motor == "mu"


@pytest.mark.parametrize(
    ("n_frames", "warning"),
    [
        (20, "20 of 31 frames were recorded; the last 11 positions of 'mu' are left out."),
        (30, "30 of 31 frames were recorded; the last position of 'mu' is left out."),
        (1, "1 of 31 frames was recorded; the last 30 positions of 'mu' are left out."),
    ],
)
def test_a_scan_that_was_stopped(n_frames, warning):
    rocking = find_rocking({"mu": MU, "chi": numpy.ones(31)}, n_frames)
    numpy.testing.assert_array_equal(rocking.angles, MU[:n_frames])
    numpy.testing.assert_array_equal(rocking.curves, [range(n_frames)])
    assert rocking.warnings == (warning,)


def test_frames_without_a_position_are_left_out():
    mu, chi = numpy.tile(MU, 2), numpy.repeat([0.0, 1.0], 31)
    mu[60:] = numpy.nan
    chi[45] = numpy.nan
    rocking = find_rocking({"mu": mu, "chi": chi}, 62)
    assert [len(curve) for curve in rocking.curves] == [31, 28]
    reasons = {60: "no position of 'mu'", 61: "no position of 'mu'", 45: "no position of 'chi'"}
    assert rocking.left_out == reasons
    assert rocking.warnings == (
        "2 frames are left out (no position of 'mu'): 60 to 61.",
        "1 frame is left out (no position of 'chi'): 45.",
    )
    with pytest.raises(DarfixWBError, match="only 10 of 31 have one"):
        find_rocking({"mu": numpy.where(numpy.arange(31) < 10, MU, numpy.nan)}, 31)


@pytest.mark.parametrize(
    ("positions", "motor", "message"),
    [
        ({"mu": [1.0, 1.0, 1.0]}, None, "no motor moves here"),
        ({}, None, "none was recorded: no motor moves here"),
        ({"mu": [1.0, 2.0, 3.0]}, "chi", "got 'chi'; moving here: mu"),
        ({"mu": [1.0, 2.0, 3.0], "chi": 4.0}, "chi", "must move during the scan, got 'chi'"),
        ({"mu": [1.0, 2.0]}, None, r"got 3 frames and 2 positions.*--frames 0:2"),
    ],
)
def test_positions_that_cannot_be_used(positions, motor, message):
    with pytest.raises(DarfixWBError, match=message):
        find_rocking(positions, 3, motor=motor)


def test_two_motors_at_random_are_refused():
    positions = {"mu": RNG.permutation(MU), "samx": RNG.permutation(MU)}
    with pytest.raises(DarfixWBError, match=r"moving here: mu, samx\. Name the rocking motor"):
        find_rocking(positions, 31)
    with pytest.raises(DarfixWBError, match=r"other motors move too \(samx\)"):
        find_rocking(positions, 31, motor="mu")
