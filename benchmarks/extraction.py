"""What the search for invalid pixels and bad frames adds to the pass over a scan.

python benchmarks/extraction.py [--frames 31 101]

Frames of 2160x2560 px in an HDF5 file, one chunk a frame as a detector writes them, with warm
pixels as a camera has them. Side by side, in turns: the pass as it was before (read, means of the
patches, statistics of blocks) and `extract`; and the whole classification, of which the pass is a
part.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import h5py
import numpy
from frames import SHAPE, large_frame

import darfix_wb as wb
from darfix_wb.blocks import Blocks
from darfix_wb.extraction import extract
from darfix_wb.normalization import estimate_background
from darfix_wb.patches import PatchGrid
from darfix_wb.scan import RockingScan

STRIDE = 32
WARM_SHARE = 0.0057
REPEATS = 3


def write_scan(path: Path, n_frames: int) -> None:
    """A scan of `n_frames`, brightest in the middle, with the layout of BLISS."""
    rng = numpy.random.default_rng(0)
    warm = (rng.random(SHAPE) < WARM_SHARE) * rng.exponential(40, SHAPE)
    with h5py.File(path, "w") as file:
        shape = (n_frames, *SHAPE)
        frames = file.create_dataset(
            "1.1/instrument/pco_ff/data", shape, "uint16", chunks=(1, *SHAPE)
        )
        z = numpy.linspace(-3, 3, n_frames)
        for index, weight in enumerate(numpy.exp(-(z**2))):
            signal = numpy.maximum(large_frame(index).astype(float) - 110, 0) * weight
            frames[index] = rng.normal(110 + signal + warm, 4.6).clip(0, 65535).round()
        file["1.1/instrument/positioners/mu"] = 0.004 * numpy.arange(n_frames)


def pass_before(scan: RockingScan) -> None:
    """Read every frame, its patches and its blocks, and nothing else."""
    grid = PatchGrid(scan.frame_shape, 64, STRIDE)
    means = []

    def frames():
        for index in range(scan.n_frames):
            frame = numpy.asarray(scan.frames[index])
            means.append(grid.means(frame))
            yield frame

    estimate_background(Blocks.of(frames()))


def seconds(function, *arguments, **options) -> float:
    """Of one call."""
    begin = time.perf_counter()
    function(*arguments, **options)
    return time.perf_counter() - begin


def main() -> None:
    """Print milliseconds a frame."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, nargs="+", default=[31, 101])
    for n_frames in parser.parse_args().frames:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "scan.h5"
            write_scan(path, n_frames)
            scan = wb.open_scan(path)
            pass_before(scan)
            extract(scan, stride=STRIDE)
            before, now = [], []
            for _ in range(REPEATS):
                before.append(seconds(pass_before, scan))
                now.append(seconds(extract, scan, stride=STRIDE))
            whole = seconds(wb.classify, scan)
        each = [1000 * min(times) / n_frames for times in (before, now, [whole])]
        print(
            f"{n_frames} frames: pass before {each[0]:.2f} ms a frame, now {each[1]:.2f} ms "
            f"({each[1] - each[0]:+.2f} ms, {each[1] / each[0]:.2f} times), classification "
            f"{each[2]:.0f} ms a frame"
        )


if __name__ == "__main__":
    main()
