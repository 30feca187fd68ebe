"""The methods by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from ..beam import BeamMap
from ..errors import DarfixWBError
from .decompositions import BLIND_SOURCES, blind_source, darfix_nstd, gso
from .dislocations import detector, matched
from .majority import Majority
from .method import Method, MethodOptions
from .networks import CONNECTED, NETWORK_TEXTS, GivenMap, NetworkMethod
from .scores import angle_rule, frame_threshold

METHODS: dict[str, Callable[[MethodOptions], Method]] = {
    **{name: partial(NetworkMethod, name) for name in NETWORK_TEXTS},
    "angle-rule": angle_rule,
    "frame-threshold": frame_threshold,
    "darfix-nstd": darfix_nstd,
    **{name: partial(blind_source, name) for name in BLIND_SOURCES},
    "gso": gso,
    "matched": matched,
    "detector": detector,
}
"""Makes a method from options, by its name."""


def method_names() -> tuple[str, ...]:
    """All methods, the baseline "majority" first, which only an evaluation needs."""
    return (Majority.name, *METHODS)


def make_method(name: str, options: MethodOptions) -> Method:
    """A method by its name, "majority" among them.

    Raises
    ------
    DarfixWBError
        If there is none of that name.
    """
    if name not in method_names():
        raise DarfixWBError(
            f"methods must be some of {', '.join(method_names())}, got {name!r}. Choose among "
            "these."
        )
    return Majority() if name == Majority.name else METHODS[name](options)


def make_methods(names: Sequence[str], options: MethodOptions) -> list[Method]:
    """The methods of these names, each once.

    Raises
    ------
    DarfixWBError
        If a name is unknown, or none is given.
    """
    unknown = [name for name in names if name not in METHODS]
    if unknown or not names:
        raise DarfixWBError(
            f"methods must be some of {', '.join(METHODS)}, got "
            f"{', '.join(map(repr, unknown)) or 'none'}. Choose among these."
        )
    return [METHODS[name](options) for name in dict.fromkeys(names)]


def with_connected(methods: Sequence[Method], beam_map: BeamMap) -> list[Method]:
    """The methods with a connected classification in the place of ``lcnn``.

    It is called by the method that made it, e.g. ``angle-rule``, and where that method is asked for
    too, ``angle-rule (connected)``.

    Parameters
    ----------
    methods : sequence of Method
        From `make_methods`.
    beam_map : BeamMap
        The classification.
    """
    given = GivenMap(beam_map)
    others = {method.name for method in methods} - {"lcnn"}
    if given.name in others:
        given = GivenMap(beam_map, f"{given.name} ({CONNECTED})")
    return [given if method.name == "lcnn" else method for method in methods]
