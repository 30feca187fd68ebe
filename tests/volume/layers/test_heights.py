"""Which motor moves from layer to layer, and where the layers lie."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.io.scan_urls import ScanUrl
from darfix_wb.volume.finding import find_layers
from darfix_wb.volume.found import FoundLayer
from darfix_wb.volume.heights import find_heights
from darfix_wb.volume.layer import Layer
from darfix_wb.volume.spacing import fill_in, in_micrometres, spacing_warnings


def layers(**motors):
    """Found layers with these positions; a pair of arrays also has the range within each."""
    columns = {
        name: values if isinstance(values, tuple) else (values, numpy.zeros(len(values)))
        for name, values in motors.items()
    }
    count = len(next(iter(columns.values()))[0])
    return [
        FoundLayer(
            ScanUrl(f"layer_{index}.h5"),
            "1.1",
            str(index),
            (7, 16, 20),
            standing={
                name: (float(mean[index]), float(wander[index]))
                for name, (mean, wander) in columns.items()
            },
        )
        for index in range(count)
    ]


STEPS = numpy.arange(10.0)


@pytest.mark.parametrize("seed", range(10))
def test_the_motor_called_as_heights_are(seed):
    rng = numpy.random.default_rng(seed)
    jitter = rng.normal(0, 1e-4, (3, 10))
    sign = rng.choice([-1, 1])
    rocking = (rng.normal(5, 0.01, 10), numpy.full(10, 0.12))
    found = find_heights(
        layers(
            samz=sign * STEPS * 1e-3 + 0.02 * jitter[0],
            samy=0.3 * STEPS + jitter[1],
            difftz=3 + jitter[2],
            phi=rocking,
            diffrz=STEPS,
            omega=numpy.full(10, 4.0),
        ),
        None,
    )
    assert found.motor == "samz"
    numpy.testing.assert_allclose(found.values, sign * STEPS * 1e-3, atol=1e-5)
    assert found.warnings == ()


def test_a_motor_and_its_other_readings_are_one():
    found = find_heights(layers(samz=STEPS, difftz=-1000 * STEPS + 3), None)
    assert found.motor == "samz"


@pytest.mark.parametrize(
    "motors",
    [
        {"samz": STEPS, "difftz": STEPS**2},
        {"samx": STEPS, "samy": 2 * STEPS},
        {"samz": numpy.random.default_rng(1).permutation(10), "samy": STEPS},
        {"odd": STEPS**3},
        {"odd": STEPS[:2]},
    ],
)
def test_no_guess(motors):
    found = find_heights(layers(**motors), None)
    assert found.motor == ""
    assert set(found.values) == {None}
    assert all(name in found.warnings[0] for name in motors)
    named = find_heights(layers(**motors), next(iter(motors)))
    assert named.values == pytest.approx(list(next(iter(motors.values()))))


def test_the_only_motor_that_moves_evenly():
    assert find_heights(layers(lift=STEPS, mu=numpy.ones(10)), None).motor == "lift"


def test_a_repeated_scan_does_not_hide_the_motor():
    values = numpy.array([0, 1, 2, 2, 3, 4, 5]) + numpy.array([0, 0, 0, -0.02, 0, 0, 0])
    assert find_heights(layers(samz=values), None).motor == "samz"


def test_a_named_motor_must_tell():
    found = layers(samz=STEPS, mu=numpy.ones(10), phi=(STEPS, numpy.full(10, 3.0)))
    for motor in ("mu", "phi"):
        with pytest.raises(DarfixWBError, match=f"{motor} does not. Motors that do: samz"):
            find_heights(found, motor)
    with pytest.raises(DarfixWBError, match=r"is in 0 of 10\. Motors that do: samz"):
        find_heights(found, "samzz")


def test_one_layer_has_no_height_unless_it_is_named():
    assert find_heights(layers(samz=STEPS[3:4]), None).values == [None]
    assert find_heights(layers(samz=STEPS[3:4]), None).warnings == ()
    assert find_heights(layers(samz=STEPS[3:4]), "samz").values == [3.0]


@pytest.mark.parametrize("seed", range(20))
def test_a_missing_layer_is_put_where_it_was(seed):
    rng = numpy.random.default_rng(seed)
    positions = rng.normal() + rng.choice([-0.5, 2.0]) * numpy.arange(12)
    gaps = rng.choice(numpy.arange(1, 11), 3, replace=False)
    given = [None if index in gaps else float(z) for index, z in enumerate(positions)]
    assert fill_in(given) == pytest.approx(list(positions))


def test_a_missing_layer_among_uneven_ones_is_left():
    assert fill_in([0.0, 1.0, None, 7.0, 8.0]) == [0.0, 1.0, None, 7.0, 8.0]


def test_units():
    assert in_micrometres([1.0, None], "\u00b5m") == ([1.0, None], "um")
    assert in_micrometres([2.0], "mm") == ([2000.0], "um")
    assert in_micrometres([2.0], "degree") == ([2.0], "degree")
    assert in_micrometres([2.0], "") == ([2.0], "")


def test_what_is_odd_about_distances():
    def sentences(*positions):
        named = [Layer(f"u{z}", f"layer {index}", z) for index, z in enumerate(positions)]
        return " ".join(spacing_warnings(named, "um"))

    assert sentences(0.0, 1.0, 2.0, 3.0) == ""
    assert sentences(None, None) == ""
    assert "1 pair of layers at one position: layer 1 and layer 2" in sentences(0, 1, 1.001, 2, 3)
    assert "is 1 um and differs in 1 place: 3 between layer 2 and layer 3" in sentences(
        0, 1, 2, 5, 6
    )


def test_repeated_and_missing_layers_of_files_are_told(write_layer, tmp_path):
    for number, height in enumerate((0, 1, 2, 2, 3, 5, 6)):
        write_layer(f"layer_{number}.h5", samz=0.001 * height)
    found = find_layers(tmp_path / "layer_*.h5")
    assert [round(one.position, 6) for one in found.layers] == [0, 1, 2, 2, 3, 5, 6]
    assert "layer_2.h5 1.1 and layer_3.h5 1.1" in found.warnings[0]
    assert "2 between layer_4.h5 1.1 and layer_5.h5 1.1" in found.warnings[1]


def test_of_two_layers_a_motor_that_jitters_is_none():
    found = find_heights(layers(samz=numpy.array([0, 1e-5]), difftz=numpy.array([0, 0.002])), None)
    assert found.motor == "difftz"


def test_a_height_that_one_layer_lacks(write_layer, tmp_path):
    for number in range(5):
        motors = {} if number == 2 else {"samz": 0.001 * number}
        write_layer(f"layer_{number}.h5", **motors)
    for z_motor in (None, "samz"):
        found = find_layers(tmp_path / "layer_*.h5", z_motor=z_motor)
        assert [round(one.position, 6) for one in found.layers] == [0, 1, 2, 3, 4]
        assert "samz was not recorded in 1 layer: " in found.warnings[0]
        assert "layer_2.h5 1.1" in found.warnings[0]
    with pytest.raises(DarfixWBError, match=r"samx must be recorded in most .* in 0 of 5\."):
        find_layers(tmp_path / "layer_*.h5", z_motor="samx")
