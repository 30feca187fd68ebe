"""The samples of the suites: simulated, and unlike any that a training uses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy

from ..errors import DarfixWBError
from ..simulation import (
    MATERIALS,
    SimulationParameters,
    TruthMaps,
    random_material_parameters,
    random_parameters,
    read_truth,
    simulate_scan,
    write_scan,
)
from ..simulation.shown_lines import line_truth

SHAPE = (384, 512)
FIRST_SEED = 9_000
"""Crystals and noise of the suite; pretraining counts from a million on."""

HOME = ("home", "home-6um")
EXPOSURE = ("exposure", "exposure-walk")

SAMPLES: dict[str, dict] = {
    "home": {"sample": {"layer_z_um": 0.0}},
    "home-6um": {"sample": {"layer_z_um": 6.0}},
    "step-optic": {
        "sample": {"reflection": (2, 0, 0), "azimuth_deg": 63.0, "subgrain_um": 45.0},
        "scan": {"steps": 25, "step_deg": 0.0052, "peak_offset_deg": 0.012},
        "optics": {"pixel_um": 0.0315, "psf_px": 4.2},
    },
    "coarse-wide": {
        "sample": {"curvature_urad_per_um": 5.0, "tilt_urad": 80.0},
        "scan": {"steps": 17, "step_deg": 0.0095, "peak_offset_deg": -0.01},
        "beam": {"divergence_urad": 190.0, "profile_width": 0.9},
    },
    "faint-noisy": {
        "sample": {
            "reflection": (2, 2, 0),
            "azimuth_deg": 141.0,
            "dislocation_density_per_um2": 8e-3,
        },
        "detector": {"exposure_s": 0.25, "noise_scale": 1.7, "row_banding_adu": 2.0},
        "scan": {"intensity_drift": 0.2},
    },
    "small-pixels": {
        "sample": {"reflection": (3, 1, 1), "azimuth_deg": 210.0, "upstream_um": 25.0},
        "optics": {"pixel_um": 0.071, "vignetting": 0.6, "margins": (0.0, 0.1, 0.08, 0.0)},
        "detector": {"strong_adu_per_s": 2600.0, "gain_adu_per_photon": 0.7},
    },
    "fine-off-centre": {
        "sample": {"curvature_urad_per_um": -1.0, "subgrain_um": 22.0, "exit_um": 95.0},
        "scan": {"steps": 41, "step_deg": 0.0027, "peak_offset_deg": 0.03, "drift_px": 3.0},
        "beam": {"divergence_urad": 75.0, "stripe_contrast": 0.2},
        "optics": {"stray_fraction": 0.015, "haze_adu_per_s": 18.0},
    },
    "exposure": {
        "sample": {"azimuth_deg": 290.0},
        "detector": {"auto_exposure": True, "exposure_s": 0.4},
        "optics": {"vignetting": 0.6},
    },
    "exposure-walk": {
        "sample": {"reflection": (2, 0, 0), "azimuth_deg": 33.0},
        "scan": {"steps": 27, "step_deg": 0.005, "intensity_drift": 0.3},
        "detector": {"auto_exposure": True, "exposure_s": 0.2},
        "beam": {"profile_walk": 0.12, "profile_width": 0.9},
    },
}
"""Name, and what differs from the default simulation. Both layers of "home" are of one crystal;
every other sample is another crystal, and differs in two or more of reflection, step, optic, noise
and beam."""

HARDER = {f"harder-{index}": 9_000_000 + index for index in range(8)}
"""Seeds of `random_parameters`: crystals of aluminium that differ in all that it draws."""

OF_MATERIALS = {f"material-{name}": 9_100_000 + index for index, name in enumerate(MATERIALS)}
"""Seeds of `random_material_parameters`: one crystal of each material, of a kind that is drawn."""

OTHERS = tuple(name for name in SAMPLES if name not in (*HOME, *EXPOSURE))


def sample_parameters(name: str, *, shape: tuple[int, int] = SHAPE) -> SimulationParameters:
    """The parameters of a sample of a suite.

    Raises
    ------
    DarfixWBError
        If there is no such sample.
    """
    if name in HARDER:
        return random_parameters(numpy.random.default_rng(HARDER[name]), shape=shape)
    if name in OF_MATERIALS:
        rng, materials = numpy.random.default_rng(OF_MATERIALS[name]), (name.partition("-")[2],)
        return random_material_parameters(rng, shape=shape, materials=materials)
    if name not in SAMPLES:
        names = (*SAMPLES, *HARDER, *OF_MATERIALS)
        raise DarfixWBError(
            f"A sample of a suite must be one of {', '.join(names)}, got {name!r}. Choose one."
        )
    parameters = SimulationParameters.from_dict(SAMPLES[name])
    number = list(SAMPLES).index(name)
    crystal = FIRST_SEED + (0 if name in HOME else number)
    return replace(
        parameters,
        sample=replace(parameters.sample, crystal_seed=crystal),
        scan=replace(parameters.scan, shape=shape, seed=FIRST_SEED + 100 + number),
    )


def simulate_samples(
    folder: Path, names: tuple[str, ...], *, shape: tuple[int, int] = SHAPE
) -> Iterator[Path]:
    """The files of some samples, simulated unless an earlier run left the same.

    Files of versions that did not state which lines show are simulated anew.

    Parameters
    ----------
    folder : pathlib.Path
        Where they are kept.
    names : tuple of str
        Of `SAMPLES`, `HARDER` or `OF_MATERIALS`.
    shape : tuple of int
        Rows and columns of a frame.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        path, parameters = folder / f"{name}.h5", sample_parameters(name, shape=shape)
        if not (path.exists() and _is_of(read_truth(path), parameters)):
            write_scan(path, simulate_scan(parameters), overwrite=True)
        yield path


def _is_of(truth: TruthMaps, parameters: SimulationParameters) -> bool:
    """Whether a file is what would be simulated now."""
    return truth.parameters == parameters and line_truth(truth) is not None
