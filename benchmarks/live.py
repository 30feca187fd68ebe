"""From a frame on disk to its labels, while another process records the scan.

A process writes frames of 2160x2560 px, uint16 in bitshuffle, at 10 Hz with a flush for each, as
BLISS does; ``darfix-wb watch`` follows. Latency is counted from the end of the flush to the labels,
and every eighth row of each frame is held against what was written: one that differs is torn.

    python benchmarks/live.py [--frames 300] [--rate 10]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import h5py
import hdf5plugin
import numpy
from frames import SHAPE, large_frame

from darfix_wb.errors import OperationCancelled
from darfix_wb.live.classifying import LiveLabels
from darfix_wb.live.following import LiveFrame
from darfix_wb.live.options import LiveOptions
from darfix_wb.live.session import LiveSession
from darfix_wb.progress import Monitor

N_DIFFERENT = 8
SOME = slice(None, None, -8)
"""Rows that are compared, the last among them: all of them would take the time of a reading."""

WRITE = "--write"
"""Tells the process that writes from the one that follows."""


def frame_of(index: int, different: list[numpy.ndarray]) -> numpy.ndarray:
    """One of a few frames, with its number in its first and in its last pixel."""
    frame = different[index % N_DIFFERENT]
    frame[0, 0] = frame[-1, -1] = index + 1
    return frame


def write(path: Path, n_frames: int, rate: float) -> None:
    """Write a scan; say when each frame was flushed."""
    different = [large_frame(seed).copy() for seed in range(N_DIFFERENT)]
    with h5py.File(path, "w") as file:
        entry = file.create_group("1.1")
        entry["title"] = f"ascan mu -0.1 0.1 {n_frames - 1} {1 / rate:g}"
        data = entry.create_dataset(
            "instrument/pco_ff/data",
            (0, *SHAPE),
            "u2",
            maxshape=(None, *SHAPE),
            chunks=(1, *SHAPE),
            **hdf5plugin.Bitshuffle(),
        )
        positions = entry.create_dataset("instrument/mu/value", (0,), "f8", maxshape=(None,))
        file.flush()
        begin = time.monotonic()
        for index in range(n_frames):
            frame = frame_of(index, different)
            time.sleep(max(0, begin + index / rate - time.monotonic()))
            for dataset, value in ((data, frame), (positions, -0.1 + 0.2 * index / n_frames)):
                dataset.resize(index + 1, axis=0)
                dataset[index] = value
            file.flush()
            print(time.time(), flush=True)
        entry["end_time"] = "2026-11-28T17:00:00+01:00"


def follow(folder: Path, n_frames: int, rate: float) -> tuple[numpy.ndarray, int]:
    """Seconds from disk to labels, and the number of torn frames."""
    path = folder / "scan.h5"
    different = [large_frame(seed).copy() for seed in range(N_DIFFERENT)]
    labelled: list[float] = []
    torn: list[int] = []

    def note(frame: LiveFrame, labels: LiveLabels) -> None:
        labelled.append(time.time())
        expected = frame_of(frame.index, different)[SOME]
        if not numpy.array_equal(frame.counts[SOME], expected):
            torn.append(frame.index)

    session = LiveSession(LiveOptions(str(path), str(folder / "live.h5")), on_frame=note)
    command = [sys.executable, __file__, WRITE, str(path), "--frames", str(n_frames)]
    writer = subprocess.Popen(
        [*command, "--rate", str(rate)], stdout=subprocess.PIPE, text=True, bufsize=1
    )
    flushed: list[float] = []
    listener = threading.Thread(target=lambda: flushed.extend(map(float, writer.stdout)))
    listener.start()
    try:
        session.follow(Monitor(cancelled=lambda: len(labelled) == n_frames))
    except OperationCancelled:
        pass
    finally:
        writer.wait()
        listener.join()
    return numpy.array(labelled) - numpy.array(flushed), len(torn)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--rate", type=float, default=10.0, help="frames a second")
    parser.add_argument(WRITE, type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.write is not None:
        write(arguments.write, arguments.frames, arguments.rate)
        return
    with tempfile.TemporaryDirectory() as folder:
        latency, torn = follow(Path(folder), arguments.frames, arguments.rate)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} with the run")
    parts = numpy.array_split(latency, -(-len(latency) // 50))
    print("median of each 50 frames:", " ".join(f"{numpy.median(part):.3f}" for part in parts), "s")
    low, middle, high, most = numpy.quantile(latency, (0.05, 0.5, 0.95, 1))
    print(
        f"{len(latency)} frames of {SHAPE[0]}x{SHAPE[1]} px at {arguments.rate:g} Hz, disk to "
        f"labels: median {middle:.3f} s, 5 % {low:.3f} s, 95 % {high:.3f} s, longest {most:.3f} s; "
        f"{torn} torn"
    )


if __name__ == "__main__":
    main()
