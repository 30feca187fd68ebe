"""A pco.edge sCMOS camera: offset, fixed pattern, photon and read noise, bad pixels, 16 bit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .parameters import DetectorParameters, SimulationParameters

_READ_VARIANCE = 6.3
_DARK_VARIANCE_PER_S = 11.0
_TAIL_FREEDOM = 13
_GLOW_ROWS = 16
_PHOTON_LIMIT = 1e8


@dataclass(frozen=True)
class Sensor:
    """What stays the same in all frames of a scan.

    Attributes
    ----------
    offset_adu : (rows, columns) float32
        Reading without light at no exposure, fixed pattern and edge glow included.
    dark_adu_per_s : (rows, columns) float32
        Dark rate, warm and hot pixels included.
    dead : (n, 2) int64
        Rows and columns of pixels that do not answer to light.
    """

    offset_adu: np.ndarray
    dark_adu_per_s: np.ndarray
    dead: np.ndarray


def _pick(fraction: float, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    size = shape[0] * shape[1]
    return rng.choice(size, round(fraction * size), replace=False)


def make_sensor(parameters: SimulationParameters) -> Sensor:
    """Draw the fixed pattern and the bad pixels that belong to the seed of the scan."""
    detector, shape = parameters.detector, parameters.scan.shape
    rng = np.random.default_rng([parameters.scan.seed, 21])
    offset = detector.offset_adu + detector.fixed_pattern_adu * rng.standard_normal(shape)
    depth = np.arange(shape[0])
    glow = np.exp(-np.minimum(depth, depth[::-1]) / (_GLOW_ROWS / 4))
    offset += (detector.edge_glow_adu * glow)[:, None]
    dark = np.full(shape[0] * shape[1], detector.dark_adu_per_s)
    warm, hot = (_pick(f, shape, rng) for f in (detector.warm_fraction, detector.hot_fraction))
    dark[warm] += rng.exponential(25.0, warm.size)
    dark[hot] += rng.uniform(300, 6000, hot.size)
    dead = np.stack(np.unravel_index(_pick(detector.dead_fraction, shape, rng), shape), axis=1)
    return Sensor(offset.astype(np.float32), dark.reshape(shape).astype(np.float32), dead)


def exposure_time(rate: np.ndarray, detector: DetectorParameters) -> float:
    """Return the exposure of one frame, in s, lengthened for dim frames where that is asked for.

    Parameters
    ----------
    rate : (rows, columns) float32
        Expected ADU per second.
    detector : DetectorParameters
    """
    if not detector.auto_exposure:
        return detector.exposure_s
    bright = float(np.percentile(rate[::4, ::4], 99))
    wanted = 2 * detector.strong_adu_per_s * detector.exposure_s / max(bright, 1e-6)
    return float(np.clip(wanted, detector.exposure_s, 10 * detector.exposure_s))


def dark_variance(detector: DetectorParameters, exposure_s: float) -> float:
    """Return the variance of a dark pixel from frame to frame, in ADU^2."""
    return detector.noise_scale**2 * (_READ_VARIANCE + _DARK_VARIANCE_PER_S * exposure_s)


def expose(
    rate: np.ndarray,
    exposure_s: float,
    sensor: Sensor,
    index: int,
    parameters: SimulationParameters,
) -> np.ndarray:
    """Read one frame.

    Photons follow a Poisson distribution; the dark noise has the variance ``6.3 + 11 t`` ADU^2 and
    the tails of Student's t with 13 degrees of freedom (dark frames of a pco.edge at ID03).

    Parameters
    ----------
    rate : (rows, columns) float32
        Expected ADU per second.
    exposure_s : float
    sensor : Sensor
    index : int
        Number of the frame; with the seed it fixes the noise.
    parameters : SimulationParameters

    Returns
    -------
    (rows, columns) uint16
    """
    detector = parameters.detector
    rng = np.random.default_rng([parameters.scan.seed, 22, index])
    gain = detector.gain_adu_per_photon
    photons = np.clip(rate * (exposure_s / gain), 0, _PHOTON_LIMIT)
    counts = gain * rng.poisson(photons).astype(np.float32)
    variance = dark_variance(detector, exposure_s)
    spread = np.sqrt(variance * (_TAIL_FREEDOM - 2) / _TAIL_FREEDOM)
    chi2 = rng.standard_gamma(_TAIL_FREEDOM / 2, rate.shape, np.float32) * 2
    normal = rng.standard_normal(rate.shape, np.float32)
    counts += np.float32(spread) * normal * np.sqrt(np.float32(_TAIL_FREEDOM) / chi2)
    counts += sensor.offset_adu + sensor.dark_adu_per_s * np.float32(exposure_s)
    if detector.row_banding_adu:
        counts += detector.row_banding_adu * rng.standard_normal((rate.shape[0], 1), np.float32)
    rows, columns = sensor.dead.T
    counts[rows, columns] = 55 + rng.normal(0, 2, len(rows))
    return np.clip(np.rint(counts), 0, 65535).astype(np.uint16)
