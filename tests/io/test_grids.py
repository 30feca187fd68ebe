"""Grids of two and three motors, of any size and order: the lines found are the true ones."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.io.motors import ScanCommand, find_rocking

MOTORS = ("diffry", "chi", "samz")


def random_grid(rng):
    """Positions in random order, and the frames of each line of the fastest motor, diffry."""
    n_fast, n_slow, n_layers = rng.integers([6, 2, 1], [40, 12, 5])
    steps = rng.choice([-1, 1], 3) * 10 ** rng.uniform(-4, 0, 3)
    noise = rng.choice([0, 1e-6, 0.01, 0.03]), rng.choice([0, 1e-6, 0.01])
    zigzag, anew, unequal = rng.random(3) < 0.4
    points, lines = [], []
    for layer in range(n_layers):
        centres = rng.uniform(-0.4, 0.4, 2) * (n_fast, n_slow) * anew
        for row in range(n_slow):
            length = rng.integers(n_fast // 2, n_fast + 1) if unequal else n_fast
            fast = numpy.arange(length)[:: -1 if zigzag and len(lines) % 2 else 1]
            lines.append(sum(map(len, points)) + numpy.arange(length))
            slow = numpy.full(length, row + centres[1])
            points.append(numpy.c_[fast + centres[0], slow, numpy.full(length, layer)])
    points = numpy.concatenate(points)
    end = rng.integers(len(lines[0]) + 2, len(points) + 1) if rng.random() < 0.4 else len(points)
    points, lines = points[:end], [line[line < end] for line in lines if line[0] < end]
    scatter = rng.normal(size=points.shape) * (noise[0], noise[1], noise[1])
    points = (points + scatter) * steps
    positions = dict(zip(MOTORS, points.T, strict=True))
    positions["idle"] = 0.1 + 1e-4 * rng.normal(size=end)
    positions["flicker"] = 0.1 + 1e-4 * (rng.random(end) < 0.05)
    return {name: positions[name] for name in rng.permutation(list(positions))}, lines


@pytest.mark.parametrize("command", [None, ScanCommand(MOTORS, is_grid=True)])
@pytest.mark.parametrize("seed", range(150))
def test_random_grids(seed, command):
    positions, lines = random_grid(numpy.random.default_rng(seed))
    n_frames = positions["chi"].size
    rocking = find_rocking(positions, n_frames, command=command)
    assert rocking.motor == "diffry"
    found = [sorted(curve) for curve in rocking.curves] + [[frame] for frame in rocking.left_out]
    assert sorted(found) == [line.tolist() for line in lines]
    for curve in rocking.curves:
        assert numpy.all(numpy.diff(positions["diffry"][curve]) >= 0)
    numpy.testing.assert_array_equal(rocking.angles, positions["diffry"])


@pytest.mark.parametrize("shape", [(6, 5, 9), (12, 3, 4), (2, 7, 31), (3, 6, 5)])
def test_chi_mu_and_z(shape):
    z, chi, mu = (values.ravel() for values in numpy.mgrid[tuple(map(slice, shape))].astype(float))
    positions = {"chi": chi, "mu": mu, "z": z}
    grid = numpy.arange(z.size).reshape(shape)
    for axis, motor in enumerate(("z", "chi", "mu")):
        rocking = find_rocking(positions, z.size, motor=motor)
        expected = numpy.moveaxis(grid, axis, -1).reshape(-1, shape[axis])
        assert rocking.motor == motor
        assert sorted(map(list, rocking.curves)) == sorted(expected.tolist())
    assert find_rocking(positions, z.size).motor == "mu"


def test_layers_whose_ranges_do_not_meet():
    mu = numpy.concatenate([numpy.arange(20.0), 25 + numpy.arange(20.0)])
    rocking = find_rocking({"mu": mu, "z": numpy.repeat([0.0, 1.0], 20)}, 40)
    numpy.testing.assert_array_equal(rocking.curves, [range(20), range(20, 40)])


def test_a_slower_motor_cannot_rock_where_lines_are_centred_anew():
    starts = numpy.array([0.0, 0.37, 0.71, 1.18, 1.53])
    positions = {
        "mu": (starts[:, None] + numpy.arange(8)).ravel(), "chi": numpy.repeat(range(5), 8)
    }  # fmt: skip
    assert [len(curve) for curve in find_rocking(positions, 40).curves] == [8] * 5
    with pytest.raises(DarfixWBError, match=r"other motors \(mu\) must come back.*Choose 'mu'"):
        find_rocking(positions, 40, motor="chi")
