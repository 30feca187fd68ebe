"""The command ``darfix-wb simulate``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..io.output import check_output
from ..io.output_names import HDF5_SUFFIXES
from ..progress import progress_bar
from ..simulation import (
    LayerSeries,
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
from ..unused_options import check_at_least, refuse_unused

ANY = "any"
"""Value of --material that draws one at random."""


class _Option(NamedTuple):
    group: str
    name: str
    help: str
    kind: type = float
    count: int | None = None

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-").removesuffix("-um")


_OPTIONS = (
    _Option("scan", "shape", "rows and columns of a frame, in pixels", int, 2),
    _Option("scan", "steps", "number of frames in the rocking curve", int),
    _Option("scan", "step_deg", "angle between two frames, in degrees"),
    _Option(
        "scan",
        "peak_offset_deg",
        "distance of the crystal's peak from the centre of the scan, in degrees",
    ),
    _Option("scan", "intensity_drift", "relative change of the beam's intensity over the scan"),
    _Option("scan", "drift_px", "largest shift of the image during the scan, in pixels"),
    _Option("scan", "seed", "seed of the noise, sensor, beam profile and drifts", int),
    _Option("sample", "crystal_seed", "seed of the crystal", int),
    _Option("sample", "layer_z_um", "height of the layer in the crystal, in um"),
    _Option("sample", "depth_um", "largest height of a layer, up or down, in um"),
    _Option(
        "sample",
        "material",
        f"{', '.join(MATERIALS)} or diamond; with --random also {ANY}, for one drawn at random",
        str,
    ),
    _Option(
        "sample",
        "reflection",
        "Miller indices of the reflection; h, k and l of h k i l where the crystal is hexagonal",
        int,
        3,
    ),
    _Option(
        "sample", "azimuth_deg", "rotation of the crystal about the diffraction vector, in degrees"
    ),
    _Option("sample", "dislocation_density_per_um2", "isolated dislocations per um2 of the layer"),
    _Option(
        "sample",
        "in_layer_fraction",
        "fraction of the isolated dislocations that lie nearly in the layer",
    ),
    _Option(
        "sample",
        "curved_density_per_um2",
        "curved dislocations, loops among them, per um2 of the layer",
    ),
    _Option("sample", "loop_fraction", "fraction of curved dislocations that close"),
    _Option(
        "sample",
        "junction_density_per_um3",
        "nodes at which two curved dislocations run on as one, per um3",
    ),
    _Option("sample", "bend_radius_um", "least radius of curved dislocations, in um"),
    _Option("sample", "subgrain_um", "mean size of sub-grains, in um"),
    _Option(
        "sample", "boundary_misorientation_urad", "median misorientation across boundaries, in urad"
    ),
    _Option(
        "sample", "curvature_urad_per_um", "orientation gradient of a bent crystal, in urad per um"
    ),
    _Option("sample", "tilt_urad", "root mean square of the smooth tilt, in urad"),
    _Option("sample", "tilt_wavelength_um", "wavelength of the smooth tilt, in um"),
    _Option("sample", "mosaic_um", "mean size of mosaic blocks, in um; 0 for none"),
    _Option("sample", "mosaic_urad", "root mean square tilt of mosaic blocks, in urad"),
    _Option(
        "sample", "upstream_um", "length of crystal before the field of view, along the beam, in um"
    ),
    _Option(
        "sample", "exit_um", "length of crystal above the layer, along the diffracted beam, in um"
    ),
    _Option("beam", "energy_kev", "photon energy, in keV"),
    _Option(
        "beam", "divergence_urad", "divergence of the beam (full width at half maximum), in urad"
    ),
    _Option("beam", "stripe_contrast", "relative standard deviation of the stripes in the beam"),
    _Option(
        "beam",
        "profile_width",
        "width of the line beam (full width at half maximum), in frame widths",
    ),
    _Option("optics", "pixel_um", "effective pixel size in the object plane, in um"),
    _Option("optics", "psf_px", "standard deviation of the point spread function, in pixels"),
    _Option(
        "optics", "margins", "unlit fractions of the frame: top, bottom, left, right", float, 4
    ),
    _Option("optics", "vignetting", "fraction of the light lost in the corners"),
    _Option("optics", "haze_adu_per_s", "diffuse background, in ADU per second"),
    _Option("optics", "stray_fraction", "fraction of the light that is scattered far away"),
    _Option("detector", "exposure_s", "exposure time of a frame, in seconds"),
    _Option("detector", "strong_adu_per_s", "median signal of the strong beam, in ADU per second"),
    _Option("detector", "noise_scale", "factor on the dark noise"),
    _Option("detector", "row_banding_adu", "standard deviation of the row banding, in ADU"),
    _Option("grid", "row_px", "pixel rows per cell of the solver: 1, 2 or 4", int),
    _Option("grid", "column_px", "pixel columns per cell of the solver: 1, 2 or 4", int),
    _Option("grid", "layer_cell_um", "size of a solver cell inside the layer, in um"),
    _Option("grid", "exit_cell_um", "size of a solver cell above the layer, in um"),
)


_METAVARS = {int: "N", float: "X", str: "NAME"}


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command; those left out keep their defaults."""
    defaults = SimulationParameters().to_dict()
    for option in _OPTIONS:
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
        help="choose the exposure time of each frame, from --exposure-s to ten times as much",
    )
    parser.add_argument(
        "--random",
        type=int,
        metavar="SEED",
        help="draw all parameters at random with this seed, except those that other options give; "
        "aluminium unless --material is given",
    )
    _add_layers(parser)
    parser.add_argument("--output", required=True, type=Path, help="HDF5 file to write")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing output file")


def _add_layers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--layers",
        type=int,
        metavar="N",
        help="simulate a volume: N layers of the crystal in one file, about --layer-z",
    )
    parser.add_argument(
        "--layer-step-um", type=float, metavar="X", help="distance between layers (default: 1)"
    )
    parser.add_argument(
        "--layer-jitter-um",
        type=float,
        metavar="X",
        help="standard deviation of the shift of each layer, along rows and columns (default: 0)",
    )
    parser.add_argument(
        "--layer-drift-um",
        type=float,
        nargs=2,
        metavar="X",
        help="shift of the image from layer to layer, along rows and columns (default: 0 0)",
    )


def series_from(arguments: argparse.Namespace) -> LayerSeries | None:
    """Return the layers that the parsed options describe; None for a single scan.

    Raises
    ------
    DarfixWBError
        Where a value is out of its range, or options of layers come without --layers.
    """
    names = ("step_um", "jitter_um", "drift_um")
    given = {name: getattr(arguments, f"layer_{name}") for name in names}
    given = {name: value for name, value in given.items() if value is not None}
    if arguments.layers is None:
        flags = [f"--layer-{name.replace('_', '-')}" for name in given]
        refuse_unused(flags, "without --layers")
        return None
    return LayerSeries(arguments.layers, **given)


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
    for option in _OPTIONS:
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
    print(f"{path}: {count}")
    return 0
