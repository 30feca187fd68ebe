"""The grid of the publication, drawn from random lines: how long a reconstruction takes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy
from scipy.ndimage import gaussian_filter

from darfix_wb.progress import Monitor, progress_bar
from darfix_wb.volume.layer import Layer
from darfix_wb.volume.layout import VOLUME, create_volume
from darfix_wb.volume.options import LayerOptions
from darfix_wb.volume.plan import VolumePlan
from darfix_wb.volume.summary import LayerState

from .tables import markdown

SHAPE = (301, 997, 1237)
SPACING_UM = (0.984, 0.074, 0.209)
DENSITIES_PER_UM2 = (0.02, 0.06)
"""Length of lines over the volume."""

STEP_UM = 0.1
SPOT_UM = (0.25, 0.25)
THICK_UM = 0.25
PEAK_SIGMA = 15.0
"""Of a line along the normal of the layers."""

CHILD = """
import resource, sys, time
from darfix_wb.reconstruction.layer_stack import open_stack
from darfix_wb.reconstruction.reconstruct import reconstruct
from darfix_wb.dislocation_lines.network_file import write_network
started = time.perf_counter()
network = reconstruct(open_stack(sys.argv[1], [float(a) for a in sys.argv[3:]])).network
found, processor = time.perf_counter() - started, time.process_time()
write_network(sys.argv[2], network)
print(found, time.perf_counter() - started, processor, len(network.lines), network.length_um,
      resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def full_grid(densities_per_um2: Sequence[float], folder: Path) -> tuple[str, list[dict[str, Any]]]:
    """Time the reconstruction of volumes of some densities; a table, and its figures.

    Each volume takes 3 GB in the folder while it is looked at.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for density in densities_per_um2:
        with tempfile.TemporaryDirectory(dir=folder) as own:
            volume = Path(own) / "volume.h5"
            with progress_bar(f"Drawing {density:g} um of lines per um3") as monitor:
                length = draw_volume(volume, density, monitor)
            rows.append({"density_per_um2": density, "length_um": length} | _timed(volume))
    head = [
        "length density (1/um2)",
        "found: lines",
        "found / true length",
        "s",
        "with writing, s",
        "of the processor, s",
    ]
    head += ["largest memory (GB)", "load before"]
    table = [head, ["---"] * len(head)]
    for row in rows:
        table.append(
            [
                f"{row['density_per_um2']:g}",
                str(row["lines"]),
                f"{row['found_um'] / row['length_um']:.2f}",
                f"{row['seconds']:.0f}",
                f"{row['seconds_with_writing']:.0f}",
                f"{row['processor_seconds']:.0f}",
                f"{row['memory_gb']:.2f}",
                f"{row['load']:.1f}",
            ]
        )
    size = " x ".join(map(str, SHAPE))
    return f"{size} voxels, {os.cpu_count()} cores\n\n{markdown(table)}", rows


def _timed(volume: Path) -> dict[str, Any]:
    """In a process of its own, so that its memory is its own."""
    load = os.getloadavg()[0]
    command = [sys.executable, "-c", CHILD, str(volume), str(volume.with_name("lines.h5"))]
    command += map(str, SPACING_UM)
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, with_writing, processor, lines, found, memory = map(float, done.stdout.split())
    return {
        "lines": int(lines),
        "found_um": found,
        "seconds": seconds,
        "seconds_with_writing": with_writing,
        "processor_seconds": processor,
        "memory_gb": memory * 1024 / 1e9,
        "load": load,
    }


def draw_volume(path: Path, density_per_um2: float, monitor: Monitor) -> float:
    """Write a classified volume in which random lines are drawn, and return their length in um."""
    plan = _plan()
    create_volume(path, plan)
    points = random_points(density_per_um2)
    order = numpy.argsort(points[:, 0])
    points = points[order]
    random = numpy.random.default_rng(1)
    with h5py.File(path, "r+") as file:
        group = file[f"entry/{VOLUME}"]
        for index in range(SHAPE[0]):
            image = draw_layer(points, index * SPACING_UM[0], random)
            probability = 1 / (1 + numpy.exp(5 - image))
            for name, values in (("dislocation_image", image), ("line_probability", probability)):
                group[f"{name}/{name}"][index] = values.astype("float32")
            group["layers/state"][index] = LayerState.DONE
            monitor.report((index + 1) / SHAPE[0])
    return len(points) * STEP_UM


def _plan() -> VolumePlan:
    layers = tuple(
        Layer(f"layer_{k:03d}.h5", f"layer_{k:03d}", k * SPACING_UM[0]) for k in range(SHAPE[0])
    )
    sizes = {"frame_shape": SHAPE[1:], "patch_size": 64, "stride": 64, "n_frames": 1}
    hashes = ("a" * 64, "b" * 64, "")
    return VolumePlan(layers, LayerOptions(), "samz", "um", *hashes, "cpu", **sizes)


def random_points(density_per_um2: float) -> numpy.ndarray:
    """``(n, 3)`` points every 0.1 um along wavy lines in all directions, of 20 to 300 um."""
    box = (numpy.array(SHAPE) - 1) * SPACING_UM
    random = numpy.random.default_rng(0)
    wanted, parts, count = density_per_um2 * numpy.prod(box) / STEP_UM, [], 0
    while count < wanted:
        axes = numpy.linalg.qr(random.normal(size=(3, 3)))[0]
        along = numpy.arange(0, random.uniform(20, 300), STEP_UM)
        wave = random.uniform(0.3, 1.5, 2) * numpy.sin(
            along[:, None] * 2 * numpy.pi / random.uniform(30, 80, 2) + random.uniform(0, 6, 2)
        )
        line = numpy.column_stack([along - along.mean(), wave]) @ axes.T
        line += random.uniform(0, 1, 3) * box
        line = line[((line > 0) & (line < box)).all(axis=1)]
        parts.append(line)
        count += len(line)
    return numpy.concatenate(parts)


def draw_layer(
    points: numpy.ndarray, position_um: float, random: numpy.random.Generator
) -> numpy.ndarray:
    """``(rows, columns)`` image in sigma: what lies near the layer, in smooth noise."""
    near = slice(*numpy.searchsorted(points[:, 0], position_um + numpy.array([-1, 1])))
    height = (points[near, 0] - position_um) / THICK_UM
    pixel = numpy.rint(points[near, 1:] / SPACING_UM[1:]).astype(int)
    flat = numpy.ravel_multi_index(pixel.T, SHAPE[1:])
    weight = numpy.bincount(flat, numpy.exp(-0.5 * height**2), numpy.prod(SHAPE[1:]))
    spot = numpy.divide(SPOT_UM, SPACING_UM[1:])
    steep = THICK_UM * numpy.sqrt(2 * numpy.pi) / STEP_UM / (2 * numpy.pi * numpy.prod(spot))
    clean = gaussian_filter(weight.reshape(SHAPE[1:]), spot) * PEAK_SIGMA / steep
    noise = gaussian_filter(random.standard_normal(SHAPE[1:], "float32"), 1.5)
    return clean + noise / noise.std()
