"""Property 4: what changes nothing about the crystal changes hardly any label."""

from __future__ import annotations

from collections.abc import Iterator

import numpy

from darfix_wb.classification.network import classify
from darfix_wb.extraction import PatchedScan, extract
from darfix_wb.model import BeamModel
from darfix_wb.scan import RockingScan

from .changes import CHANGES, Measured, resting_beam, walking_beam
from .curve_rules import LIT_SNR
from .rules import Figure, Rule

REVERSED, COARSER = "frames reversed", "every second frame"
CROPPED = ("cropped before the peak", "cropped after the peak")
WAYS = (*CHANGES, REVERSED, COARSER, *CROPPED)

LEAST = 0.99
LEAST_NEAR_FRAMES = 2
"""Frames above half maximum that a curve with coarser steps must keep."""


def stay(way: str, *, simulated: bool = False) -> Rule:
    """Share of the labels that stay."""
    crystal = "simulated" if simulated else "labels stay"
    return Rule(4, f"{crystal}: {way}", LEAST, of_mean=True)


class Labels:
    """Labels of one scan, and those of others of the same crystal held against them."""

    def __init__(self, model: BeamModel, scan: RockingScan) -> None:
        self._model = model
        self.patched, self.condition = self._label(scan)
        bright = self.patched.curves.max(axis=0) > LIT_SNR * self.patched.noise
        self.lit = bright & ~self.patched.empty

    def _label(self, scan: RockingScan) -> tuple[PatchedScan, numpy.ndarray]:
        patched = extract(scan, patch_size=self._model.patch_size)
        return patched, classify(patched, self._model).condition()

    def stay(
        self, scan: RockingScan, frames: slice = slice(None), judged: numpy.ndarray | None = None
    ) -> float:
        """Share of the labels of lit patches that are the same in another scan.

        Parameters
        ----------
        scan : RockingScan
            The other scan.
        frames : slice
            Which frames it has, in its order.
        judged : numpy.ndarray, optional
            ``(rows, columns)`` bool: where to look; at lit patches only.
        """
        here = self.lit if judged is None else self.lit & judged
        _, condition = self._label(scan)
        return float((condition[:, here] == self.condition[frames][:, here]).mean())


def invariance_figures(
    model: BeamModel, measured: Measured, seed: int, text: str, *, simulated: bool = False
) -> Iterator[Figure]:
    """Share of the labels that each change of a scan leaves as they are.

    Parameters
    ----------
    model : BeamModel
    measured : Measured
        The scan; its frames have one dark level.
    seed : int
        Of the changes.
    text : str
        Name of the scan.
    simulated : bool
        Whether its crystal is, for the name of the rules.
    """
    labels = Labels(model, measured.scan)
    at_rest = Labels(model, resting_beam(measured))
    for number, (name, change) in enumerate(CHANGES.items()):
        rng = numpy.random.default_rng([seed, 40 + number])
        before = at_rest if change is walking_beam else labels
        yield Figure(stay(name, simulated=simulated), before.stay(change(measured, rng)), text)
    backwards = slice(None, None, -1)
    turned = RockingScan(measured.scan.frames[backwards], measured.scan.angles, "phi", "degree")
    yield Figure(stay(REVERSED, simulated=simulated), labels.stay(turned, backwards), text)
    for name, kept, judged in (*_coarser(labels), *_cropped(labels)):
        if (judged & labels.lit).any():
            stayed = labels.stay(measured.part(kept), kept, judged)
            yield Figure(stay(name, simulated=simulated), stayed, text)


def _coarser(labels: Labels) -> Iterator[tuple[str, slice, numpy.ndarray]]:
    kept = slice(None, None, 2)
    curves = labels.patched.curves
    fine = (curves[kept] > curves.max(axis=0) / 2).sum(axis=0) >= LEAST_NEAR_FRAMES
    yield COARSER, kept, fine


def _cropped(labels: Labels) -> Iterator[tuple[str, slice, numpy.ndarray]]:
    """From one frame beyond the peak on; patches whose peak is not the last frame kept."""
    peaks = labels.patched.curves.argmax(axis=0)
    typical = int(numpy.median(peaks[labels.lit])) if labels.lit.any() else 0
    n_frames = len(labels.condition)
    start, stop = max(typical - 1, 0), min(typical + 2, n_frames)
    yield CROPPED[0], slice(start, None), peaks >= min(start + 1, typical)
    yield CROPPED[1], slice(0, stop), peaks <= max(stop - 2, typical)
