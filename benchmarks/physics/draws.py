"""Recipes of scans, drawn at random."""

from __future__ import annotations

import dataclasses

import numpy

from .scans import Recipe, reach

FAR = 0.005
"""Share of the peak below which a frame is far from it."""

SHORTEST, LONGEST, SPARE = 20, 60, 8
"""Frames of a scan, fewest and most, and how many of them gradients may need."""

TEXTURES_PX = (0.0, 3.0, 8.0, 20.0, 40.0)


def plain(seed: int) -> Recipe:
    """A featureless crystal without gradient: any width of the curve, any gain.

    The scan goes beyond `FAR` on both sides: curves that fall slowly are narrower.
    """
    rng = numpy.random.default_rng([seed, 0])
    tails = float(rng.choice([numpy.inf, numpy.inf, 8.0, 3.0, 1.5]))
    widest = (LONGEST / 2 - SPARE) / reach(FAR, 1.0, tails)
    fwhm = min(_log(rng, 1.5, 15), widest)
    half = reach(FAR, fwhm, tails) + 1
    n_frames = int(numpy.clip(2 * half * rng.uniform(1, 1.5) + 2, SHORTEST, LONGEST - SPARE))
    spare = (n_frames - 1) / 2 - half
    peak = (n_frames - 1) / 2 + rng.uniform(-spare, spare)
    return Recipe(
        seed=seed,
        shape=(int(rng.integers(128, 321)), int(rng.integers(128, 449))),
        n_frames=n_frames,
        peak=float(peak),
        fwhm=fwhm,
        tails=tails,
        counts=_log(rng, 300, 20_000),
        dark=float(rng.uniform(50, 200)),
        read_noise=float(rng.uniform(2, 6)),
        gain=_log(rng, 0.4, 5),
    )


def graded(seed: int) -> Recipe:
    """A featureless crystal with smooth gradients of brightness, orientation or both."""
    rng, recipe = numpy.random.default_rng([seed, 1]), plain(seed)
    kind = rng.integers(3)
    tilt = float(rng.uniform(0.5, min(2 * recipe.fwhm, SPARE)))
    return dataclasses.replace(
        recipe,
        n_frames=recipe.n_frames + round(tilt),
        peak=recipe.peak + round(tilt) / 2,
        tilt=0.0 if kind == 0 else tilt,
        gradient=0.0 if kind == 1 else float(rng.uniform(0.1, 0.7)),
        azimuth_deg=float(rng.uniform(0, 360)),
    )


def featureless(seed: int) -> Recipe:
    """With gradients or, each second one, without."""
    return graded(seed) if seed % 2 else plain(seed)


def textured(seed: int) -> Recipe:
    """As `featureless`, times a texture: white, or smooth over 3 to 40 px; or stripes.

    One in four has an unlit margin.
    """
    rng = numpy.random.default_rng([seed, 2])
    recipe, strength = featureless(seed), float(rng.uniform(0.05, 0.8))
    brightest = (1 + recipe.gradient) * numpy.exp(3 * strength)
    recipe = dataclasses.replace(
        recipe, counts=min(recipe.counts, 50_000 / brightest), margins=_margins(rng)
    )
    kind = rng.integers(len(TEXTURES_PX) + 1)
    if kind == len(TEXTURES_PX):
        return dataclasses.replace(recipe, stripes=strength)
    return dataclasses.replace(
        recipe, texture=strength, texture_px=TEXTURES_PX[kind], hot=_hot(rng)
    )


def cut_tails(seed: int) -> Recipe:
    """As `featureless`, with a dark image; the scan ends between 2 and 40 % of the peak."""
    rng, recipe = numpy.random.default_rng([seed, 5]), featureless(seed)
    ends = [reach(share, recipe.fwhm, recipe.tails) for share in rng.uniform(0.02, 0.4, 2)]
    longer = max(1.0, SHORTEST / (sum(ends) + recipe.tilt + 1))
    before, after = (longer * end + recipe.tilt / 2 for end in ends)
    return dataclasses.replace(
        recipe,
        n_frames=round(before + after) + 1,
        peak=before,
        fwhm=recipe.fwhm * longer,
        dark_image=True,
    )


def any_crystal(seed: int) -> Recipe:
    """Featureless or textured."""
    return textured(seed) if seed % 3 else featureless(seed)


def one_flank(seed: int) -> Recipe:
    """As `any_crystal`, with the peak outside the scan by a half to twice the FWHM."""
    rng, recipe = numpy.random.default_rng([seed, 4]), any_crystal(seed)
    outside = recipe.fwhm * float(rng.uniform(0.5, 1)) + recipe.tilt / 2
    counts = max(recipe.counts, 3000.0)
    peak = -outside if rng.random() < 0.5 else recipe.n_frames - 1 + outside
    return dataclasses.replace(recipe, peak=peak, counts=counts)


def _margins(rng: numpy.random.Generator) -> tuple[int, int, int, int]:
    margins = [0, 0, 0, 0]
    if rng.random() < 0.25:
        margins[rng.integers(4)] = int(rng.integers(8, 65))
    return tuple(margins)


def _hot(rng: numpy.random.Generator) -> float:
    return float(rng.choice([0.0, 1e-4]))


def _log(rng: numpy.random.Generator, low: float, high: float) -> float:
    return float(numpy.exp(rng.uniform(numpy.log(low), numpy.log(high))))
