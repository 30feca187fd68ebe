"""Sentences about frames that are left out, and about lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy

ALONE = "alone on its line"
"""Why a frame is in no curve that no other frame shares its line with."""


def surplus_warning(motor: str, n_positions: int, n_frames: int) -> str:
    """What is said of a scan that has fewer frames than positions of `motor`.

    Examples
    --------
    >>> surplus_warning("mu", 31, 20)
    "20 of 31 frames were recorded; the last 11 positions of 'mu' are left out."
    """
    surplus = n_positions - n_frames
    last = f"last {surplus} positions of {motor!r} are" if surplus > 1 else ""
    last = last or f"last position of {motor!r} is"
    verb = "were" if n_frames > 1 else "was"
    return f"{n_frames} of {n_positions} frames {verb} recorded; the {last} left out."


def without_position(positions: Mapping[str, numpy.ndarray]) -> dict[int, str]:
    """Frames at which a position is NaN, with the reason."""
    return {
        int(frame): f"no position of {motor!r}"
        for motor, values in positions.items()
        for frame in numpy.flatnonzero(numpy.isnan(values))
    }


def left_out_warnings(left_out: Mapping[int, str]) -> tuple[str, ...]:
    """A sentence for each reason why frames are left out.

    Examples
    --------
    >>> left_out_warnings({20: "black", 21: "black", 30: "alone on its line"})
    ('2 frames are left out (black): 20 to 21.', '1 frame is left out (alone on its line): 30.')
    """
    sentences = []
    for reason in dict.fromkeys(left_out.values()):
        frames = [frame for frame, other in left_out.items() if other == reason]
        number = "1 frame is" if len(frames) == 1 else f"{len(frames)} frames are"
        sentences.append(f"{number} left out ({reason}): {frame_list(frames)}.")
    return tuple(sentences)


def frame_list(frames: Iterable[int]) -> str:
    """Numbers of frames as people read them.

    Examples
    --------
    >>> frame_list([3, 5, 6, 7, 12])
    '3, 5 to 7, 12'
    """
    frames = numpy.unique(list(frames))
    runs = numpy.split(frames, 1 + numpy.flatnonzero(numpy.diff(frames) > 1))
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)
