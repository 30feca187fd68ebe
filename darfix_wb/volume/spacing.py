"""Positions of layers in micrometres, and what is odd about the distances between them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy

from .layer import Layer
from .wording import few, one_or_many

MICROMETRES = {
    "nm": 1e-3,
    "um": 1.0,
    "\u00b5m": 1.0,
    "\u03bcm": 1.0,
    "micron": 1.0,
    "mm": 1e3,
    "cm": 1e4,
    "m": 1e6,
}
"""Micrometres of a unit of length."""

ODD = 0.1
"""Distances that differ by more than this share of the usual one are odd."""


def in_micrometres(positions: Sequence[float | None], unit: str) -> tuple[list[float | None], str]:
    """Positions and their unit: micrometres where the unit is one of length, else as they are.

    Examples
    --------
    >>> in_micrometres([1.0, None, 1.5], "mm")
    ([1000.0, None, 1500.0], 'um')
    """
    factor = MICROMETRES.get(unit.strip().lower())
    if factor is None:
        return list(positions), unit
    return [None if one is None else one * factor for one in positions], "um"


def fill_in(positions: Sequence[float | None]) -> list[float | None]:
    """Positions of which those that are missing lie between others, where these are evenly spaced.

    A layer that cannot be read has no position in its file; its place among the others tells it.

    Examples
    --------
    >>> fill_in([1.0, None, 3.0, 4.0])
    [1.0, 2.0, 3.0, 4.0]
    >>> fill_in([1.0, None, 7.0, 8.0, None])
    [1.0, None, 7.0, 8.0, None]
    """
    places = [place for place, one in enumerate(positions) if one is not None]
    if len(places) < 3:
        return list(positions)
    known = numpy.array([positions[place] for place in places])
    steps = numpy.diff(known) / numpy.diff(places)
    if numpy.abs(steps - numpy.median(steps)).max() > ODD * abs(numpy.median(steps)):
        return list(positions)
    between = range(places[0], places[-1])
    return [
        float(numpy.interp(place, places, known)) if one is None and place in between else one
        for place, one in enumerate(positions)
    ]


def spacing_warnings(layers: Sequence[Layer], unit: str) -> tuple[str, ...]:
    """What to say about layers that lie at one position, or at odd distances.

    Parameters
    ----------
    layers : sequence of Layer
        By increasing position.
    unit : str
        Of their positions.
    """
    pairs = [pair for pair in pairwise(layers) if None not in (pair[0].position, pair[1].position)]
    if not pairs:
        return ()
    steps = numpy.array([after.position - before.position for before, after in pairs])
    moved = steps[steps > ODD * steps.max()]
    usual = float(numpy.median(moved)) if moved.size else 0.0
    same = numpy.flatnonzero(steps <= ODD * usual)
    odd = numpy.flatnonzero((steps > ODD * usual) & (numpy.abs(steps - usual) > ODD * usual))
    sentences = []
    if same.size:
        texts = [f"{pairs[place][0].name} and {pairs[place][1].name}" for place in same]
        sentences.append(
            f"{one_or_many(same.size, 'pair', 'pairs')} of layers at one position: {few(texts)}. "
            "Leave one of each out if the scan was repeated."
        )
    if odd.size:
        texts = [
            f"{steps[place]:.4g} between {pairs[place][0].name} and {pairs[place][1].name}"
            for place in odd
        ]
        sentences.append(
            f"The distance between layers is {usual:.4g} {unit} and differs in "
            f"{one_or_many(odd.size, 'place', 'places')}: "
            f"{few(texts)}. Check that no layer is missing."
        )
    return tuple(sentences)
