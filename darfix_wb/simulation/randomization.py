"""Parameters drawn at random, so that a model learns what all samples have in common."""

from __future__ import annotations

import numpy as np

from .parameters import (
    BeamParameters,
    DetectorParameters,
    OpticsParameters,
    SampleParameters,
    ScanParameters,
    SimulationParameters,
)

_REFLECTIONS = ((1, 1, 1), (1, 1, 1), (2, 0, 0), (2, 2, 0), (3, 1, 1), (2, 2, 2))
_STEP_DEG = 0.004
_STEPS = (9, 45)


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _sometimes(rng: np.random.Generator, share: float, high: float) -> float:
    """A value up to `high` in a share of the draws, else 0."""
    return float(rng.uniform(0, high)) if rng.random() < share else 0.0


def draw_seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))


def draw_sample(rng: np.random.Generator) -> SampleParameters:
    tilt, density = log_uniform(rng, 10, 220), log_uniform(rng, 0.001, 0.015)
    depth = 20.0
    return SampleParameters(
        reflection=_REFLECTIONS[rng.integers(len(_REFLECTIONS))],
        azimuth_deg=float(rng.uniform(0, 360)),
        dislocation_density_per_um2=density,
        in_layer_fraction=float(rng.uniform(0.1, 0.6)),
        subgrain_um=log_uniform(rng, 15, 90),
        boundary_misorientation_urad=log_uniform(rng, 20, 160),
        curvature_urad_per_um=float(rng.choice([-1, 1])) * log_uniform(rng, 0.2, 9),
        tilt_urad=tilt,
        tilt_wavelength_um=float(rng.uniform(40, 120)),
        upstream_um=float(rng.uniform(10, 120)),
        exit_um=float(rng.uniform(15, 120)),
        depth_um=depth,
        crystal_seed=draw_seed(rng),
        layer_z_um=float(rng.uniform(-depth, depth)),
    )


def draw_beam(rng: np.random.Generator) -> BeamParameters:
    return BeamParameters(
        energy_kev=float(rng.choice([17.0, rng.uniform(14, 24)])),
        divergence_urad=log_uniform(rng, 60, 280),
        stripe_contrast=float(rng.uniform(0, 0.25)),
        profile_width=log_uniform(rng, 0.6, 3),
        profile_walk=_sometimes(rng, 0.3, 0.15),
    )


def draw_optics(rng: np.random.Generator) -> OpticsParameters:
    margins = np.where(rng.random(4) < 0.25, rng.uniform(0.03, 0.25, 4), 0.0)
    return OpticsParameters(
        pixel_um=0.0444 * log_uniform(rng, 0.5, 2),
        psf_px=log_uniform(rng, 1, 6),
        margins=tuple(float(value) for value in margins),
        vignetting=float(rng.uniform(0, 0.7)),
        haze_adu_per_s=log_uniform(rng, 0.5, 25),
        stray_fraction=float(rng.uniform(0, 0.02)),
    )


def draw_detector(rng: np.random.Generator) -> DetectorParameters:
    return DetectorParameters(
        exposure_s=log_uniform(rng, 0.1, 3),
        strong_adu_per_s=log_uniform(rng, 200, 4000),
        gain_adu_per_photon=log_uniform(rng, 0.4, 5),
        offset_adu=float(rng.uniform(50, 200)),
        noise_scale=log_uniform(rng, 0.4, 2.5),
        fixed_pattern_adu=float(rng.uniform(0, 4)),
        edge_glow_adu=float(rng.choice([0.0, rng.uniform(0, 45)])),
        row_banding_adu=_sometimes(rng, 0.5, 3.0),
        auto_exposure=bool(rng.random() < 0.33),
    )


def draw_scan(rng: np.random.Generator, shape: tuple[int, int]) -> ScanParameters:
    step = _STEP_DEG * log_uniform(rng, 0.5, 3)
    steps = int(np.clip(round(log_uniform(rng, 0.08, 0.25) / step), *_STEPS))
    farthest = rng.choice([0.2, 0.2, 0.4])
    return ScanParameters(
        shape=shape,
        steps=steps,
        step_deg=step,
        peak_offset_deg=float(rng.uniform(-farthest, farthest) * steps * step),
        intensity_drift=float(rng.uniform(0, 0.35)),
        drift_px=log_uniform(rng, 0.1, 6),
        seed=draw_seed(rng),
    )


def random_parameters(
    rng: np.random.Generator, *, shape: tuple[int, int] = (512, 640)
) -> SimulationParameters:
    """Draw all that differs between samples and beamtimes.

    Reflection, energy, defects, bending, thickness, divergence, step (a half to three times 0.004
    degree), position of the peak in the scan (up to the last tenth of it), exposure, magnification
    (a half to twice), vignetting, haze, noise and drifts vary; a third of the scans have an
    exposure that changes from frame to frame, three in ten a beam whose profile does.

    Parameters
    ----------
    rng : numpy.random.Generator
    shape : tuple of int
        Rows and columns of a frame, in px.

    Returns
    -------
    SimulationParameters
    """
    return SimulationParameters(
        sample=draw_sample(rng),
        beam=draw_beam(rng),
        optics=draw_optics(rng),
        detector=draw_detector(rng),
        scan=draw_scan(rng, shape),
    )
