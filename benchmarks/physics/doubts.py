"""Properties 6 and 7: what cannot be known is not asserted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy

from darfix_wb.beam import AMBIGUOUS, BeamCondition
from darfix_wb.classification.network import classify
from darfix_wb.extraction import extract
from darfix_wb.model import BeamModel
from darfix_wb.pixels import find_invalid_pixels
from darfix_wb.scan import RockingScan

from .changes import Measured
from .curve_rules import LIT_SNR
from .rules import Figure, Rule
from .scans import Recipe, as_scan, curve, make_scan

FLANK = "flank"
"""The word by which a warning tells that a scan shows no peak."""

SURE = 0.95
NEAR, FAR = 0.5, 0.02
"""Shares of the local peak above and below which a curve contradicts images that are sure."""

MANY = 0.1
"""Share of contradictions among the patches judged that a user must be told of."""

STEPS, FWHM, COUNTS, READ_NOISE = 31, 5.0, 10_000.0, 3.0
"""Of scans with images of strong beam in every frame."""

N_SINGLE = 6
"""Frames of a scan that are classified alone."""

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
    beam_map = model.predict(
        scan.frames[frames], background=patched.background, patch_size=model.patch_size
    )
    ambiguous = beam_map.condition(None) == AMBIGUOUS
    rule = SINGLE_TEXTURED if recipe.texture or recipe.stripes else SINGLE_PLAIN
    return Figure(rule, float(ambiguous[lit[frames]].mean()), str(recipe))


def contradiction_figures(model: BeamModel, measured: Measured, text: str) -> Iterator[Figure]:
    """What is said of a scan whose tails show the images of strong beam.

    Judged are patches in which the single frame is sure of one condition and the curve of the
    other; the warning where these are many. Nothing is judged where there are none.
    """
    patched = extract(strong_everywhere(measured), patch_size=model.patch_size)
    alone = classify(patched, model, use_context=False).probabilities[..., STRONG]
    relative = patched.curves / patched.curves.max(axis=0)
    lit = ~patched.empty & (patched.curves > LIT_SNR * patched.noise)
    near, far = lit & (relative > NEAR), lit & (relative < FAR)
    contradicts = (near & (alone < 1 - SURE)) | (far & (alone > SURE))
    if not contradicts.any():
        return
    beam_map = classify(patched, model)
    ambiguous = beam_map.condition(None)[contradicts] == AMBIGUOUS
    text = f"{text}, {contradicts.sum()} contradictions in {near.sum() + far.sum()} patches"
    yield Figure(CONTRADICTED, float(ambiguous.mean()), text)
    if contradicts.sum() > MANY * (near | far).sum():
        yield Figure(CONTRADICTION_WARNING, float(bool(beam_map.warnings)), text)


def strong_everywhere(measured: Measured) -> RockingScan:
    """The brightest frame of a scan in every frame, as bright as a Gaussian rocking curve says."""
    dark, above = numpy.float32(measured.dark), measured.above_dark
    brightest = int(above.mean(axis=(1, 2)).argmax())
    mask = find_invalid_pixels([numpy.asarray(measured.scan.frames[brightest])])
    image = mask.mend(numpy.asarray(measured.scan.frames[brightest], numpy.float32)) - dark
    image = numpy.maximum(image, 0) / image.mean()
    weights = curve(numpy.arange(STEPS) - STEPS // 2, FWHM, numpy.inf)
    noise = numpy.random.default_rng(0).normal(dark, READ_NOISE, (STEPS, *image.shape))
    counts = noise + COUNTS * weights[:, None, None] * image
    return as_scan(numpy.rint(counts.clip(0, 65535)).astype(numpy.uint16))
