"""What a network lacks, and why: the images, the linking, or the distance of the layers."""

from __future__ import annotations

from dataclasses import replace

import numpy

from darfix_wb.dislocation_lines.network import LineNetwork
from darfix_wb.reconstruction.layer_stack import LayerStack
from darfix_wb.reconstruction.options import ReconstructionOptions
from darfix_wb.reconstruction.reconstruct import reconstruct
from darfix_wb.reconstruction.traces import find_traces
from darfix_wb.reconstruction.warm_pixels import find_warm_pixels
from darfix_wb.volume_comparison.distances import nearest, tree_of
from darfix_wb.volume_comparison.line_metrics import compare_lines
from darfix_wb.volume_comparison.sampled_lines import sampled_lines
from darfix_wb.volume_comparison.scores import HEADLINE_UM
from darfix_wb.volume_comparison.weighted import quantiles

from .measures import kinds_of
from .volumes import KnownVolume

TRACE_UM = 0.5
"""A trace so near to a true line, in the nearest layer, is one of it."""


def limits(known: KnownVolume) -> dict[str, float]:
    """Parts of the true length that were missed, and F1 with every second layer alone."""
    stack, options = known.stack(), ReconstructionOptions()
    shown, hidden = known.truth.shown(), known.truth.hidden()
    found = reconstruct(stack, options).network
    figures = _missed(found, stack, known, options.threshold) | _directions(found, known)
    for border in (0.0, 1.0):
        where = "" if border == 0 else ", without a border of 1 um"
        for name, layers in (("all layers", stack), ("every second layer", _second(stack))):
            again = found if layers is stack else reconstruct(layers, options).network
            scores = compare_lines(
                again, shown, ignored=hidden, border_um=border, n_shifts=0
            ).figures.scores
            for near in (0.5, 1.0):
                figures[f"{name}: F1 at {near:g} um{where}"] = scores.f1_at(near)
    return figures


def _second(stack: LayerStack) -> LayerStack:
    return replace(
        stack,
        numbers=stack.numbers[::2],
        names=stack.names[::2],
        layers_um=stack.layers_um[::2],
        step_um=2 * stack.step_um,
    )


def _directions(found: LineNetwork, known: KnownVolume) -> dict[str, float]:
    """Median angle between found and true tangents, for kinds of true lines."""
    shown = known.truth.shown()
    a, b = sampled_lines(found), sampled_lines(shown)
    distance, partner = nearest(a.points_um, tree_of(b.points_um))
    cosine = numpy.abs((a.tangents * b.tangents[partner]).sum(axis=1))
    angle = numpy.rad2deg(numpy.arccos(numpy.minimum(cosine, 1.0)))
    figures = {}
    for name, kind in kinds_of(shown, b):
        own = (distance <= HEADLINE_UM) & kind[partner]
        middle, most = quantiles(angle[own], a.weights_um[own], (0.5, 0.9))
        figures[f"{name}: direction off, median (degree)"] = middle
        figures[f"{name}: direction off, 90 % (degree)"] = most
    return figures


def _missed(
    found: LineNetwork, stack: LayerStack, known: KnownVolume, threshold: float
) -> dict[str, float]:
    true = sampled_lines(known.truth.shown())
    missed = nearest(true.points_um, tree_of(found.sampled()[0]))[0] > HEADLINE_UM
    layer = numpy.abs(true.points_um[:, :1] - stack.layers_um).argmin(axis=1)
    traced = numpy.zeros(len(missed), bool)
    warm = find_warm_pixels(stack)
    for index in range(len(stack)):
        own = numpy.flatnonzero(layer == index)
        places = _traces(stack, index, warm, threshold)
        traced[own] = nearest(true.points_um[own, 1:], tree_of(places))[0] <= TRACE_UM
    whole = true.weights_um.sum()
    return {
        "truth missed (beyond 1 um)": true.weights_um[missed].sum() / whole,
        "missed, no trace of it in the image": true.weights_um[missed & ~traced].sum() / whole,
        "missed, a trace was not linked": true.weights_um[missed & traced].sum() / whole,
    }


def _traces(stack: LayerStack, index: int, warm: numpy.ndarray, threshold: float) -> numpy.ndarray:
    """``(n, 2)`` places of beads and points of streaks in a layer."""
    image, probability = (
        stack.read(name, index) for name in ("dislocation_image", "line_probability")
    )
    image[warm] = numpy.nan
    traces = find_traces(image, probability, stack.pitch_um, threshold=threshold)
    paths = [path for path in traces.paths if path is not None]
    return numpy.concatenate([traces.place_um, *paths]) + numpy.array(stack.origin_um)
