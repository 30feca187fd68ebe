"""Memory to classify and integrate a file, by its number of frames.

Writes scans of 8 and of 32 frames of 2160x2560 px and runs ``darfix-wb classify`` on each in a
process of its own; prints the largest memory of each, and what one more frame adds.

    python benchmarks/memory.py
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import hdf5plugin
import numpy

SHAPE = (2160, 2560)
LENGTHS = (8, 32)

PROGRAM = """
import resource, sys
from darfix_wb.cli import main
status = main(["classify", sys.argv[1], "--output", sys.argv[2], "--stride", "64"])
print(status, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


def write_scan(path: Path, n_frames: int) -> None:
    """A rocking curve over noise, written frame by frame."""
    rng = numpy.random.default_rng(0)
    texture = rng.lognormal(0, 0.7, SHAPE).astype(numpy.float32)
    angles = numpy.linspace(-0.06, 0.06, n_frames)
    with h5py.File(path, "w") as file:
        file["/1.1/instrument/positioners/phi"] = angles
        data = file.create_dataset(
            "/1.1/instrument/pco_ff/data",
            (n_frames, *SHAPE),
            "uint16",
            chunks=(1, *SHAPE),
            **hdf5plugin.Bitshuffle(),
        )
        for index, angle in enumerate(angles):
            signal = 800 * numpy.exp(-((angle / 0.01) ** 2) / 2) * texture
            data[index] = numpy.maximum(rng.normal(102, 3, SHAPE) + rng.poisson(signal), 0)


def largest_memory(folder: Path, n_frames: int) -> float:
    """MiB of a process that classifies a scan of that length."""
    scan = folder / f"{n_frames}.h5"
    write_scan(scan, n_frames)
    arguments = [sys.executable, "-c", PROGRAM, str(scan), str(folder / f"out{n_frames}.h5")]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    status, kibibytes = done.stderr.split()[-2:]
    if status != "0":
        raise SystemExit(done.stderr)
    return int(kibibytes) / 1024


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        memory = [largest_memory(Path(folder), length) for length in LENGTHS]
    for length, mebibytes in zip(LENGTHS, memory, strict=True):
        print(f"{length:3d} frames of {SHAPE[0]}x{SHAPE[1]} px: {mebibytes:.0f} MiB")
    growth = (memory[1] - memory[0]) / (LENGTHS[1] - LENGTHS[0])
    frame = 2 * SHAPE[0] * SHAPE[1] / 2**20
    print(f"each further frame adds {growth:.2f} MiB; a frame is {frame:.1f} MiB")


if __name__ == "__main__":
    main()
