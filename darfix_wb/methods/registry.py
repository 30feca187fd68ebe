"""The methods by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from ..beam import LCNN_ALONE, BeamMap
from ..errors import DarfixWBError
from .decompositions import blind_source, darfix_nstd, gso
from .method import Method, MethodOptions
from .networks import CONNECTED, GivenMap, NetworkMethod
from .scores import angle_rule, frame_threshold

METHODS: dict[str, Callable[[MethodOptions], Method]] = {
    "lcnn": partial(NetworkMethod, "lcnn"),
    LCNN_ALONE: partial(NetworkMethod, LCNN_ALONE),
    "lcnn-paper": partial(NetworkMethod, "lcnn-paper"),
    "resnet18": partial(NetworkMethod, "resnet18"),
    "vgg16": partial(NetworkMethod, "vgg16"),
    "angle-rule": angle_rule,
    "frame-threshold": frame_threshold,
    "darfix-nstd": darfix_nstd,
    "pca": partial(blind_source, "pca"),
    "nmf": partial(blind_source, "nmf"),
    "nica": partial(blind_source, "nica"),
    "gso": gso,
}
"""Makes a method from options, by its name."""


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
