"""Which frames of a recording are taken, and which are skipped."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy

from ..errors import DarfixWBError
from ..scan import FrameSource, RockingScan

SKIPPED = "skipped on request"
"""Why a frame is in no curve that the user asked to skip."""


def parse_range(text: str) -> slice:
    """The frames of a range such as ``"0:20"``, as Python counts them.

    Raises
    ------
    DarfixWBError
        If the text is none.

    Examples
    --------
    >>> parse_range("5:")
    slice(5, None, None)
    """
    match = re.fullmatch(r"\s*(-?\d+)?\s*:\s*(-?\d+)?\s*", text)
    if not match:
        raise DarfixWBError(
            "The frames to take must be a range A:B, from frame A up to but not including frame "
            "B, got "
            f"{text!r}. Give e.g. 0:20 or 5:."
        )
    return slice(*(None if end is None else int(end) for end in match.groups()))


def parse_frames(
    chosen: str | Iterable[int], n_frames: int, *, which: str = "to skip"
) -> tuple[int, ...]:
    """Numbers of frames from a list such as ``"3,7:9,20-22"``, which is 3, 7, 8, 20, 21 and 22.

    Parameters
    ----------
    chosen : str or iterable of int
        Numbers from 0 and ranges, separated by commas: ``A:B`` is without B, as Python counts, and
        ``A-B`` with it, as people write it; or the numbers themselves.
    n_frames : int
        Number of frames that there are.
    which : str
        Which frames they are, for the text of an error: goes on after "The frames".

    Raises
    ------
    DarfixWBError
        If the text is no such list, or if there is no such frame.

    Examples
    --------
    >>> parse_frames("3,7:9,20-22", 31)
    (3, 7, 8, 20, 21, 22)
    """
    parts = chosen.split(",") if isinstance(chosen, str) else [str(part) for part in chosen]
    frames: set[int] = set()
    for part in filter(str.strip, parts):
        found = _part_of_list(part, n_frames)
        if not found or max(found) >= n_frames:
            raise DarfixWBError(
                f"The frames {which} must be numbers from 0 to {n_frames - 1} or ranges of them, "
                f"got {part.strip()!r}. Give e.g. 14 or 3,7:9."
            )
        frames.update(found)
    return tuple(sorted(frames))


def _part_of_list(part: str, n_frames: int) -> range:
    """The frames of a number or range; none where it is neither."""
    if ":" in part:
        return range(n_frames)[parse_range(part)]
    match = re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", part)
    return range(int(match[1]), int(match[2] or match[1]) + 1) if match else range(0)


def frames_text(frames: Iterable[int]) -> str:
    """A list of frames as the user types it, with a noun.

    Parameters
    ----------
    frames : iterable of int
        By increasing number.

    Examples
    --------
    >>> frames_text([3, 7, 8, 20, 21, 22]), frames_text([14])
    ('frames 3, 7, 8, 20-22', 'frame 14')
    """
    runs: list[list[int]] = []
    for frame in frames:
        if runs and frame == runs[-1][-1] + 1:
            runs[-1].append(frame)
        else:
            runs.append([frame])
    texts = [f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]
    return f"frame{'s' if sum(map(len, runs)) > 1 else ''} {', '.join(texts)}"


def skip_frames(scan: RockingScan, chosen: str | Iterable[int]) -> RockingScan:
    """The scan without some frames in its curves, as `parse_frames` takes them.

    Raises
    ------
    DarfixWBError
        As `parse_frames`, or if no frame is left.
    """
    skipped = parse_frames(chosen, scan.n_frames)
    scan = scan.leave_out(dict.fromkeys(skipped, SKIPPED)) if skipped else scan
    if not scan.used.any():
        raise DarfixWBError(
            f"At least one frame must be left, and all {scan.n_frames} are left out or skipped. "
            "Skip fewer."
        )
    return scan


class FrameRange:
    """Some consecutive frames of another source, which is read only there.

    Parameters
    ----------
    frames : FrameSource
        ``(n_frames, height, width)``.
    chosen : slice
        Without a step.

    Attributes
    ----------
    shape : tuple of int
        ``(n_chosen, height, width)``.
    dtype : numpy.dtype
        That of the source.

    Raises
    ------
    DarfixWBError
        If the range has no frame.

    Examples
    --------
    >>> FrameRange(numpy.zeros((31, 4, 5)), slice(0, 20)).shape
    (20, 4, 5)
    """

    def __init__(self, frames: FrameSource, chosen: slice) -> None:
        self.source = frames
        self.chosen = range(frames.shape[0])[chosen]
        if not self.chosen:
            raise DarfixWBError(
                f"The range of frames must have one frame or more, and of {frames.shape[0]} frames "
                f"the range {range_text(chosen)} has none. Give e.g. 0:{frames.shape[0]}."
            )
        self.shape = (len(self.chosen), *frames.shape[1:])
        self.dtype = frames.dtype

    def __getitem__(self, index: int) -> numpy.ndarray:
        """Frame `index` of the range, ``(height, width)``."""
        return self.source[self.chosen[int(index)]]


def range_text(chosen: slice) -> str:
    """A range as the user writes it, e.g. ``"0:20"``."""
    ends = (chosen.start, chosen.stop)
    return ":".join("" if end is None else str(end) for end in ends)
