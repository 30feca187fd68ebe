"""A process that records a scan as BLISS does: ``python writer.py SOURCE TARGET OPTIONS``.

The frames and positions are those of SOURCE, an npz file. What is done is printed line by line.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import h5py
import hdf5plugin
import numpy

FILTERS = {"bitshuffle": hdf5plugin.Bitshuffle, "none": dict, "gzip": lambda: {"compression": 1}}


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("source")
    parser.add_argument("target", type=Path)
    parser.add_argument("--entry", default="1.1")
    parser.add_argument("--kind", choices=["growing", "virtual", "link"], default="growing")
    parser.add_argument("--filter", choices=FILTERS, default="bitshuffle")
    parser.add_argument("--period", type=float, default=0.02)
    parser.add_argument("--wait", type=float, default=0.0, help="before anything is written")
    parser.add_argument("--gap", type=float, default=0.0, help="between extending and writing")
    parser.add_argument("--stop-after", type=int, help="frames after which the scan is ended")
    parser.add_argument("--hang-after", type=int, help="frames after which to wait to be killed")
    parser.add_argument("--skip-position", action="store_true", help="of the last frame")
    parser.add_argument("--libver")
    return parser.parse_args()


class Scan:
    """One entry of a file of BLISS; Lima's files beside it."""

    def __init__(self, file, given, frames, angles):
        self.file, self.given, self.frames, self.angles = file, given, frames, angles
        entry = file.create_group(given.entry)
        entry.attrs["NX_class"] = "NXentry"
        entry["title"] = f"ascan mu {angles[0]} {angles[-1]} {len(angles) - 1} 0.05"
        entry["start_time"] = "2026-11-28T17:00:00+01:00"
        self.entry = entry
        self.positions = entry.create_dataset(
            "instrument/mu/value", (0,), "f8", maxshape=(None,), chunks=(64,)
        )
        self.positions.attrs["units"] = "deg"
        entry["instrument/positioners/mu"] = h5py.SoftLink(self.positions.name)
        entry["measurement/mu"] = h5py.SoftLink(self.positions.name)
        self.detector = entry.create_group("instrument/pco_ff")
        self.lima = f"{given.target.stem}_pco_ff_0000.h5"
        shape = frames.shape
        if given.kind == "growing":
            filters = FILTERS[given.filter]()
            self.data = self.detector.create_dataset(
                "data", (0, *shape[1:]), frames.dtype, maxshape=(None, *shape[1:]),
                chunks=(1, *shape[1:]), **filters,
            )  # fmt: skip
        elif given.kind == "virtual":
            layout = h5py.VirtualLayout(shape, frames.dtype)
            for number in range(0, len(frames), 4):
                part = frames[number : number + 4].shape
                source = h5py.VirtualSource(self.part(number), "entry_0000/data", part)
                layout[number : number + 4] = source
            self.detector.create_virtual_dataset("data", layout)
        else:
            self.detector["data"] = h5py.ExternalLink(self.lima, "/entry_0000/data")
        entry["measurement/pco_ff"] = h5py.SoftLink(self.detector.name + "/data")
        file.flush()

    def part(self, number):
        return f"{self.given.target.stem}_pco_ff_{number // 4:04d}.h5"

    def write(self, index):
        if self.given.kind == "growing":
            self.data.resize(index + 1, axis=0)
            self.file.flush()
            time.sleep(self.given.gap)
            self.data[index] = self.frames[index]
            self.file.flush()
        elif self.given.kind == "virtual":
            if index % 4 == 3 or index == len(self.frames) - 1:
                first = index // 4 * 4
                self.write_file(self.part(index), self.frames[first : index + 1])
        elif index == len(self.frames) - 1:
            self.write_file(self.lima, self.frames)

    def write_file(self, name, frames):
        """Lima closes a file when all its frames are there."""
        with h5py.File(self.given.target.parent / name, "w") as file:
            data = file.create_dataset(
                "entry_0000/data", frames.shape, frames.dtype, chunks=(1, *frames.shape[1:]),
                **FILTERS[self.given.filter](),
            )  # fmt: skip
            for index, frame in enumerate(frames):
                data[index] = frame
                time.sleep(self.given.gap)

    def add_position(self, index):
        self.positions.resize(index + 1, axis=0)
        self.positions[index] = self.angles[index]
        self.file.flush()

    def end(self):
        self.entry["end_time"] = "2026-11-28T17:01:00+01:00"
        self.file.flush()


def main():
    given = options()
    with numpy.load(given.source) as source:
        frames, angles = source["frames"], source["angles"]
    time.sleep(given.wait)
    stop = given.stop_after or given.hang_after or len(frames)
    with h5py.File(given.target, "a", libver=given.libver) as file:
        scan = Scan(file, given, frames, angles)
        print("begun", flush=True)
        begin = time.monotonic()
        for index in range(stop):
            scan.write(index)
            if not (given.skip_position and index == stop - 1):
                scan.add_position(index)
            print(f"frame {index}", flush=True)
            time.sleep(max(0, begin + (index + 1) * given.period - time.monotonic()))
        if given.hang_after:
            time.sleep(3600)
        scan.end()


if __name__ == "__main__":
    main()
