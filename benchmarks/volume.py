"""Whole volumes: from bitshuffle files of 31 frames of 2160x2560 px to images, stage by stage.

    python benchmarks/volume.py                     # ms a frame: published loop, ours, floors
    python benchmarks/volume.py --memory            # largest memory of one and of four layers
    python benchmarks/volume.py --processes         # two Dask processes against one
    python benchmarks/volume.py --layers 301 --output FILE     # a whole volume, really run

A layer is a simulated crystal of 540x640 px, repeated; layers of a volume are entries of one file
that link to four of them. Times are the least and the median of `--repeats`, in turn, in one run.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import hdf5plugin
import numpy
import torch
from frames import SHAPE, large_frame
from inference import LOG_SCALING, PATCH_SIZE, published_loop

from darfix_wb.classification.network import classify
from darfix_wb.detection.detector import LineDetector
from darfix_wb.detection.tracing import trace_lines
from darfix_wb.dislocation_image import dislocation_image
from darfix_wb.extraction import extract
from darfix_wb.integration.images import sum_images
from darfix_wb.io.frame_sources import open_scan
from darfix_wb.memory import keep_freed_memory
from darfix_wb.model import BeamModel
from darfix_wb.networks import build_network
from darfix_wb.patches import PatchGrid
from darfix_wb.progress import progress_bar
from darfix_wb.simulation import (
    SampleParameters,
    ScanParameters,
    SimulationParameters,
    simulate_scan,
)
from darfix_wb.volume.layer import Layer
from darfix_wb.volume.layer_job import LayerJob
from darfix_wb.volume.options import LayerOptions
from darfix_wb.volume.runner import classify_volume
from darfix_wb.volume.summary import VolumeSummary
from darfix_wb.volume.survey import Look

N_FRAMES = 31
TILE = (540, 640)
N_CRYSTALS = 4
DATA = "/1.1/instrument/pco_ff/data"
MB = 2**20

MEMORY = """
import resource, sys
from darfix_wb.memory import keep_freed_memory
from darfix_wb.volume.layer import Layer
from darfix_wb.volume.layer_job import LayerJob
from darfix_wb.volume.options import LayerOptions
keep_freed_memory()
held, lines = sys.argv[1] == "hold", sys.argv[2] == "lines"
job = LayerJob(LayerOptions(hold_frames=held, find_dislocations=lines))
for path in sys.argv[3:]:
    job(Layer(path, path))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def write_layer(path: Path, seed: int) -> None:
    """One rocking scan, compressed as detectors' files are."""
    scan = ScanParameters(shape=TILE, steps=N_FRAMES, seed=seed)
    sample = SampleParameters(crystal_seed=seed)
    simulated = simulate_scan(SimulationParameters(sample=sample, scan=scan))
    times = tuple(side // part for side, part in zip(SHAPE, TILE, strict=True))
    with h5py.File(path, "w") as file:
        file["/1.1/instrument/positioners/phi"] = simulated.rocking_scan.angles
        data = file.create_dataset(
            DATA, (N_FRAMES, *SHAPE), "uint16", chunks=(1, *SHAPE), **hdf5plugin.Bitshuffle()
        )
        for index, frame in enumerate(simulated.frames):
            data[index] = numpy.tile(frame, times)


def write_volume(path: Path, crystals: list[Path], n_layers: int) -> None:
    """Entries of one file, each with its height, whose frames lie in those of the crystals."""
    with h5py.File(path, "w") as file:
        for layer in range(n_layers):
            entry = file.create_group(f"{layer + 1}.1")
            crystal = crystals[layer % len(crystals)].name
            entry["instrument/pco_ff/data"] = h5py.ExternalLink(crystal, DATA)
            angles = "/1.1/instrument/positioners/phi"
            entry["instrument/positioners/phi"] = h5py.ExternalLink(crystal, angles)
            entry["instrument/positioners/samz"] = 0.001 * layer
            entry["instrument/positioners/samz"].attrs["units"] = "mm"


class Stages:
    """What is done with a layer, one stage after the other; each keeps what the next one needs."""

    def __init__(self, path: Path) -> None:
        self._path, self._model, self._detector = path, BeamModel.load(), LineDetector.load()
        self._mask = None

    def extraction(self) -> None:
        scan = open_scan(self._path)
        self._patched = extract(scan, patch_size=PATCH_SIZE, hold=True)

    def classification(self) -> None:
        self._beam_map = classify(self._patched, self._model, device="cpu")

    def integration(self) -> None:
        sum_images(self._patched, self._beam_map, interpolate=True)

    def dislocation_image(self) -> None:
        self._found = dislocation_image(self._patched)

    def detector(self) -> None:
        self._probability = self._detector.probability(self._found, device="cpu")

    def table_of_lines(self) -> None:
        trace_lines(self._probability, self._found.low, self._found.high)


def floors(path: Path) -> dict[str, Callable[[], object]]:
    """What nothing can be faster than, for all frames of a layer."""
    scan = open_scan(path)
    frame, copy = scan.frames[0], numpy.empty(SHAPE, "uint16")
    side = 1024
    matrix = torch.rand(side, side)
    operations = 2.2e9  # of the network in patches of 64 px side by side
    products = max(round(N_FRAMES * operations / (2 * side**3)), 1)
    return {
        "floor: read and decode": lambda: [scan.frames[index] for index in range(N_FRAMES)],
        "floor: copy in memory": lambda: [numpy.copyto(copy, frame) for _ in range(N_FRAMES)],
        "floor: the network's sums as matmul": lambda: [matrix @ matrix for _ in range(products)],
    }


def layer_jobs(folder: Path, path: Path) -> dict[str, Callable[[], object]]:
    """From the file to images, by our model and by the paper's."""
    model_file = folder / "paper.safetensors"
    BeamModel(build_network("lcnn-paper").eval(), PATCH_SIZE, LOG_SCALING).save(model_file)
    images = LayerOptions(find_dislocations=False, device="cpu")
    jobs = {
        "ours, images": LayerJob(images),
        "ours, images, frames read three times": LayerJob(
            LayerOptions(find_dislocations=False, hold_frames=False, device="cpu")
        ),
        "ours, images, stride 32": LayerJob(
            LayerOptions(find_dislocations=False, stride=32, device="cpu")
        ),
        "ours, images, dislocations, lines": LayerJob(LayerOptions(device="cpu")),
        "paper's network, images": LayerJob(
            LayerOptions(model_file=str(model_file), find_dislocations=False, device="cpu")
        ),
    }
    layer = Layer(str(path), "layer")
    return {name: (lambda job=job: job(layer)) for name, job in jobs.items()}


def published(frames: int) -> Callable[[], None]:
    """The published loop on some frames."""
    loop = published_loop(PatchGrid(SHAPE, PATCH_SIZE))
    return lambda: [loop(large_frame(seed)) for seed in range(frames)]


def speed(folder: Path, repeats: int) -> None:
    """Milliseconds a frame of each way and stage, in turn."""
    path = folder / "layer_0.h5"
    write_layer(path, 0)
    stages = Stages(path)
    names = [name for name in vars(Stages) if not name.startswith("_")]
    ways = {"published loop": (published(1), 1)}
    ways |= {name: (way, N_FRAMES) for name, way in layer_jobs(folder, path).items()}
    ways |= {
        f"stage: {name.replace('_', ' ')}": (getattr(stages, name), N_FRAMES) for name in names
    }
    ways |= {name: (way, N_FRAMES) for name, way in floors(path).items()}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for repeat in range(-1, repeats):  # the first is not timed
        for name, (way, n_frames) in ways.items():
            started = time.perf_counter()
            way()
            if repeat >= 0:
                seconds[name].append((time.perf_counter() - started) / n_frames)
    print(f"{torch.get_num_threads()} threads, {repeats} repeats, load {os.getloadavg()[0]:.1f}")
    print("| ms a frame | least | median | published loop over this |\n| --- | --- | --- | --- |")
    loop = numpy.median(seconds["published loop"])
    for name, times in seconds.items():
        middle = numpy.median(times)
        print(f"| {name} | {1e3 * min(times):.1f} | {1e3 * middle:.1f} | {loop / middle:.1f} |")


def memory(folder: Path) -> None:
    """Largest memory of a process that classifies one and four layers."""
    paths = [folder / f"layer_{seed}.h5" for seed in range(N_CRYSTALS)]
    for seed, path in enumerate(paths):
        write_layer(path, seed)
    print("| frames | result | one layer (MB) | four layers (MB) |\n| --- | --- | --- | --- |")
    for hold in ("hold", "read again"):
        for lines in ("lines", "images only"):
            sizes = []
            for some in (paths[:1], paths):
                command = [sys.executable, "-c", MEMORY, hold, lines, *map(str, some)]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                sizes.append(int(done.stdout) / 1024)
            print(f"| {hold} | {lines} | {sizes[0]:.0f} | {sizes[1]:.0f} |")


def processes(folder: Path, n_layers: int) -> None:
    """Seconds for some layers by one and by two Dask processes of one thread each."""
    volume = _volume(folder, n_layers)
    seconds = []
    for count in (1, 2):
        from dask.distributed import LocalCluster

        with LocalCluster(
            n_workers=count, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster:
            where = {"scheduler": cluster.scheduler_address}
            _run(volume, folder / "warm.h5", 2, **where)
            started = time.perf_counter()
            _run(volume, folder / f"of_{count}.h5", n_layers, **where)
            seconds.append(time.perf_counter() - started)
    print(f"{n_layers} layers: one process {seconds[0]:.0f} s, two {seconds[1]:.0f} s, ", end="")
    print(f"{seconds[0] / seconds[1]:.2f} times as fast")


def whole(folder: Path, n_layers: int, output: Path, options: LayerOptions) -> None:
    """A volume of any length, read and written."""
    volume = _volume(folder, n_layers)
    started = time.perf_counter()
    with progress_bar("Classifying layers") as monitor:
        summary = _run(volume, output, n_layers, options=options, monitor=monitor)
    seconds = time.perf_counter() - started
    frames, load = n_layers * N_FRAMES, os.getloadavg()[0]
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{n_layers} layers, {frames} frames: {seconds / 60:.1f} min, ", end="")
    print(f"{1e3 * seconds / frames:.1f} ms a frame, {largest:.0f} MB, load {load:.1f}")
    print(summary)


def _volume(folder: Path, n_layers: int) -> Path:
    crystals = [folder / f"layer_{seed}.h5" for seed in range(min(N_CRYSTALS, n_layers))]
    for seed, crystal in enumerate(crystals):
        write_layer(crystal, seed)
    volume = folder / "volume.h5"
    write_volume(volume, crystals, n_layers)
    return volume


def _run(volume: Path, output: Path, n_layers: int, **how: object) -> VolumeSummary:
    """Layers by their entries: `find_layers` would take each crystal once."""
    layers = [
        Layer(f"silx://{volume}?/{number}.1/instrument/pco_ff/data", f"{number}.1", float(number))
        for number in range(1, n_layers + 1)
    ]
    options = how.pop("options", LayerOptions(device="cpu"))
    given = {"motor": "samz", "unit": "um", "looks": [Look(SHAPE, N_FRAMES)] * n_layers}
    return classify_volume(layers, options, output, overwrite=True, **given, **how)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--processes", action="store_true")
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--output", type=Path, help="volume to write")
    parser.add_argument("--binning", type=int, default=1)
    parser.add_argument("--images-only", action="store_true", help="without dislocations and lines")
    arguments = parser.parse_args()
    keep_freed_memory()  # as the command does
    large_frame(0)  # Simulating sets the number of threads, so it comes first.
    torch.set_num_threads(os.cpu_count())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.output:
            options = LayerOptions(
                binning=arguments.binning,
                find_dislocations=not arguments.images_only,
                device="cpu",
            )
            whole(folder, arguments.layers, arguments.output, options)
        elif arguments.memory:
            memory(folder)
        elif arguments.processes:
            processes(folder, arguments.layers)
        else:
            speed(folder, arguments.repeats)


if __name__ == "__main__":
    main()
