"""The rocking scans of many HDF5 files, looked for in a process that may die of a damaged one."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import threading
from collections.abc import Sequence

from ..progress import SILENT, Monitor
from .hdf5_look import probe_process, what_to_do
from .hdf5_survey import FoundScan, Survey, survey

WAIT_S = 120.0
"""For one file on a slow disk."""

CANCELLED = "The search for layers was cancelled."
_PROGRAM = "from darfix_wb.io.hdf5_survey import main; main()"
_POLL_S = 0.1

File = tuple[str, str | None]
"""A file, and what of it is wanted: as of `darfix_wb.io.hdf5_survey.survey`."""


def survey_files(files: Sequence[File], *, monitor: Monitor = SILENT) -> list[Survey]:
    """What each file has; one that HDF5 dies of, or never comes back from, has a problem.

    Parameters
    ----------
    files : sequence of (str, str or None)
        HDF5 files, and the part of each that is wanted.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    list of Survey
        In the order of the files.
    """
    found: list[Survey] = []
    while len(found) < len(files):
        before = len(found)
        finished = _take(files, found, monitor)
        if finished is None and len(found) == before:  # no process can be started
            found.append(survey(*files[before]))
        elif not finished and len(found) < len(files):
            found.append(_damaged(files[len(found)][0]))
    return found


def _take(files: Sequence[File], found: list[Survey], monitor: Monitor) -> bool | None:
    """Survey files until the last, or until the process dies; None where none can be started."""
    process = _start()
    if process is None:
        return None
    answers: queue.Queue[str] = queue.Queue()
    reader = threading.Thread(target=_read, args=(process, answers), daemon=True)
    reader.start()
    try:
        if not _answer(answers, monitor):
            return None
        for file in files[len(found) :]:
            _send(process, file)
            answer = _answer(answers, monitor)
            if not answer:
                return False
            found.append(_survey(json.loads(answer)))
            monitor.report(len(found) / len(files))
        return True
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stdout.close()
        with contextlib.suppress(OSError):
            process.stdin.close()


def _start() -> subprocess.Popen | None:
    try:
        return probe_process(
            _PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
    except (OSError, ValueError):
        return None


def _send(process: subprocess.Popen, file: File) -> None:
    try:
        process.stdin.write(json.dumps(file) + "\n")
        process.stdin.flush()
    except OSError:
        return  # it died: its output has ended, too


def _read(process: subprocess.Popen, answers: queue.Queue[str]) -> None:
    for line in process.stdout:
        answers.put(line)
    answers.put("")


def _answer(answers: queue.Queue[str], monitor: Monitor) -> str:
    """The next line; empty where none comes."""
    for _ in range(round(WAIT_S / _POLL_S)):
        monitor.check(CANCELLED)
        try:
            return answers.get(timeout=_POLL_S)
        except queue.Empty:
            continue
    return ""


def _survey(answer: list) -> Survey:
    scans, left_out, problem = answer
    return Survey([_scan(*scan) for scan in scans], left_out, problem)


def _scan(entry, data_path, key, shape, dtype, n_bytes, standing, problem) -> FoundScan:
    standing = {name: tuple(position) for name, position in standing.items()}
    return FoundScan(entry, data_path, key, tuple(shape), dtype, n_bytes, standing, problem)


def _damaged(path: str) -> Survey:
    problem = (
        f"The file must be whole, and {path} is damaged: HDF5 cannot read its structure. "
        f"{what_to_do(path)}"
    )
    return Survey([], {}, problem)
