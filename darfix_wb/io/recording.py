"""What a file has of a scan, and the rocking scan that it makes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy

from ..scan import FrameSource, RockingScan
from .frame_choice import FrameRange, parse_range
from .frame_choice import skip_frames as skip_frames_of
from .motors import Rocking, ScanCommand, find_rocking
from .motors.rocking import NO_POSITIONS
from .scan_urls import parse_scan_url


@dataclass(frozen=True)
class Recording:
    """Frames and motor positions as a file has them, before anything is made of them.

    Attributes
    ----------
    frames : FrameSource
        ``(n_frames, height, width)``.
    positions : mapping of str to numpy.ndarray
        ``(n,)`` by motor.
    command : ScanCommand or None
        The motors that the scan was asked to move, where the file says so.
    units : mapping of str to str
        Unit of each motor, where the file says so.
    source : str
        URL or name of the files.
    remedy : str
        What the user can do where there are no positions at all.
    dark : numpy.ndarray or None
        ``(height, width)`` float32, mean of dark images.
    left_out : mapping of int to str
        Frames that cannot be used, with the reason.
    warnings : tuple of str
        What was noticed so far, a sentence each.
    """

    frames: FrameSource
    positions: Mapping[str, numpy.ndarray]
    command: ScanCommand | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    remedy: str = NO_POSITIONS
    dark: numpy.ndarray | None = None
    left_out: Mapping[int, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def cut(self, frames: str | slice) -> Recording:
        """The same recording with some of its frames, and their positions.

        Where the range has no end, surplus positions stay, so that they are named.
        """
        chosen = parse_range(frames) if isinstance(frames, str) else frames
        taken = FrameRange(self.frames, chosen)
        first, last = taken.chosen.start, taken.chosen.stop
        part = slice(first, None if chosen.stop is None else last)
        positions = {
            name: numpy.ravel(values)[part] if numpy.size(values) > 1 else values
            for name, values in self.positions.items()
        }
        left_out = {
            frame - first: reason
            for frame, reason in self.left_out.items()
            if first <= frame < last
        }
        return replace(
            self,
            frames=taken,
            positions=positions,
            source=str(parse_scan_url(self.source)._replace(frames=slice(first, last))),
            left_out=left_out,
            warnings=self.warnings if len(left_out) == len(self.left_out) else (),
        )

    def rocking_scan(
        self, *, motor: str | None = None, skip_frames: str | Iterable[int] = ()
    ) -> RockingScan:
        """The rocking scan of these frames.

        Parameters
        ----------
        motor : str, optional
            Rocking motor; needed only where it cannot be told.
        skip_frames : str or iterable of int, optional
            Frames to leave out of all curves, e.g. ``"3,7:9"``.

        Raises
        ------
        DarfixWBError
            As `find_rocking`, or if there are no such frames, or none is left.
        """
        rocking = find_rocking(
            self.positions,
            self.frames.shape[0],
            motor=motor,
            command=self.command,
            remedy=self.remedy,
        )
        return skip_frames_of(self.with_rocking(rocking), skip_frames)

    def with_rocking(self, rocking: Rocking) -> RockingScan:
        """The rocking scan of these frames along a motor, with its curves."""
        return RockingScan(
            self.frames,
            rocking.angles,
            rocking.motor,
            self.units.get(rocking.motor, ""),
            rocking.curves,
            self.dark,
            source=self.source,
            left_out={**rocking.left_out, **self.left_out},
            warnings=(*self.warnings, *rocking.warnings),
        )
