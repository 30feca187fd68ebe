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


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))


def _sample(rng: np.random.Generator) -> SampleParameters:
    tilt, density = _log_uniform(rng, 15, 150), _log_uniform(rng, 0.001, 0.012)
    depth = 20.0
    return SampleParameters(
        reflection=_REFLECTIONS[rng.integers(len(_REFLECTIONS))],
        azimuth_deg=float(rng.uniform(0, 360)),
        dislocation_density_per_um2=density,
        in_layer_fraction=float(rng.uniform(0.1, 0.6)),
        subgrain_um=_log_uniform(rng, 18, 80),
        boundary_misorientation_urad=_log_uniform(rng, 30, 120),
        curvature_urad_per_um=float(rng.choice([-1, 1])) * _log_uniform(rng, 0.3, 6),
        tilt_urad=tilt,
        tilt_wavelength_um=float(rng.uniform(40, 120)),
        upstream_um=float(rng.uniform(20, 100)),
        exit_um=float(rng.uniform(30, 100)),
        depth_um=depth,
        crystal_seed=_seed(rng),
        layer_z_um=float(rng.uniform(-depth, depth)),
    )


def _optics(rng: np.random.Generator) -> OpticsParameters:
    margins = np.where(rng.random(4) < 0.25, rng.uniform(0.03, 0.25, 4), 0.0)
    return OpticsParameters(
        pixel_um=0.0444 * _log_uniform(rng, 0.7, 1.6),
        psf_px=float(rng.uniform(1.5, 5.0)),
        margins=tuple(float(value) for value in margins),
        vignetting=float(rng.uniform(0, 0.5)),
        haze_adu_per_s=float(rng.uniform(0, 13)),
        stray_fraction=float(rng.uniform(0, 0.01)),
    )


def _detector(rng: np.random.Generator) -> DetectorParameters:
    return DetectorParameters(
        exposure_s=_log_uniform(rng, 0.1, 3),
        strong_adu_per_s=_log_uniform(rng, 250, 3000),
        gain_adu_per_photon=float(rng.uniform(0.8, 4)),
        offset_adu=float(rng.uniform(95, 110)),
        noise_scale=float(rng.uniform(0.7, 1.8)),
        fixed_pattern_adu=float(rng.uniform(0.5, 3)),
        edge_glow_adu=float(rng.uniform(0, 35)),
        row_banding_adu=float(rng.choice([0.0, 1.0, 2.0])),
        auto_exposure=bool(rng.random() < 0.2),
    )


def random_parameters(
    rng: np.random.Generator, shape: tuple[int, int] = (512, 640)
) -> SimulationParameters:
    """Draw all that differs between samples and beamtimes.

    Reflection, defects, bending, divergence, step, position of the peak in the scan, exposure,
    magnification, beam profile, noise and drifts vary; a fifth of the scans have an exposure that
    changes from frame to frame.

    Parameters
    ----------
    rng : numpy.random.Generator
    shape : tuple of int
        Rows and columns of a frame, in px.

    Returns
    -------
    SimulationParameters
    """
    step = 0.004 * _log_uniform(rng, 0.5, 1.6)
    steps = int(rng.integers(21, 42))
    return SimulationParameters(
        sample=_sample(rng),
        beam=BeamParameters(
            divergence_urad=_log_uniform(rng, 70, 220),
            stripe_contrast=float(rng.uniform(0, 0.2)),
            profile_width=float(rng.uniform(0.8, 3)),
        ),
        optics=_optics(rng),
        detector=_detector(rng),
        scan=ScanParameters(
            shape=shape,
            steps=steps,
            step_deg=step,
            peak_offset_deg=float(rng.uniform(-0.3, 0.3) * steps * step),
            intensity_drift=float(rng.uniform(0, 0.15)),
            drift_px=float(rng.uniform(0, 3)),
            seed=_seed(rng),
        ),
    )
