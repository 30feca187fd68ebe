"""The options of ``darfix-wb simulate``: parameters of the simulation, and those of volumes."""

from __future__ import annotations

import argparse
from typing import NamedTuple

from ..simulation import LayerSeries
from ..simulation.materials import MATERIALS
from ..unused_options import refuse_unused

ANY = "any"
"""Value of --material that draws one at random."""


class Option(NamedTuple):
    """An option that is a parameter: its group, name, help, type, and how many values it takes."""

    group: str
    name: str
    help: str
    kind: type = float
    count: int | None = None

    @property
    def flag(self) -> str:
        """What the user writes."""
        return "--" + self.name.replace("_", "-").removesuffix("-um")


OPTIONS = (
    Option("scan", "shape", "rows and columns of a frame, in pixels", int, 2),
    Option("scan", "steps", "number of frames in the rocking curve", int),
    Option("scan", "step_deg", "angle between two frames, in degrees"),
    Option(
        "scan",
        "peak_offset_deg",
        "distance of the crystal's peak from the centre of the scan, in degrees",
    ),
    Option("scan", "intensity_drift", "relative change of the beam's intensity over the scan"),
    Option("scan", "drift_px", "largest shift of the image during the scan, in pixels"),
    Option("scan", "seed", "seed of the noise, sensor, beam profile and drifts", int),
    Option("sample", "crystal_seed", "seed of the crystal", int),
    Option("sample", "layer_z_um", "height of the layer in the crystal, in um"),
    Option("sample", "depth_um", "largest height of a layer, above or below 0, in um"),
    Option(
        "sample",
        "material",
        f"{', '.join(MATERIALS)} or diamond; with --random also {ANY}, for one drawn at random",
        str,
    ),
    Option(
        "sample",
        "reflection",
        "Miller indices of the reflection; h, k and l of h k i l where the crystal is hexagonal",
        int,
        3,
    ),
    Option(
        "sample", "azimuth_deg", "rotation of the crystal about the diffraction vector, in degrees"
    ),
    Option(
        "sample",
        "dislocation_density_per_um2",
        "number of isolated dislocations per um2 of the layer",
    ),
    Option(
        "sample",
        "in_layer_fraction",
        "fraction of the isolated dislocations that lie nearly in the layer",
    ),
    Option(
        "sample",
        "curved_density_per_um2",
        "number of curved dislocations, loops included, per um2 of the layer",
    ),
    Option("sample", "loop_fraction", "fraction of the curved dislocations that are closed loops"),
    Option(
        "sample",
        "junction_density_per_um3",
        "number of nodes at which two curved dislocations join into one, per um3",
    ),
    Option(
        "sample", "bend_radius_um", "smallest radius of curvature of curved dislocations, in um"
    ),
    Option("sample", "subgrain_um", "mean size of sub-grains, in um"),
    Option(
        "sample", "boundary_misorientation_urad", "median misorientation across boundaries, in urad"
    ),
    Option(
        "sample", "curvature_urad_per_um", "orientation gradient of a bent crystal, in urad per um"
    ),
    Option("sample", "tilt_urad", "root mean square of the smooth tilt, in urad"),
    Option("sample", "tilt_wavelength_um", "wavelength of the smooth tilt, in um"),
    Option("sample", "mosaic_um", "mean size of mosaic blocks, in um; 0 for none"),
    Option("sample", "mosaic_urad", "root mean square tilt of mosaic blocks, in urad"),
    Option(
        "sample", "upstream_um", "length of crystal before the field of view, along the beam, in um"
    ),
    Option(
        "sample", "exit_um", "length of crystal above the layer, along the diffracted beam, in um"
    ),
    Option("beam", "energy_kev", "photon energy, in keV"),
    Option(
        "beam", "divergence_urad", "divergence of the beam (full width at half maximum), in urad"
    ),
    Option("beam", "stripe_contrast", "relative standard deviation of the stripes in the beam"),
    Option(
        "beam",
        "profile_width",
        "width of the line beam (full width at half maximum), in frame widths",
    ),
    Option("optics", "pixel_um", "effective pixel size in the object plane, in um"),
    Option("optics", "psf_px", "standard deviation of the point spread function, in pixels"),
    Option(
        "optics",
        "margins",
        "unlit fractions of the frame at the top, bottom, left and right",
        float,
        4,
    ),
    Option("optics", "vignetting", "fraction of the light lost in the corners"),
    Option("optics", "haze_adu_per_s", "diffuse background, in ADU per second"),
    Option("optics", "stray_fraction", "fraction of the light that is scattered far away"),
    Option("detector", "exposure_s", "exposure time of a frame, in seconds"),
    Option("detector", "strong_adu_per_s", "median signal of the strong beam, in ADU per second"),
    Option("detector", "noise_scale", "factor by which the dark noise is multiplied"),
    Option("detector", "row_banding_adu", "standard deviation of the row banding, in ADU"),
    Option("grid", "row_px", "pixel rows per cell of the solver: 1, 2 or 4", int),
    Option("grid", "column_px", "pixel columns per cell of the solver: 1, 2 or 4", int),
    Option("grid", "layer_cell_um", "size of a solver cell inside the layer, in um"),
    Option("grid", "exit_cell_um", "size of a solver cell above the layer, in um"),
)


def add_layers(parser: argparse.ArgumentParser) -> None:
    """Add the options of a volume."""
    parser.add_argument(
        "--layers",
        type=int,
        metavar="N",
        help="number of layers of a volume, simulated about --layer-z into one file (default: "
        "none, a single scan)",
    )
    parser.add_argument(
        "--layer-step-um",
        type=float,
        metavar="X",
        help="distance between layers, in um (default: 1)",
    )
    parser.add_argument(
        "--layer-jitter-um",
        type=float,
        metavar="X",
        help="standard deviation of the shift of each layer, along rows and columns, in um "
        "(default: 0)",
    )
    parser.add_argument(
        "--layer-drift-um",
        type=float,
        nargs=2,
        metavar="X",
        help="shift of the image from layer to layer, along rows and columns, in um (default: 0 0)",
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
