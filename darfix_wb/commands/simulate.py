"""The command ``darfix-wb simulate``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..io.output import check_output
from ..progress import progress_bar
from ..simulation import SimulationParameters, random_parameters, simulate_scan, write_scan


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
    _Option("scan", "shape", "rows and columns of a frame", int, 2),
    _Option("scan", "steps", "frames of the rocking curve", int),
    _Option("scan", "step_deg", "degrees between two frames"),
    _Option("scan", "peak_offset_deg", "peak of the crystal from the centre of the scan"),
    _Option("scan", "intensity_drift", "relative change of the beam over the scan"),
    _Option("scan", "drift_px", "shift of the image over the scan"),
    _Option("scan", "seed", "seed of noise, sensor, beam profile and drifts", int),
    _Option("sample", "crystal_seed", "seed of the crystal", int),
    _Option("sample", "layer_z_um", "height of the layer in the crystal, um"),
    _Option("sample", "depth_um", "layers go from -depth to +depth, um"),
    _Option("sample", "reflection", "Miller indices", int, 3),
    _Option("sample", "azimuth_deg", "rotation of the crystal about the diffraction vector"),
    _Option("sample", "dislocation_density_per_um2", "lone dislocations"),
    _Option("sample", "in_layer_fraction", "part of them that lies nearly in the layer"),
    _Option("sample", "subgrain_um", "mean size of sub-grains, um"),
    _Option("sample", "boundary_misorientation_urad", "median misorientation of boundaries"),
    _Option("sample", "curvature_urad_per_um", "orientation gradient of a bent crystal"),
    _Option("sample", "tilt_urad", "root mean square of the long-wave tilt"),
    _Option("sample", "tilt_wavelength_um", "wavelength of that tilt, um"),
    _Option("sample", "upstream_um", "crystal before the field of view, um"),
    _Option("sample", "exit_um", "crystal above the layer along the diffracted beam, um"),
    _Option("beam", "energy_kev", "photon energy"),
    _Option("beam", "divergence_urad", "divergence, full width at half maximum"),
    _Option("beam", "stripe_contrast", "relative standard deviation of beam stripes"),
    _Option("beam", "profile_width", "width of the line beam in frame widths"),
    _Option("optics", "pixel_um", "effective pixel size, um (magnification)"),
    _Option("optics", "psf_px", "standard deviation of the point spread"),
    _Option("optics", "margins", "unlit parts of the frame: top bottom left right", float, 4),
    _Option("optics", "vignetting", "part of the light lost in the corners"),
    _Option("optics", "haze_adu_per_s", "diffuse ground"),
    _Option("optics", "stray_fraction", "part of the light scattered far away"),
    _Option("detector", "exposure_s", "exposure of a frame"),
    _Option("detector", "strong_adu_per_s", "median signal of the strong beam"),
    _Option("detector", "noise_scale", "factor on the dark noise"),
    _Option("detector", "row_banding_adu", "standard deviation of row banding"),
    _Option("grid", "row_px", "rows of a cell of the solver, 1, 2 or 4", int),
    _Option("grid", "column_px", "columns of a cell of the solver, 1, 2 or 4", int),
    _Option("grid", "layer_cell_um", "cell of the solver inside the layer, um"),
    _Option("grid", "exit_cell_um", "cell of the solver above the layer, um"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command; those left out keep their defaults."""
    defaults = SimulationParameters().to_dict()
    for option in _OPTIONS:
        default = defaults[option.group][option.name]
        shown = " ".join(f"{v:g}" for v in default) if option.count else f"{default:g}"
        parser.add_argument(
            option.flag,
            dest=option.name,
            type=option.kind,
            nargs=option.count,
            metavar="N" if option.kind is int else "X",
            help=f"{option.help} (default: {shown})",
        )
    parser.add_argument(
        "--auto-exposure",
        action="store_true",
        default=None,
        help="choose the exposure anew for every frame",
    )
    parser.add_argument(
        "--random",
        type=int,
        metavar="SEED",
        help="draw all parameters at random; other options given here overrule the draw",
    )
    parser.add_argument("--output", required=True, type=Path, help="HDF5 file to write")
    parser.add_argument("--overwrite", action="store_true", help="replace the output file")


def parameters_from(arguments: argparse.Namespace) -> SimulationParameters:
    """Return the parameters that the parsed options describe.

    Raises
    ------
    DarfixWBError
        Where a value is out of its range.
    """
    values = SimulationParameters().to_dict()
    if arguments.random is not None:
        shape = tuple(arguments.shape or values["scan"]["shape"])
        rng = np.random.default_rng(arguments.random)
        values = random_parameters(rng, shape=shape).to_dict()
    for option in _OPTIONS:
        given = getattr(arguments, option.name)
        if given is not None:
            values[option.group][option.name] = tuple(given) if option.count else given
    if arguments.auto_exposure is not None:
        values["detector"]["auto_exposure"] = arguments.auto_exposure
    return SimulationParameters.from_dict(values)


def run(arguments: argparse.Namespace) -> int:
    """Simulate a scan and write it, with a progress bar.

    Returns
    -------
    int
        0, the exit status.

    Raises
    ------
    DarfixWBError
        Where an option is out of its range or the output exists.
    """
    parameters = parameters_from(arguments)
    path = check_output(arguments.output, overwrite=arguments.overwrite)
    with progress_bar("Simulating") as monitor:
        scan = simulate_scan(parameters, monitor=monitor)
    write_scan(path, scan, overwrite=arguments.overwrite)
    print(f"{path}: {len(scan.frames)} frames of {' x '.join(map(str, scan.frames.shape[1:]))} px")
    return 0
