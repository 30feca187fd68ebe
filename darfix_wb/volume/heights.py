"""Where the layers lie: the motor that moves from layer to layer, and not within one.

Images do not tell: correlating them follows boundaries that are inclined, and the pattern of the
sensor.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy

from ..errors import DarfixWBError
from .found import FoundLayer
from .wording import few, one_or_many

_HEIGHT = re.compile(r"(.*[^r])?z\d?|mainx", re.IGNORECASE)
"""Motors that are called so carry the sample up; ``diffrz`` and ``rz`` turn it."""

LARGEST_WANDER = 0.5
"""A motor that moves within a layer by more than this share of the step to the next one rocks."""

SMALLEST_RANGE = 0.01
"""A motor that moves by less than this share of another one jitters."""

REVERSAL = 0.1
"""Share of a step by which a motor that goes one way may go back, as an encoder does."""

UNEVEN = 0.1
"""Steps that differ by more than this share of the usual one are uneven."""

LEAST_LAYERS = 3
"""With fewer, a motor with any name cannot be told from one that jitters."""


class Heights(NamedTuple):
    """Positions of the layers.

    Attributes
    ----------
    motor : str
        The motor that they are of; empty where none tells.
    values : list of float or None
        One for each layer, in the unit of the motor; None where it was not recorded.
    warnings : tuple of str
        What was noticed, a sentence each.
    """

    motor: str
    values: list[float | None]
    warnings: tuple[str, ...] = ()


def find_heights(layers: Sequence[FoundLayer], z_motor: str | None) -> Heights:
    """The positions of layers, in the order of their names.

    Parameters
    ----------
    layers : sequence of FoundLayer
        At least one; some may have a problem.
    z_motor : str or None
        The motor that the user named.

    Raises
    ------
    DarfixWBError
        If the motor that the user named is in no file, or does not move.
    """
    table = _positions([layer for layer in layers if not layer.problem])
    moving = {name: values for name, values in table.items() if numpy.ptp(values)}
    if z_motor is not None:
        _check_named(z_motor, layers, table, moving)
        return _heights(layers, z_motor)
    motor = _height_motor(moving)
    if motor:
        return _heights(layers, motor)
    return Heights("", [None] * len(layers), (_not_told(moving),) if len(layers) > 1 else ())


def _positions(layers: Sequence[FoundLayer]) -> dict[str, numpy.ndarray]:
    """By motor that stands within each layer, those of all layers that have one; most must."""
    counts = Counter(name for layer in layers for name in layer.standing)
    found = {}
    for name in sorted(counts):
        if 2 * counts[name] <= len(layers):
            continue
        pairs = [layer.standing[name] for layer in layers if name in layer.standing]
        values, wander = numpy.array(pairs).T
        step = numpy.ptp(values) / max(len(values) - 1, 1)
        if wander.max() <= LARGEST_WANDER * step or not wander.any():
            found[name] = values
    return found


def _heights(layers: Sequence[FoundLayer], motor: str) -> Heights:
    values = [layer.standing[motor][0] if motor in layer.standing else None for layer in layers]
    missing = [
        f"{layer.url.path} {layer.label}".strip()
        for layer, value in zip(layers, values, strict=True)
        if value is None and not layer.problem
    ]
    if not missing:
        return Heights(motor, values)
    are = one_or_many(len(missing), "layer", "layers")
    return Heights(motor, values, (f"{motor} was not recorded in {are}: {few(missing)}.",))


def _check_named(
    motor: str,
    layers: Sequence[FoundLayer],
    table: Mapping[str, numpy.ndarray],
    moving: Mapping[str, numpy.ndarray],
) -> None:
    recorded = sum(motor in layer.standing for layer in layers if not layer.problem)
    good = sum(not layer.problem for layer in layers)
    offer = f"Motors that do: {few(sorted(moving))}." if moving else "No motor does."
    if 2 * recorded <= good:
        raise DarfixWBError(
            f"The position of {motor} must be recorded in most layers, and it is in {recorded} of "
            f"{good}. {offer}"
        )
    if motor not in table or (good > 1 and motor not in moving):
        raise DarfixWBError(
            "The motor of the layers must move from layer to layer and stand still within each, "
            "and "
            f"{motor} does not. {offer}"
        )


def _height_motor(moving: Mapping[str, numpy.ndarray]) -> str:
    """The motor that is called as heights are and goes one way; else the only one that moves."""
    one_way = {name: values for name, values in moving.items() if _goes_one_way(values)}
    named = {name: values for name, values in one_way.items() if _HEIGHT.fullmatch(name)}
    named = _without_jitter(named)
    if named:
        first = min(named, key=lambda name: (len(name), name))
        alike = all(_same_steps(values, named[first]) for values in named.values())
        return first if alike else ""
    if len(moving) == 1 and one_way:
        name, values = next(iter(moving.items()))
        if len(values) >= LEAST_LAYERS and not _uneven_steps(values).any():
            return name
    return ""


def _without_jitter(named: Mapping[str, numpy.ndarray]) -> dict[str, numpy.ndarray]:
    """Without motors that move far less than another, unless step by step with it."""
    if not named:
        return {}
    most = max(named.values(), key=numpy.ptp)
    tells = len(most) >= LEAST_LAYERS
    return {
        name: values
        for name, values in named.items()
        if numpy.ptp(values) > SMALLEST_RANGE * numpy.ptp(most)
        or (tells and _same_steps(values, most))
    }


def _goes_one_way(values: numpy.ndarray) -> bool:
    steps = numpy.diff(values)
    back = REVERSAL * numpy.ptp(values) / max(len(steps), 1)
    return bool((steps >= -back).all() or (steps <= back).all())


def _same_steps(values: numpy.ndarray, others: numpy.ndarray) -> bool:
    """Whether two motors move together, as a motor and its encoder do; either sign and unit."""
    if len(values) != len(others):
        return False
    first, second = (numpy.abs(numpy.diff(one)) / numpy.ptp(one) for one in (values, others))
    return bool(numpy.allclose(first, second, atol=UNEVEN / max(len(first), 1)))


def _uneven_steps(values: numpy.ndarray) -> numpy.ndarray:
    """``(n - 1,)`` bool: steps that are not as the usual one."""
    steps = numpy.abs(numpy.diff(values))
    usual = numpy.median(steps)
    return numpy.abs(steps - usual) > UNEVEN * usual


def _not_told(moving: Mapping[str, numpy.ndarray]) -> str:
    if not moving:
        return (
            "No motor was recorded that moves from layer to layer: the layers are numbered in the "
            "order of their names, and their distance is not known."
        )
    return (
        f"It is not clear which motor moves from layer to layer: {few(sorted(moving))} do. The "
        "layers are numbered in the order of their names; name the motor (z_motor) for their "
        "positions."
    )
