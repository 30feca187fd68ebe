"""A bar in the terminal for work that takes longer than two seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

SILENT_SECONDS = 2.0
"""Work shorter than this shows no bar."""

_FORMAT = "{desc}: {percentage:3.0f} %|{bar}| {elapsed}<{remaining}"


@contextmanager
def progress_bar(description: str) -> Iterator[Callable[..., None]]:
    """Show how far some work is.

    Parameters
    ----------
    description : str
        What is done, e.g. ``"Classifying"``.

    Yields
    ------
    callable
        Takes the fraction done, 0 to 1; what else it is given is left aside.
    """
    with open_bar(description) as bar:
        yield lambda fraction, *_: bar.update(fraction - bar.n)


def open_bar(description: str) -> tqdm:
    """A bar from 0 to 1 that its owner closes."""
    return tqdm(total=1.0, desc=description, bar_format=_FORMAT, delay=SILENT_SECONDS, leave=False)
