"""Parts of sentences about many layers."""

from __future__ import annotations

from collections.abc import Sequence

MOST_NAMED = 5
"""Layers that a sentence names."""


def few(names: Sequence[str], *, most: int = MOST_NAMED) -> str:
    """The first of some names, and how many more there are.

    Examples
    --------
    >>> few(["a", "b", "c", "d"], most=2)
    'a, b and 2 more'
    """
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def one_or_many(count: int, one: str, many: str) -> str:
    """A number with the words that fit it.

    Examples
    --------
    >>> one_or_many(1, "layer is", "layers are"), one_or_many(2, "layer is", "layers are")
    ('1 layer is', '2 layers are')
    """
    return f"{count} {one if count == 1 else many}"
