"""Parameters and the command: good values arrive, bad ones end in one sentence."""

import argparse
import dataclasses
import json

import numpy as np
import pytest

from darfix_wb.commands.simulate import add_arguments, parameters_from, run
from darfix_wb.errors import DarfixWBError
from darfix_wb.simulation import (
    SampleParameters,
    ScanParameters,
    SimulationParameters,
    random_material_parameters,
    random_parameters,
    read_truth,
)
from darfix_wb.simulation.geometry import make_geometry
from darfix_wb.simulation.materials import MATERIALS
from darfix_wb.simulation.optics import thickness_warning


def parse(*words):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args([*words, "--output", "scan.h5"])


def test_defaults_are_those_of_the_parameters():
    assert parameters_from(parse()) == SimulationParameters()


def test_options_arrive():
    words = "--shape 64 80 --steps 7 --seed 3 --crystal-seed 4 --layer-z 1.5 --reflection 2 0 0"
    words += " --step-deg 0.002 --margins 0 0 0.1 0 --auto-exposure"
    parameters = parameters_from(parse(*words.split()))
    assert parameters.scan == ScanParameters(shape=(64, 80), steps=7, seed=3, step_deg=0.002)
    assert parameters.sample == SampleParameters(
        reflection=(2, 0, 0), crystal_seed=4, layer_z_um=1.5
    )
    assert parameters.optics.margins == (0, 0, 0.1, 0)
    assert parameters.detector.auto_exposure


def test_random_draw_with_one_value_held():
    parameters = parameters_from(parse("--random", "5", "--divergence-urad", "99"))
    assert parameters.beam.divergence_urad == 99
    assert parameters.sample.curvature_urad_per_um != SampleParameters().curvature_urad_per_um


def test_material_arrives():
    words = "--material GaN --reflection 0 0 2 --mosaic 12 --mosaic-urad 300"
    sample = parameters_from(parse(*words.split())).sample
    assert sample == SampleParameters(
        material="GaN", reflection=(0, 0, 2), mosaic_um=12, mosaic_urad=300
    )


def test_random_draw_of_a_material():
    for name in ("Si", "any"):
        found = parameters_from(parse("--random", "5", "--material", name, "--steps", "9"))
        materials = ("Si",) if name == "Si" else tuple(MATERIALS)
        rng = np.random.default_rng(5)
        drawn = random_material_parameters(rng, materials=materials)
        assert found == dataclasses.replace(drawn, scan=dataclasses.replace(drawn.scan, steps=9))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--material any", "material must be one of Al, Cu"),
        ("--random 1 --material Pb", "material must be one of Al, Cu"),
        ("--material Si --reflection 2 2 2", "sum that is a multiple of 4"),
    ],
)
def test_materials_that_do_not_exist_are_named(words, message):
    with pytest.raises(DarfixWBError, match=message):
        parameters_from(parse(*words.split()))


def test_command_writes_a_scan(tmp_path, capsys):
    words = "--shape 32 32 --steps 2 --upstream 0 --exit 4 --row-px 4"
    arguments = parse(*words.split())
    arguments.output = tmp_path / "scan.h5"
    assert run(arguments) == 0
    assert "2 frames of 32 x 32 px" in capsys.readouterr().out
    assert read_truth(arguments.output).parameters.sample.exit_um == 4
    with pytest.raises(DarfixWBError, match="must be a new file"):
        run(arguments)


def test_thick_crystals_are_warned_of(tmp_path, capsys):
    words = "--shape 32 32 --steps 2 --upstream 30 --exit 10 --row-px 4 --material Cu"
    arguments = parse(*words.split())
    arguments.output = tmp_path / "copper.h5"
    assert run(arguments) == 0
    printed = capsys.readouterr().out
    assert "44 um of copper, which takes away a factor e^2.1" in printed
    thin = SimulationParameters()
    assert thickness_warning(thin, make_geometry(thin)) is None


def test_parameters_survive_json():
    parameters = random_parameters(np.random.default_rng(8))
    assert (
        SimulationParameters.from_dict(json.loads(json.dumps(parameters.to_dict()))) == parameters
    )


@pytest.mark.parametrize(
    ("group", "values", "message"),
    [
        ("sample", {"reflection": (1, 2, 3)}, "all odd or all even"),
        ("sample", {"layer_z_um": 30.0}, "layer_z_um must be a number from -20 to 20, got 30"),
        ("scan", {"shape": (512,)}, "two integers"),
        ("scan", {"steps": 0}, "steps must be an integer from 1"),
        ("scan", {"step_deg": float("nan")}, "step_deg must be a number"),
        ("optics", {"margins": (0.5, 0.5, 0, 0)}, "below 0.9 together"),
        ("grid", {"row_px": 3}, "row_px must be 1, 2 or 4 px, got 3"),
        ("beam", {"divergency": 3}, "beam has the parameters"),
        ("camera", {}, "parameter groups are"),
    ],
)
def test_bad_values_are_named(group, values, message):
    with pytest.raises(DarfixWBError, match=message):
        SimulationParameters.from_dict({group: values})


def test_reflection_out_of_reach():
    parameters = SimulationParameters(sample=SampleParameters(reflection=(9, 9, 9)))
    with pytest.raises(DarfixWBError, match="Bragg angle must be below 36 degrees"):
        make_geometry(parameters)
