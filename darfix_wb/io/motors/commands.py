"""What the command of a scan says about its motors, as BLISS and SPEC write it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise

FSCAN_MOTORS = ("fast_motor", "slow_motor", "slow2_motor", "slow1_motor")
"""Parameters of BLISS's fscan2d and fscan3d that name a motor, the fastest first."""

_MESHES = re.compile(r"[ad]?(\d|n)?mesh")
_NESTED = re.compile(r"fscan(2d|3d)")
_TOGETHER = re.compile(r"[adf](\d|n)?scan|lineup|lookupscan|finterlaced|fsweep|fscan(1d)?")
_MOTIONLESS = ("ct", "loopscan", "timescan", "ftimescan")


@dataclass(frozen=True)
class ScanCommand:
    """Motors that a scan moves.

    Attributes
    ----------
    motors : tuple of str
        Names of the motors. The fastest is the first where `is_grid`; where they move together,
        the one that the user named first.
    is_grid : bool
        Whether the motors are nested: the first goes over its range for each step of the second.
    is_motionless : bool
        Whether the command is one that moves no motor, e.g. ``loopscan``.
    """

    motors: tuple[str, ...] = ()
    is_grid: bool = False
    is_motionless: bool = False

    @classmethod
    def of_title(cls, title: str, known: Collection[str] = ()) -> ScanCommand:
        """The command in the title of a scan.

        Parameters
        ----------
        title : str
            E.g. ``"fscan2d chi -0.5 0.08 26 diffry 7 0.06 37 0.5"``.
        known : collection of str
            Names of motors. Of a command that is not known here, only these count; their order
            says nothing.

        Examples
        --------
        >>> ScanCommand.of_title("fscan2d chi -0.5 0.08 26 diffry 7 0.06 37 0.5").motors
        ('diffry', 'chi')
        >>> ScanCommand.of_title("amesh mu 0 1 10 chi 0 1 5 0.1").motors
        ('mu', 'chi')
        >>> ScanCommand.of_title("loopscan 10 1").is_motionless
        True
        """
        name, *words = re.split(r"[\s,()]+", title.strip()) if title.strip() else [""]
        if name in _MOTIONLESS:
            return cls(is_motionless=True)
        named = _motors_among(words)
        if _MESHES.fullmatch(name):
            return cls(named, is_grid=True)
        if _NESTED.fullmatch(name):
            return cls(named[::-1], is_grid=True)
        if _TOGETHER.fullmatch(name):
            return cls(named)
        return cls(tuple(word for word in words if word in known))

    @classmethod
    def of_fscan(cls, parameters: Mapping[str, str]) -> ScanCommand | None:
        """The command that BLISS recorded in ``fscan_parameters``; None where it names no motor.

        Examples
        --------
        >>> ScanCommand.of_fscan({"slow_motor": "chi", "fast_motor": "diffry"})
        ScanCommand(motors=('diffry', 'chi'), is_grid=True, is_motionless=False)
        """
        nested = tuple(parameters[key] for key in FSCAN_MOTORS if parameters.get(key))
        if nested:
            return cls(nested, is_grid=len(nested) > 1)
        return cls((parameters["motor"],)) if parameters.get("motor") else None


def _motors_among(words: list[str]) -> tuple[str, ...]:
    """The words that a number follows, and are none themselves."""
    pairs = pairwise(words)
    named = [word for word, following in pairs if not _is_number(word) and _is_number(following)]
    return tuple(dict.fromkeys(named))


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
