"""Property 5: a region that shows nothing is empty, and changes no label beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy

from darfix_wb.beam import BeamCondition
from darfix_wb.classification.network import classify
from darfix_wb.extraction import extract
from darfix_wb.model import BeamModel
from darfix_wb.patches import PatchGrid
from darfix_wb.pixels import GivenMask
from darfix_wb.scan import RockingScan

from .draws import any_crystal
from .rules import Figure, Rule
from .scans import Recipe, make_scan

KINDS = ("unlit", "masked", "NaN", "dead")
REGION_SEED = 50
STUCK = 37
"""Counts of dead pixels."""


def empty_inside(kind: str) -> Rule:
    """Share of the patches within the region that are empty, over all frames."""
    return Rule(5, f"{kind}: empty", 1.0)


def same_beside(kind: str) -> Rule:
    """Share of the labels that stay, of patches that do not touch the region."""
    return Rule(5, f"{kind}: neighbours unchanged", 0.999, of_mean=True)


def larger_crystal(seed: int) -> Recipe:
    """A crystal with room for a region and patches around it.

    Its dark level is known, since an unlit region would tell it.
    """
    recipe = any_crystal(seed)
    sides = (max(side, least) for side, least in zip(recipe.shape, (256, 320), strict=True))
    return dataclasses.replace(recipe, shape=tuple(sides), margins=(0, 0, 0, 0), dark_image=True)


def region_figures(model: BeamModel, recipe: Recipe) -> Iterator[Figure]:
    """Each kind of region, at one place."""
    rng = numpy.random.default_rng([recipe.seed, REGION_SEED])
    whole = make_scan(recipe).rocking_scan
    region = draw_region(recipe.shape, rng)
    patched = extract(whole, patch_size=model.patch_size)
    before = classify(patched, model).condition()
    share = covered(patched.grid, region)
    inside, beside = share == 1, (share == 0) & ~patched.empty
    for kind in KINDS:
        scan, mask = without_region(whole, region, kind, recipe, rng)
        less = extract(scan, patch_size=model.patch_size, mask=mask)
        after = classify(less, model).condition()
        text = f"{recipe}, {_place(region)}"
        emptied = float((after[:, inside] == BeamCondition.EMPTY).mean())
        yield Figure(empty_inside(kind), emptied, text)
        stayed = float((after[:, beside] == before[:, beside]).mean())
        yield Figure(same_beside(kind), stayed, text)


def draw_region(shape: tuple[int, int], rng: numpy.random.Generator) -> numpy.ndarray:
    """``shape`` bool: a rectangle of 128 to 160 px, so that it holds a whole patch of 64 px."""
    region = numpy.zeros(shape, bool)
    sides = [int(rng.integers(128, 161)) for _ in shape]
    starts = [int(rng.integers(0, n - side + 1)) for n, side in zip(shape, sides, strict=True)]
    (top, left), (height, width) = starts, sides
    region[top : top + height, left : left + width] = True
    return region


def without_region(
    scan: RockingScan,
    region: numpy.ndarray,
    kind: str,
    recipe: Recipe,
    rng: numpy.random.Generator,
) -> tuple[RockingScan, GivenMask | None]:
    """The scan, and the mask to extract it with, in which the region holds no signal."""
    if kind == "masked":
        return scan, GivenMask(region)
    frames = scan.frames.astype(numpy.float32) if kind == "NaN" else scan.frames.copy()
    if kind == "unlit":
        size = (len(frames), numpy.count_nonzero(region))
        frames[:, region] = numpy.rint(rng.normal(recipe.dark, recipe.read_noise, size))
    else:
        frames[:, region] = numpy.nan if kind == "NaN" else STUCK
    return dataclasses.replace(scan, frames=frames), None


def covered(grid: PatchGrid, region: numpy.ndarray) -> numpy.ndarray:
    """``(rows, columns)``: part of each patch that lies in the region."""
    return grid.means(region.astype(numpy.float32))


def _place(region: numpy.ndarray) -> str:
    rows, columns = (numpy.flatnonzero(region.any(axis=axis)) for axis in (1, 0))
    return f"rows {rows[0]} to {rows[-1]}, columns {columns[0]} to {columns[-1]}"
