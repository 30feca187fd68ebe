"""Look at an HDF5 file in a process of its own first: HDF5 ends the whole program, or never comes
back, where what describes the data is damaged.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from ..errors import DarfixWBError
from .hdf5_probe import DONE, NO_MEMORY, READY

WAIT_S = 120.0
"""For a slow disk. An endless loop of the probe ends earlier: its processor time is limited."""

_PROGRAM = "from darfix_wb.io.hdf5_probe import main; main()"
_SAME_PATH = "import json, sys; sys.path[:] = json.loads(sys.argv.pop()); "
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_CRASHES = tuple(
    -getattr(signal, name)
    for name in ("SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGXCPU", "SIGALRM")
    if hasattr(signal, name)
)
_WINDOWS_CRASH = 2**31
_BEING_WRITTEN_S = 60.0
_TRIES = 3


class _State(NamedTuple):
    """A file as it is now; another state is looked at again."""

    path: str
    size: int
    changed: int


_looked_at: dict[_State, str] = {}
"""What the probe could not read of files that were looked at; empty where it could read all."""


def check_sound(path: str | os.PathLike) -> None:
    """Refuse an HDF5 file that would end this program; each state of a file is looked at once.

    It takes 0.1 to 0.4 s. Where no process can be started, the file is taken as it is.

    Raises
    ------
    DarfixWBError
        If the library crashes, does not come back, or asks for all memory.
    """
    unreadable = _unreadable(Path(path))
    for _ in range(_TRIES - 1 if unreadable and _is_fresh(path) else 0):
        time.sleep(0.2)
        unreadable = _unreadable(Path(path))
    if unreadable:
        raise DarfixWBError(
            f"The file must be whole, and {path} is damaged: HDF5 cannot read {unreadable}. "
            f"{what_to_do(path)}"
        )


def what_to_do(path: str | os.PathLike) -> str:
    """How to come to a file that is not damaged."""
    if _is_fresh(path):
        return "If a program is writing it, wait until it has finished; else copy it again."
    return "Copy it again from its source."


def _is_fresh(path: str | os.PathLike) -> bool:
    """Whether a file changed so lately that a program may be writing it."""
    try:
        return time.time() - os.stat(path).st_mtime < _BEING_WRITTEN_S
    except OSError:
        return False


def _unreadable(path: Path) -> str:
    try:
        stat = path.stat()
    except OSError:
        return ""
    state = _State(os.path.realpath(path), stat.st_size, stat.st_mtime_ns)
    if state not in _looked_at:
        _looked_at[state] = _probe(state.path)
    return _looked_at[state]


def probe_process(program: str, *arguments: str, **options: object) -> subprocess.Popen:
    """Start a Python program that may die, with the packages of this one and one thread.

    Parameters
    ----------
    program : str
        The program itself.
    *arguments : str
        Its arguments.
    **options
        Of `subprocess.Popen`.

    Raises
    ------
    OSError, ValueError
        If no process can be started.
    """
    # A package that is installed to be edited may be on no path: a hook of its own finds it.
    path = json.dumps([*sys.path, str(Path(__file__).parents[2])])
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _SAME_PATH + program, *arguments, path],
        stderr=subprocess.DEVNULL,
        env={**os.environ, **_ONE_THREAD},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        **options,
    )


def _probe(path: str) -> str:
    """Name what the probe was reading when it died; empty where it did not, or never began."""
    try:
        process = probe_process(_PROGRAM, path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    except (OSError, ValueError):
        return ""
    with process:
        try:
            output, crashed = process.communicate(timeout=WAIT_S)[0], False
        except subprocess.TimeoutExpired:
            process.kill()
            output, crashed = process.communicate()[0], True
    crashed = crashed or _is_crash(process.returncode)
    lines = [json.loads(line) for line in output.splitlines()]
    if not crashed or READY not in lines or DONE in lines:
        return ""
    last = lines[-1]
    return "its structure" if last == READY else f"{last!r}"


def _is_crash(status: int) -> bool:
    return status in _CRASHES or status == NO_MEMORY or status >= _WINDOWS_CRASH
