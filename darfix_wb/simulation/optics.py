"""From the wave field at the exit to the rate of counts on the scintillator."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d, shift, zoom
from scipy.special import erf

from .geometry import Geometry
from .parameters import SimulationParameters

_EDGE_PX = 5.0
_STRAY_PX = 40.0
THICK = 1.6
"""Optical depth (mu times the way of the beam) up to which normal absorption is enough."""


def _window(size: int, low: float, high: float) -> np.ndarray:
    """Return 1 inside and 0 beyond margins, given as parts of the size, with soft edges."""
    position = np.arange(size) + 0.5
    window = np.ones(size)
    if low > 0:
        window *= 0.5 * (1 + erf((position - low * size) / _EDGE_PX))
    if high > 0:
        window *= 0.5 * (1 + erf(((1 - high) * size - position) / _EDGE_PX))
    return window


def _stripes(size: int, contrast: float, rng: np.random.Generator) -> np.ndarray:
    """Return stripes of several widths with mean 1 and the given relative standard deviation."""
    stripes = np.zeros(size)
    for width in (3.0, 9.0, 30.0):
        noise = gaussian_filter1d(rng.standard_normal(size), width, mode="reflect")
        stripes += noise / max(float(noise.std()), 1e-12)
    return np.clip(1 + contrast * stripes / np.sqrt(3), 0.2, None)


def illumination(parameters: SimulationParameters, *, walk: float = 0.0) -> np.ndarray:
    """Return the relative illumination of every pixel: beam profile, stripes, aperture, vignetting.

    Parameters
    ----------
    parameters : SimulationParameters
    walk : float
        Shift of the beam profile in frame widths; aperture and vignetting stay.

    Returns
    -------
    (rows, columns) float32
        About 1 where the beam is strongest, 0 in the margins.
    """
    rows, columns = parameters.scan.shape
    beam, optics = parameters.beam, parameters.optics
    rng = np.random.default_rng([parameters.scan.seed, 11])
    across = (np.arange(columns) + 0.5) / columns - 0.5 - rng.normal(0, 0.03)
    profile = np.exp(-4 * np.log(2) * (across / beam.profile_width) ** 2)
    profile *= _stripes(columns, beam.stripe_contrast, rng)
    if walk:
        pixels = np.arange(columns)
        profile = np.interp(pixels - walk * columns, pixels, profile)
    top, bottom, left, right = optics.margins
    vertical = (np.arange(rows) + 0.5) / rows - 0.5
    horizontal = (np.arange(columns) + 0.5) / columns - 0.5
    radius2 = (vertical[:, None] ** 2 + horizontal**2) / 0.5
    field = (1 - optics.vignetting * radius2) * profile
    field *= _window(rows, top, bottom)[:, None] * _window(columns, left, right)
    return field.astype(np.float32)


def row_absorption(parameters: SimulationParameters, geometry: Geometry) -> np.ndarray:
    """Return what normal absorption leaves of the intensity in every row.

    ``exp(-mu s0)``, with s0 counted from the first lit row: absorption before and above the field
    dims all rows alike (see `geometry.make_geometry`).

    Returns
    -------
    (rows, 1) float32
    """
    rows = parameters.scan.shape[0]
    s0 = (np.arange(rows) - round(parameters.optics.margins[0] * rows)) * geometry.row_um
    return np.exp(-geometry.absorption_per_um * s0).astype(np.float32)[:, None]


def thickness_warning(parameters: SimulationParameters, geometry: Geometry) -> str | None:
    """Say so in a sentence where the crystal is too thick for absorption as it is modelled."""
    sample = parameters.sample
    field_um = parameters.scan.shape[0] * geometry.row_um
    way_um = sample.upstream_um + field_um + sample.exit_um
    depth = geometry.absorption_per_um * way_um
    if depth <= THICK:
        return None
    return (
        f"Beams go through {way_um:.0f} um of {geometry.material.title}, which takes away a factor "
        f"e^{depth:.1f}; anomalous absorption, which is not modelled, matters beyond e^{THICK:g}. "
        "Lower upstream_um or exit_um, or choose a higher energy or fewer rows."
    )


def haze(parameters: SimulationParameters) -> np.ndarray:
    """Return the diffuse background before illumination, (rows, columns) float32, in ADU per s."""
    rows, columns = parameters.scan.shape
    rng = np.random.default_rng([parameters.scan.seed, 12])
    coarse = gaussian_filter(rng.standard_normal((12, 12)), 1.5)
    smooth = zoom(coarse, (rows / 12, columns / 12), order=1, grid_mode=True, mode="nearest")
    relative = np.clip(1 + 0.35 * smooth[:rows, :columns] / max(float(coarse.std()), 1e-12), 0, 2.2)
    return (parameters.optics.haze_adu_per_s * relative).astype(np.float32)


def to_pixels(cells: np.ndarray, parameters: SimulationParameters) -> np.ndarray:
    """Spread values on the grid of the solver over the pixels.

    Parameters
    ----------
    cells : (n_rows, n_columns) float32

    Returns
    -------
    (rows, columns) float32
        Cropped to the frame; means over cells are kept.
    """
    rows, columns = parameters.scan.shape
    grid = parameters.grid
    spread = np.repeat(np.repeat(cells, grid.row_px, axis=0), grid.column_px, axis=1)
    return np.ascontiguousarray(spread[:rows, :columns], np.float32)


def blurred(cells: np.ndarray, parameters: SimulationParameters) -> np.ndarray:
    """Spread values over the pixels and blur them as objective and scintillator do.

    A cell of n px adds a variance of (n^2 - 1) / 12 px^2 of its own, which is taken off the point
    spread, so that the size of the cells does not change the sharpness.

    Parameters
    ----------
    cells : (n_rows, n_columns) float32

    Returns
    -------
    (rows, columns) float32
    """
    grid, psf = parameters.grid, parameters.optics.psf_px
    own = ((n**2 - 1) / 12 for n in (grid.row_px, grid.column_px))
    sigmas = [np.sqrt(max(psf**2 - variance, 0.0)) for variance in own]
    return gaussian_filter(to_pixels(cells, parameters), sigmas, mode="nearest")


def detector_rate(
    cells: np.ndarray,
    field: np.ndarray,
    ground: np.ndarray,
    offset_px: tuple[float, float],
    parameters: SimulationParameters,
) -> np.ndarray:
    """Return the expected counts of one frame, (rows, columns) float32 in ADU per second.

    Parameters
    ----------
    cells : (n_rows, n_columns) float32
        Intensity in units of the median strong-beam level.
    field, ground : (rows, columns) float32
        From `illumination` and `haze`.
    offset_px : tuple of float
        Drift of the image in (row, column).
    parameters : SimulationParameters
    """
    optics = parameters.optics
    image = blurred(cells, parameters)
    if any(offset_px):
        image = shift(image, offset_px, order=1, mode="nearest")
    image *= field
    rate = image * parameters.detector.strong_adu_per_s
    if optics.stray_fraction:
        far = gaussian_filter(rate[::8, ::8], _STRAY_PX / 8)
        far = zoom(far, 8, order=1, grid_mode=True, mode="nearest")
        rate += optics.stray_fraction * far[: rate.shape[0], : rate.shape[1]]
    return rate + ground * field
