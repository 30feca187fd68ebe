"""Rocking scans of a crystal of which everything is known: curve, texture, detector."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, fields
from functools import cached_property

import numpy
from scipy.ndimage import gaussian_filter

from darfix_wb.patches import PatchGrid
from darfix_wb.scan import RockingScan

STEP_DEG = 0.004
TEXTURE_SEED, NOISE_SEED = 1, 2


@dataclass(frozen=True)
class Recipe:
    """What a scan depends on; lengths along the scan are in frames, those across it in px."""

    seed: int = 0
    shape: tuple[int, int] = (192, 256)
    n_frames: int = 31
    peak: float = 15.0
    """Frame of the peak in the middle of the crystal; it may lie outside the scan."""
    fwhm: float = 5.0
    tails: float = numpy.inf
    """Exponent m of the Pearson VII curve ``(1 + (2^(1/m) - 1) (2 x / FWHM)^2)^-m``: 1 is a
    Lorentzian, infinity a Gaussian."""
    counts: float = 3000.0
    """At the peak, above dark, in the mean over the crystal."""
    dark: float = 100.0
    read_noise: float = 3.0
    gain: float = 1.0
    """Counts of a photon."""
    gradient: float = 0.0
    """Brightness from one side of the frame to the other: 1 - gradient to 1 + gradient."""
    tilt: float = 0.0
    """By how many frames the peak moves from one side of the frame to the other."""
    azimuth_deg: float = 0.0
    """Direction of gradient and tilt."""
    texture: float = 0.0
    """Standard deviation of the relative texture, which is log-normal."""
    texture_px: float = 0.0
    """Sigma of the Gaussian that smooths it; 0 for white noise."""
    stripes: float = 0.0
    """Standard deviation of relative stripes along the columns."""
    margins: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Unlit px at the top, bottom, left and right."""
    hot: float = 0.0
    """Share of hot pixels."""
    dark_image: bool = False
    """Whether the dark level was recorded."""

    def __str__(self) -> str:
        """Whatever differs from the default."""
        shown = ((f.name, getattr(self, f.name)) for f in fields(self) if f.name != "seed")
        differ = ((n, v) for n, v in shown if v != getattr(Recipe, n))
        return f"seed {self.seed}: " + ", ".join(f"{n} {_short(v)}" for n, v in differ)


@dataclass(frozen=True)
class SyntheticScan:
    """A scan, and its counts without noise.

    Attributes
    ----------
    recipe : Recipe
    frames : numpy.ndarray
        ``(n_frames, height, width)`` uint16.
    signal : numpy.ndarray
        ``(n_frames, height, width)`` float32: expected counts above dark.
    """

    recipe: Recipe
    frames: numpy.ndarray
    signal: numpy.ndarray

    @cached_property
    def rocking_scan(self) -> RockingScan:
        """The frames and their angles, and the dark image where it was recorded."""
        scan = as_scan(self.frames)
        if not self.recipe.dark_image:
            return scan
        dark = numpy.full(self.recipe.shape, self.recipe.dark, numpy.float32)
        return dataclasses.replace(scan, dark=dark)

    def curves(self, grid: PatchGrid) -> numpy.ndarray:
        """``(n_frames, rows, columns)``: rocking curves of the patches, without noise."""
        return numpy.stack([grid.means(frame) for frame in self.signal])


def as_scan(frames: numpy.ndarray) -> RockingScan:
    """A scan of these frames, one curve."""
    return RockingScan(frames, STEP_DEG * numpy.arange(len(frames)), "phi", "degree")


def make_scan(recipe: Recipe) -> SyntheticScan:
    """The scan of a recipe: Poisson noise of photons, normal read noise; always the same."""
    signal = _signal(recipe)
    rng = numpy.random.default_rng([recipe.seed, NOISE_SEED])
    hot = (rng.random(recipe.shape) < recipe.hot) * rng.uniform(300, 6000, recipe.shape)
    frames = numpy.empty(signal.shape, numpy.uint16)
    for frame, expected in zip(frames, signal, strict=True):
        counts = recipe.gain * rng.poisson(expected / recipe.gain)
        counts = counts + recipe.read_noise * rng.standard_normal(recipe.shape, numpy.float32)
        frame[:] = numpy.clip(numpy.rint(counts + recipe.dark + hot), 0, 65535)
    return SyntheticScan(recipe, frames, signal)


def curve(distance: numpy.ndarray, fwhm: float, tails: float) -> numpy.ndarray:
    """Intensity at a distance from the peak, relative to it: Pearson VII.

    Source: M. M. Hall et al., J. Appl. Cryst. 10, 66 (1977).
    """
    x = (2 * distance / fwhm) ** 2
    if numpy.isinf(tails):
        return numpy.exp(-numpy.log(2) * x)
    return (1 + (2 ** (1 / tails) - 1) * x) ** -tails


def reach(share: float, fwhm: float, tails: float) -> float:
    """Distance from the peak at which the curve has fallen to this share of it."""
    if numpy.isinf(tails):
        return fwhm / 2 * numpy.sqrt(numpy.log2(1 / share))
    return fwhm / 2 * numpy.sqrt((share ** (-1 / tails) - 1) / (2 ** (1 / tails) - 1))


def _signal(recipe: Recipe) -> numpy.ndarray:
    slope = _slope(recipe.shape, recipe.azimuth_deg)
    brightness = recipe.counts * (1 + recipe.gradient * slope) * _texture(recipe)
    top, bottom, left, right = recipe.margins
    height, width = recipe.shape
    lit = numpy.zeros(recipe.shape, bool)
    lit[top : height - bottom, left : width - right] = True
    peak = recipe.peak + recipe.tilt / 2 * slope
    steps = numpy.arange(recipe.n_frames)[:, None, None]
    signal = brightness * lit * curve(steps - peak, recipe.fwhm, recipe.tails)
    return signal.astype(numpy.float32)


def _slope(shape: tuple[int, int], azimuth_deg: float) -> numpy.ndarray:
    """``shape``: rises from -1 to 1 across the frame."""
    rows, columns = (numpy.linspace(-1, 1, length) for length in shape)
    azimuth = numpy.deg2rad(azimuth_deg)
    slope = numpy.sin(azimuth) * rows[:, None] + numpy.cos(azimuth) * columns
    return slope / numpy.abs(slope).max()


def _texture(recipe: Recipe) -> numpy.ndarray:
    """Positive, of mean 1."""
    rng = numpy.random.default_rng([recipe.seed, TEXTURE_SEED])
    texture = _log_normal(rng.standard_normal(recipe.shape), recipe.texture_px, recipe.texture)
    stripes = _log_normal(rng.standard_normal(recipe.shape[1]), 2.0, recipe.stripes)
    return texture * stripes


def _log_normal(noise: numpy.ndarray, sigma_px: float, spread: float) -> numpy.ndarray:
    """Noise made smooth, with this standard deviation relative to its mean of 1."""
    smooth = gaussian_filter(noise, sigma_px) if sigma_px else noise
    smooth = (smooth - smooth.mean()) / smooth.std()
    width = numpy.sqrt(numpy.log1p(spread**2))
    return numpy.exp(width * smooth - width**2 / 2)


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value).replace(" ", "")
