"""Frames and motor positions of EDF files, as ID06 and Lima write them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy

from ..errors import DarfixWBError
from .edf_headers import EDFFrame, edf_frames_of
from .frame_files import FrameFiles
from .motor_files import OFFER


class EDFFrames(FrameFiles):
    """Frames of EDF files, of one frame each or of several."""

    format = "EDF"
    suffixes = (".edf", ".edf.gz", ".edf.bz2")

    def motor_positions(self) -> dict[str, numpy.ndarray]:
        """Positions by motor, ``(n_frames,)`` float64, from ``motor_mne`` and ``motor_pos``.

        NaN stands where a header does not name a motor, or has no number for it; motors that
        have a number in no header are left out.

        Raises
        ------
        DarfixWBError
            If only the first header of a file has them, or if no motor moves by the headers.
        """
        self._check_every_header()
        motors = [_motors(stored) for stored in self._stored]
        names = sorted({name for found in motors for name in found})
        positions = {
            name: numpy.array([found.get(name, numpy.nan) for found in motors]) for name in names
        }
        positions = {name: at for name, at in positions.items() if not numpy.isnan(at).all()}
        if len(motors) > 1 and not any(map(_moves, positions.values())):
            raise DarfixWBError(
                f"One motor must move from frame to frame, and by the headers of the "
                f"{len(motors)} frames no motor moves here: {_few(self.files)}. {OFFER}"
            )
        return positions

    def _frames_of(self, file: str) -> list[EDFFrame]:
        return edf_frames_of(file)

    def _check_every_header(self) -> None:
        named = ["MOTOR_MNE" in stored.header for stored in self._stored]
        bare = [
            stored
            for stored, has_motors in zip(self._stored, named, strict=True)
            if stored.number and not has_motors
        ]
        if bare and any(named):
            raise DarfixWBError(
                f"The header of every frame must have the motor positions, and only {sum(named)} "
                f"of {len(named)} have them, e.g. not that of frame {bare[0].number} of "
                f"{bare[0].file}. {OFFER}"
            )


def _moves(values: numpy.ndarray) -> bool:
    finite = values[numpy.isfinite(values)]
    return bool(numpy.any(finite != finite[:1]))


def _few(files: list[str]) -> str:
    return files[0] if len(files) == 1 else f"{files[0]} to {files[-1]}"


def _motors(stored: EDFFrame) -> Mapping[str, float]:
    names = stored.header.get("MOTOR_MNE", "").split()
    values = stored.header.get("MOTOR_POS", "").split()
    if len(names) != len(values):
        raise DarfixWBError(
            f"An EDF header must have one value in motor_pos for each name in motor_mne, got "
            f"{len(values)} and {len(names)} in {stored.file}. Leave the file out or correct its "
            f"header. {OFFER}"
        )
    return dict(zip(names, map(_number, values), strict=True))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return numpy.nan
