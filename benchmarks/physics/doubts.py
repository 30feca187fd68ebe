"""Properties 6 and 7: what cannot be known is not asserted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy

from darfix_wb.beam import AMBIGUOUS, BeamCondition
from darfix_wb.classification.network import classify
from darfix_wb.extraction import extract
from darfix_wb.model import BeamModel
from darfix_wb.scan import RockingScan

from .changes import Measured
from .curve_rules import LIT_SNR
from .rules import Figure, Rule
from .scans import Recipe, make_scan

FLANK = "flank"
"""The word by which a warning tells that a scan shows no peak."""

SURE = 0.95
NEAR, FAR = 0.5, 0.02
"""Shares of the local peak above and below which a curve contradicts images that are sure."""

LEAST_CONTRADICTIONS = 0.02
"""Share of the lit patches of a scan."""

LOWEST = 0.02
N_SINGLE = 6

ONE_FLANK = Rule(6, "one flank: a warning", 1.0)
WHOLE_PEAK = Rule(6, "whole peak: no warning of a flank", 1.0)
CONTRADICTED = Rule(6, "simulated: contradictions ambiguous", 0.9, of_mean=True)
CONTRADICTION_WARNING = Rule(6, "simulated: contradictions warned of", 1.0)
SINGLE_PLAIN = Rule(7, "single featureless frames ambiguous", 0.9, of_mean=True)
SINGLE_TEXTURED = Rule(7, "single textured frames ambiguous", 0.9, of_mean=True)

STRONG = BeamCondition.STRONG


def flank_figure(model: BeamModel, recipe: Recipe) -> Figure:
    """Whether a scan is told to show one flank only, where it does and where it does not."""
    patched = extract(make_scan(recipe).rocking_scan, patch_size=model.patch_size)
    warned = any(FLANK in warning.lower() for warning in classify(patched, model).warnings)
    inside = 0 <= recipe.peak <= recipe.n_frames - 1
    return Figure(WHOLE_PEAK if inside else ONE_FLANK, float(warned != inside), str(recipe))


def single_frames_figure(model: BeamModel, recipe: Recipe) -> Figure:
    """Share of the lit patches that are ambiguous in some frames, each alone."""
    scan = make_scan(recipe)
    patched = extract(scan.rocking_scan, patch_size=model.patch_size)
    lit = scan.curves(patched.grid) > LIT_SNR * patched.noise
    bright = numpy.flatnonzero(lit.mean(axis=(1, 2)) > 0.5)
    places = numpy.linspace(0, len(bright) - 1, min(N_SINGLE, len(bright))).round().astype(int)
    frames = bright[places]
    beam_map = model.predict(scan.frames[frames], background=patched.background)
    ambiguous = beam_map.condition(None) == AMBIGUOUS
    rule = SINGLE_TEXTURED if recipe.texture or recipe.stripes else SINGLE_PLAIN
    return Figure(rule, float(ambiguous[lit[frames]].mean()), str(recipe))


def contradiction_figures(model: BeamModel, measured: Measured, text: str) -> Iterator[Figure]:
    """What is said of a scan whose images are not those that belong to its curve.

    Judged are patches in which the single frame is sure of one condition and the curve of the
    other; nothing is where there are too few.
    """
    before = extract(measured.scan, patch_size=model.patch_size)
    scan = exchanged(measured, before.curves[:, ~before.empty].mean(axis=1))
    patched = extract(scan, patch_size=model.patch_size)
    alone = classify(patched, model, use_context=False).probabilities[..., STRONG]
    relative = patched.curves / patched.curves.max(axis=0)
    contradicts = (alone < 1 - SURE) & (relative > NEAR) | (alone > SURE) & (relative < FAR)
    contradicts &= ~patched.empty & (patched.curves > LIT_SNR * patched.noise)
    if contradicts.sum() < LEAST_CONTRADICTIONS * (~patched.empty).sum() * len(relative):
        return
    beam_map = classify(patched, model)
    ambiguous = beam_map.condition(None)[contradicts] == AMBIGUOUS
    yield Figure(CONTRADICTED, float(ambiguous.mean()), f"{text}, {len(ambiguous)} patches")
    usual = classify(before, model).warnings
    new = [warning for warning in beam_map.warnings if warning not in usual]
    yield Figure(CONTRADICTION_WARNING, float(bool(new)), text)


def exchanged(measured: Measured, curve: numpy.ndarray) -> RockingScan:
    """Images of the tails at the peak, and those of the peak in the tails.

    Each frame takes the image of the frame half the peak's length away, made as bright as itself.

    Parameters
    ----------
    measured : Measured
    curve : numpy.ndarray
        ``(n_frames,)``, mean counts above dark.
    """
    bright = numpy.flatnonzero(curve > LOWEST * curve.max())
    source = numpy.arange(len(curve))
    source[bright] = numpy.roll(bright, len(bright) // 2)
    factors = numpy.ones(len(curve))
    factors[bright] = curve[bright] / curve[source[bright]]
    above = measured.above_dark[source] * factors.astype(numpy.float32)[:, None, None]
    return measured.with_frames(above)
