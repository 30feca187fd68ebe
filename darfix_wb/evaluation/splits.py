"""What is fitted on which labels, and scored on which frames: never a frame on both sides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy

from ..errors import DarfixWBError
from ..known_scan import KnownScan
from ..labels import LabelMap
from .picking import PatchDraw, plain_labels

BUDGETS = (8, 32, 128)

GAP = 2
"""Layers left out between those fitted on and those scored, where there are enough."""


@dataclass(frozen=True, eq=False)
class Split:
    """One fit of every method, and where it is scored.

    Attributes
    ----------
    protocol : str
        One of `PROTOCOLS`; with its number for budgets, e.g. ``"budget-32"``.
    sample : str
        The sample that is scored.
    seed : int
        Of the draw and of trainings.
    known : tuple of (int, LabelMap)
        Index of each scan fitted on, and its labels.
    scored : tuple of (int, numpy.ndarray)
        Index of each scan scored on, and its frames, ``(n_frames,)`` bool.
    note : str
        What is particular about it.
    """

    protocol: str
    sample: str
    seed: int
    known: tuple[tuple[int, LabelMap], ...]
    scored: tuple[tuple[int, numpy.ndarray], ...]
    note: str = ""

    @property
    def scores_whole_scans(self) -> bool:
        """Whether no frame of the scored scans was labelled."""
        return all(frames.all() for _, frames in self.scored)

    def check_disjoint(self) -> None:
        """Refuse a split that scores frames that it was fitted on.

        Raises
        ------
        DarfixWBError
            With the scan and the frames.
        """
        for index, labels in self.known:
            labelled = labels.trainable.any(axis=(1, 2))
            for other, frames in self.scored:
                if index == other and (labelled & frames).any():
                    both = numpy.flatnonzero(labelled & frames).tolist()
                    raise DarfixWBError(
                        f"No frame may be fitted on and scored, got frames {both} of scan {index} "
                        f"in {self.protocol}. Correct the split."
                    )


class Samples:
    """The scans by sample; layers of a sample by height."""

    def __init__(self, scans: Sequence[KnownScan]) -> None:
        self.scans = scans
        self.names = list(dict.fromkeys(scan.sample for scan in scans))

    def of(self, sample: str) -> list[int]:
        """Indices of the scans of a sample, by layer."""
        indices = [index for index, scan in enumerate(self.scans) if scan.sample == sample]
        return sorted(indices, key=lambda index: self.scans[index].layer)

    def whole(self, indices: Sequence[int]) -> tuple[tuple[int, numpy.ndarray], ...]:
        """All frames of these scans."""
        return tuple((i, numpy.ones(self.scans[i].n_frames, dtype=bool)) for i in indices)

    def apart(self, sample: str) -> tuple[int, list[tuple[int, list[int]]]]:
        """Each scan of a sample with those of layers apart from it.

        Returns
        -------
        gap : int
            Layers between them at least: the largest up to `GAP` that the sample allows.
        pairs : list of (int, list of int)
            A scan to fit on, and the scans to score on; empty for a sample with one layer.
        """
        scans = self.of(sample)
        layers = sorted({self.scans[index].layer for index in scans})
        rank = {index: layers.index(self.scans[index].layer) for index in scans}
        for gap in range(GAP, -1, -1):
            pairs = [(i, [j for j in scans if abs(rank[i] - rank[j]) > gap]) for i in scans]
            if any(far for _, far in pairs):
                return gap, [(fitted, far) for fitted, far in pairs if far]
        return 0, []


@dataclass(frozen=True)
class Splits:
    """All splits of an evaluation, and what could not be done.

    Attributes
    ----------
    splits : tuple of Split
        In the order in which they are run.
    notes : tuple of str
        Sentences about splits that were left out.
    """

    splits: tuple[Split, ...]
    notes: tuple[str, ...]


def make_splits(
    scans: Sequence[KnownScan],
    protocols: Sequence[str],
    seeds: Sequence[int],
    *,
    budgets: Sequence[int] = BUDGETS,
) -> Splits:
    """The splits of some protocols.

    Raises
    ------
    DarfixWBError
        If a protocol is unknown, there is no seed, a budget is odd or too small, or no split is
        possible.
    """
    unknown = [name for name in protocols if name not in PROTOCOLS]
    if unknown or not protocols:
        raise DarfixWBError(
            f"protocols must be some of {', '.join(PROTOCOLS)}, got "
            f"{', '.join(unknown) or 'none'}. Choose among these."
        )
    if not seeds:
        raise DarfixWBError("There must be at least one seed, got none. Give one or more.")
    if any(budget < 2 or budget % 2 for budget in budgets):
        raise DarfixWBError(
            "A label budget must be an even number of patches from 2 on, half of them weak and "
            f"half strong, got {', '.join(map(str, budgets))}. Choose e.g. 8 32 128."
        )
    splits, notes = [], []
    for name in dict.fromkeys(protocols):
        made = PROTOCOLS[name](Samples(scans), tuple(seeds), tuple(sorted(set(budgets))), notes)
        splits += [split for split in made if split.scored]
    for split in splits:
        split.check_disjoint()
    if not splits:
        raise DarfixWBError(f"At least one split must be possible, got none. {' '.join(notes)}")
    return Splits(tuple(splits), tuple(dict.fromkeys(notes)))


def _no_labels(samples: Samples, seeds: tuple, _budgets: tuple, _notes: list) -> list[Split]:
    """As it comes: rules by default, the shipped model."""
    return [
        Split("no-labels", sample, seeds[0], (), samples.whole(samples.of(sample)))
        for sample in samples.names
    ]


def _leave_layer_out(samples: Samples, seeds: tuple, _budgets: tuple, notes: list) -> list[Split]:
    """Fit on six frames of one layer, each seed another; score on other layers."""
    splits = []
    for sample in samples.names:
        gap, pairs = samples.apart(sample)
        for number, seed in enumerate(seeds):
            with _noting(notes):
                if pairs:
                    fitted, others = pairs[number % len(pairs)]
                    splits.append(_other_layers(samples, seed, fitted, others, gap))
                else:
                    scans = samples.of(sample)
                    splits.append(_other_side(samples, seed, scans[number % len(scans)]))
    return splits


def _other_layers(samples: Samples, seed: int, fitted: int, others: list, gap: int) -> Split:
    scan = samples.scans[fitted]
    enough = "" if gap == GAP else f" ({GAP} where a sample has enough)"
    note = (
        f"{scan.sample}: fitted on six frames of one layer, scored on others; layers left out "
        f"between them: {gap}{enough}"
    )
    known = ((fitted, plain_labels(scan)),)
    return Split("leave-layer-out", scan.sample, seed, known, samples.whole(others), note)


def _other_side(samples: Samples, seed: int, fitted: int) -> Split:
    scan = samples.scans[fitted]
    low = scan.rocking_index < 0
    note = (
        f"{scan.sample}: one layer only, so fitted on six frames below the scan's peak and scored "
        "above it; the same crystal is on both sides"
    )
    known = ((fitted, plain_labels(scan, allowed=low)),)
    return Split("leave-layer-out", scan.sample, seed, known, ((fitted, ~low),), note)


def _leave_sample_out(samples: Samples, seeds: tuple, _budgets: tuple, notes: list) -> list[Split]:
    """Fit on six frames of every scan of the other samples; score on the sample."""
    if len(samples.names) < 2:
        notes.append(
            "leave-sample-out needs scans of at least two samples, got one: it was left out."
        )
        return []
    labels = {}
    for index, scan in enumerate(samples.scans):
        with _noting(notes):
            labels[index] = plain_labels(scan)
    splits = []
    for sample in samples.names:
        scored = samples.of(sample)
        known = tuple(pair for pair in labels.items() if pair[0] not in scored)
        note = f"fitted on six frames of each of {len(known)} scans of other samples"
        for seed in seeds if known else ():
            splits.append(
                Split("leave-sample-out", sample, seed, known, samples.whole(scored), note)
            )
    return splits


def _budgets(samples: Samples, seeds: tuple, budgets: tuple, notes: list) -> list[Split]:
    """Fit on a few patches of the sample; score on the frames that none was drawn from."""
    splits = []
    for sample in samples.names:
        scans = samples.of(sample)
        for number, seed in enumerate(seeds):
            drawn = scans[number % len(scans)]
            draw = PatchDraw(samples.scans[drawn], max(budgets, default=0), seed)
            scored = tuple(
                (index, frames & ~draw.frames if index == drawn else frames)
                for index, frames in samples.whole(scans)
            )
            for budget in budgets:
                if budget > draw.available:
                    notes.append(_too_few(samples.scans[drawn].name, budget, draw.available))
                    continue
                note = "patches of one layer drawn at random, half of them weak"
                known = ((drawn, draw.labels(budget)),)
                splits.append(Split(f"budget-{budget}", sample, seed, known, scored, note))
    return splits


def _too_few(name: str, budget: int, available: int) -> str:
    return (
        f"A budget of {budget} needs as many patches in half of the frames of {name}, got "
        f"{available}: it was left out."
    )


@contextmanager
def _noting(notes: list[str]) -> Iterator[None]:
    """Turn a split that cannot be made into a note."""
    try:
        yield
    except DarfixWBError as error:
        notes.append(str(error))


PROTOCOLS: dict[str, Callable[[Samples, tuple, tuple, list], list[Split]]] = {
    "no-labels": _no_labels,
    "leave-layer-out": _leave_layer_out,
    "leave-sample-out": _leave_sample_out,
    "budgets": _budgets,
}
"""Makes the splits of a protocol."""
