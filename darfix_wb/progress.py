"""How far some work is, whether it shall stop, and a bar in the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

from .errors import OperationCancelled

Progress = Callable[..., None]
"""Takes the fraction done, 0 to 1; of a training also its record so far, a dict."""

Cancelled = Callable[[], bool]
"""Asked often; true ends the work with `darfix_wb.errors.OperationCancelled`."""

SILENT_SECONDS = 2.0
"""Work shorter than this shows no bar."""

_FORMAT = "{desc}: {percentage:3.0f} %|{bar}| {elapsed}<{remaining}"


def part_of(progress: Progress | None, begin: float, end: float) -> Progress | None:
    """The progress of a part of some work, told as that of the whole.

    Parameters
    ----------
    progress : callable or None
        Takes the fraction of the whole that is done.
    begin, end : float
        Fractions of the whole at which the part begins and ends.

    Returns
    -------
    callable or None
        Takes the fraction of the part that is done. It may begin anew, as for one step after the
        other: what is told never falls. None where nobody listens.
    """
    if progress is None:
        return None
    furthest = 0.0

    def report(fraction: float, *_: object) -> None:
        nonlocal furthest
        furthest = max(furthest, min(fraction, 1.0))
        progress(begin + (end - begin) * furthest)

    return report


def equal_parts(progress: Progress | None, count: int) -> list[Progress | None]:
    """The progress of each of `count` parts of equal length, as `part_of`."""
    return [part_of(progress, part / count, (part + 1) / count) for part in range(count)]


def stop_if(cancelled: Cancelled | None, sentence: str) -> None:
    """Raise `OperationCancelled` with a sentence, e.g. "Training was cancelled.", if asked to."""
    if cancelled is not None and cancelled():
        raise OperationCancelled(sentence)


@contextmanager
def progress_bar(description: str) -> Iterator[Progress]:
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
