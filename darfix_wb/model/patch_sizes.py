"""Which patch sizes a model may take."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from ..errors import DarfixWBError
from ..patches import SMALLEST_PATCH_SIZE

LARGEST_PATCH = 4096
"""Side in px, beyond which the header of an older file, which has no hash, is damaged."""


def checked_patch_sizes(
    network: nn.Module, patch_size: int, patch_sizes: Sequence[int] | None
) -> tuple[int, int]:
    """The smallest and the largest patch size of a model.

    Parameters
    ----------
    network : torch.nn.Module
        One of `darfix_wb.networks.NETWORKS`.
    patch_size : int
        The model's own size, pixels.
    patch_sizes : sequence of int or None
        Smallest and largest size, pixels; None for its own size alone.

    Raises
    ------
    DarfixWBError
        If they are no range around the model's own size, or the network has other weights, or
        none, for some of them.
    """
    alone = (patch_size, patch_size)
    if patch_sizes is None or tuple(patch_sizes) == alone:
        return alone
    given = tuple(patch_sizes)
    whole = len(given) == 2 and all(isinstance(size, int) for size in given)
    if not (whole and SMALLEST_PATCH_SIZE <= given[0] <= patch_size <= given[1] <= LARGEST_PATCH):
        raise DarfixWBError(
            "patch_sizes must be the smallest and the largest patch size of a model in px, from "
            f"{SMALLEST_PATCH_SIZE} to {LARGEST_PATCH} and with its own size ({patch_size}) "
            f"between them, got {given}. Choose e.g. (16, 128) around 64, or leave it out."
        )
    with torch.device("meta"):  # neither memory nor random numbers
        ends = [type(network)(size) for size in given]
    if any(_shapes(end) != _shapes(network) for end in ends):
        raise DarfixWBError(
            "A network must have the same weights at every patch size that it takes, got "
            f"{network.name!r}, whose weights depend on the size, with {describe_sizes(given)}. "
            "Leave patch_sizes out, or choose another network."
        )
    return given


def describe_sizes(patch_sizes: tuple[int, int]) -> str:
    """The sizes in words.

    Examples
    --------
    >>> describe_sizes((16, 128)), describe_sizes((64, 64))
    ('16 to 128 px', '64 px')
    """
    smallest, largest = patch_sizes
    return f"{smallest} px" if smallest == largest else f"{smallest} to {largest} px"


def _shapes(network: nn.Module) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in network.state_dict().items()}
