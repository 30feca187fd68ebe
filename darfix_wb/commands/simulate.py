"""The command ``darfix-wb simulate``."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from ..io.output import check_output
from ..io.output_names import HDF5_SUFFIXES
from ..progress import progress_bar
from ..simulation import (
    SimulationParameters,
    random_material_parameters,
    random_parameters,
    simulate_scan,
    simulate_volume,
    write_scan,
)
from ..simulation.geometry import make_geometry
from ..simulation.materials import MATERIALS
from ..simulation.optics import thickness_warning
from ..unused_options import check_at_least
from .ending import free_name, print_ending
from .simulate_options import ANY, OPTIONS, add_layers, series_from

EXAMPLES = (
    "darfix-wb simulate --output scan.h5",
    "darfix-wb simulate --shape 256 256 --layers 8 --layer-step-um 0.5 --output layers.h5",
)

_METAVARS = {int: "N", float: "X", str: "NAME"}


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command; those left out keep their defaults."""
    defaults = SimulationParameters().to_dict()
    for option in OPTIONS:
        default = defaults[option.group][option.name]
        shown = " ".join(map(_shown, default)) if option.count else _shown(default)
        parser.add_argument(
            option.flag,
            dest=option.name,
            type=option.kind,
            nargs=option.count,
            metavar=_METAVARS[option.kind],
            help=f"{option.help} (default: {shown})",
        )
    parser.add_argument(
        "--auto-exposure",
        action="store_true",
        default=None,
        help="choose the exposure time of each frame, between --exposure-s and ten times that",
    )
    parser.add_argument(
        "--random",
        type=int,
        metavar="SEED",
        help="seed with which all parameters are drawn at random, except those that other options "
        "give; the crystal is aluminium unless --material is given (default: nothing is drawn)",
    )
    add_layers(parser)
    parser.add_argument("--output", required=True, type=Path, help="HDF5 file to write")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing output file")


def parameters_from(arguments: argparse.Namespace) -> SimulationParameters:
    """Return the parameters that the parsed options describe.

    Raises
    ------
    DarfixWBError
        Where a value is out of its range.
    """
    check_at_least({"--random": arguments.random}, 0)
    values = SimulationParameters().to_dict()
    if arguments.random is not None:
        shape = tuple(arguments.shape or values["scan"]["shape"])
        values = _drawn(arguments.random, shape, arguments.material).to_dict()
    for option in OPTIONS:
        given = getattr(arguments, option.name)
        if given is not None and not (given == ANY and arguments.random is not None):
            values[option.group][option.name] = tuple(given) if option.count else given
    if arguments.auto_exposure is not None:
        values["detector"]["auto_exposure"] = arguments.auto_exposure
    return SimulationParameters.from_dict(values)


def _drawn(seed: int, shape: tuple[int, int], material: str | None) -> SimulationParameters:
    rng = np.random.default_rng(seed)
    if material is None:
        return random_parameters(rng, shape=shape)
    names = tuple(MATERIALS) if material == ANY else (material,)
    return random_material_parameters(rng, shape=shape, materials=names)


def run(arguments: argparse.Namespace) -> int:
    """Simulate a scan or a volume and write it, with a progress bar.

    Returns
    -------
    int
        0, the exit status.

    Raises
    ------
    DarfixWBError
        Where an option is out of its range or the output exists.
    """
    parameters, series = parameters_from(arguments), series_from(arguments)
    path = check_output(arguments.output, overwrite=arguments.overwrite, suffixes=HDF5_SUFFIXES)
    overwrite, scan = arguments.overwrite, parameters.scan
    count = f"{scan.steps} frames of {' x '.join(map(str, scan.shape))} px"
    with progress_bar("Simulating") as monitor:
        if series is None:
            write_scan(path, simulate_scan(parameters, monitor=monitor), overwrite=overwrite)
        else:
            simulate_volume(path, parameters, series, overwrite=overwrite, monitor=monitor)
            count = f"{series.n_layers} layers, {series.step_um:g} um apart, of {count}"
    warning = thickness_warning(parameters, make_geometry(parameters))
    if warning:
        print(warning)
    print(f"Simulated: {count}")
    print_ending(arguments.output, then=_next(arguments))
    return 0


def _next(arguments: argparse.Namespace) -> list[str | Path]:
    """A look at the scan, or the classification of the layers."""
    if arguments.layers is None:
        return ["darfix-wb", "check", arguments.output]
    return ["darfix-wb", "volume", arguments.output, "--output", free_name("volume.h5")]
