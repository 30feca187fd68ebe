"""What the dislocation image and the detector are worth, and what they cost.

    python benchmarks/dislocations.py --crystals 16 --scans FOLDER   # average precision
    python benchmarks/dislocations.py --speed                        # ms a frame of 2160x2560 px

Crystals of random materials and optics, seeds 4 000 000 on: neither the detector nor any constant
was fitted on them. Average precision is that of `darfix_wb.image_quality.line_figures`: of the
ridge-filtered image as shown, or of the probability, against the lines that show, 3 px.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy
from scipy.ndimage import gaussian_filter, zoom

from darfix_wb.beam import BeamCondition, BeamMap
from darfix_wb.classification.network import classify
from darfix_wb.detection.detector import LineDetector
from darfix_wb.detection.tracing import trace_lines
from darfix_wb.dislocation_image import as_shown, dislocation_image
from darfix_wb.dislocation_image.sums import BACKGROUND_PX, STEP
from darfix_wb.extraction import PatchedScan, extract
from darfix_wb.image_quality.line_figures import LineFigures, line_figures
from darfix_wb.io.frame_sources import open_scan
from darfix_wb.model import BeamModel
from darfix_wb.scan import RockingScan
from darfix_wb.simulation import (
    SimulationParameters,
    random_material_parameters,
    random_parameters,
    read_truth,
    simulate_scan,
    write_scan,
)
from darfix_wb.simulation.shown_lines import line_truth
from darfix_wb.simulation.truth import TruthMaps

FIRST_SEED = 4_000_000
SHAPE = (384, 512)
LARGE = (2160, 2560)
N_LARGE = 31
DRIFT_PX = 2.0


def main() -> None:
    """Print the table that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--crystals", type=int, default=16, help="number of crystals")
    parser.add_argument("--scans", type=Path, default=Path("dislocation_scans"), help="folder")
    parser.add_argument("--speed", action="store_true", help="measure time and memory instead")
    arguments = parser.parse_args()
    if arguments.speed:
        print_speed()
    else:
        print_quality(arguments.crystals, arguments.scans)


def print_quality(n_crystals: int, folder: Path) -> None:
    """One row for each crystal, and the means."""
    rows: dict[str, list[dict[str, float]]] = {"still": [], "drift": []}
    for index in range(n_crystals):
        for drift in rows:
            path = _simulated(FIRST_SEED + index, folder, drift == "drift")
            truth = read_truth(path)
            if not truth.shown_lines.any():
                break
            found = _figures(path, truth, others=drift == "still")
            rows[drift].append(found)
            values = "  ".join(f"{name} {value:.2f}" for name, value in found.items())
            print(f"{path.stem:24} {truth.parameters.sample.material:4} {values}", flush=True)
    for drift, found in rows.items():
        print(f"\nmean of {len(found)}, {drift}")
        for name in found[0] if found else ():
            print(f"  {name:28} {numpy.nanmean([row[name] for row in found]):.3f}")


def _simulated(seed: int, folder: Path, drifts: bool) -> Path:
    """The file of a crystal: without drift, or with 2 px over the scan."""
    draw = random_parameters if seed % 4 == 0 else random_material_parameters
    parameters = draw(numpy.random.default_rng(seed), shape=SHAPE)
    drift = DRIFT_PX / numpy.sqrt(2) if drifts else 0.0
    parameters = replace(parameters, scan=replace(parameters.scan, drift_px=drift))
    path = folder / f"crystal_{seed}_{'drift' if drifts else 'still'}.h5"
    if not (path.exists() and _same(path, parameters)):
        folder.mkdir(parents=True, exist_ok=True)
        write_scan(path, simulate_scan(parameters), overwrite=True)
    return path


def _same(path: Path, parameters: SimulationParameters) -> bool:
    return read_truth(path).parameters == parameters


def _figures(path: Path, truth: TruthMaps, *, others: bool) -> dict[str, float]:
    patched = extract(open_scan(path), stride=32)
    lines, lit = line_truth(truth), patched.grid.stitch(~patched.empty) > 0.5

    def of(image: numpy.ndarray, **options: bool) -> LineFigures:
        return line_figures(image, lines, region=lit, **options)

    found = dislocation_image(patched)
    probability = LineDetector.load().probability(found)
    matched, detected = of(as_shown(found.image)), of(probability, is_probability=True)
    figures = {
        "matched": matched.average_precision,
        "detector": detected.average_precision,
        "lines found": detected.lines_found,
        "line precision": detected.line_precision,
        "false lines": detected.false_lines,
        "blobs": detected.blobs_per_boundary_line,
        "traced": len(trace_lines(probability, found.low, found.high)),
    }
    if others:
        beam_map = classify(patched, BeamModel.load())
        for name, weights in (("plain", None), ("plain, weak frames", beam_map)):
            image = as_shown(_in_sigma(_plain(patched, weights, found.sums.noise)))
            figures[name] = of(image).average_precision
    return figures


def _plain(patched: PatchedScan, beam_map: BeamMap | None, noise) -> numpy.ndarray:
    """The formula in numpy, with or without the weights of a classification."""
    total, weights = numpy.zeros((2, *patched.scan.frame_shape))
    for index in range(patched.scan.n_frames):
        counts = patched.background.subtract(patched.scan.frame(index))
        smooth = gaussian_filter(_blocks(counts), BACKGROUND_PX / STEP, mode="nearest")
        ground = zoom(smooth, STEP, order=1, grid_mode=True, mode="nearest")
        ground = ground[: counts.shape[0], : counts.shape[1]]
        lit = numpy.maximum(ground, 0)
        weight = 1 / (noise.sigma**2 + noise.gain * lit + (noise.texture * lit) ** 2)
        if beam_map is not None:
            weight = weight * beam_map.pixel_weights(index)[..., BeamCondition.WEAK]
        total += (counts - ground) * weight
        weights += weight
    return gaussian_filter(total / numpy.sqrt(numpy.maximum(weights, 1e-12)), 1.5)


def _blocks(counts: numpy.ndarray) -> numpy.ndarray:
    rows, columns = counts.shape
    padded = numpy.pad(counts, ((0, -rows % STEP), (0, -columns % STEP)), mode="edge")
    return padded.reshape(padded.shape[0] // STEP, STEP, -1, STEP).mean(axis=(1, 3))


def _in_sigma(image: numpy.ndarray) -> numpy.ndarray:
    image = image - numpy.median(image, axis=1, keepdims=True)
    image = image - numpy.median(image, axis=0, keepdims=True)
    return image / (1.4826 * numpy.median(numpy.abs(image)))


def print_speed() -> None:
    """Milliseconds a frame, side by side with the formula in plain numpy, and memory."""
    patched = extract(_large_scan(), stride=32)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = dislocation_image(patched)
    detector = LineDetector.load()
    steps: dict[str, Callable[[], object]] = {
        "dislocation image": lambda: dislocation_image(patched),
        "detector": lambda: detector.probability(found),
        "table of lines": lambda: trace_lines(probability, found.low, found.high),
        "plain numpy": lambda: _in_sigma(_plain(patched, None, found.sums.noise)),
    }
    probability = detector.probability(found)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = {name: _best(step, 1 if name == "plain numpy" else 3) for name, step in steps.items()}
    for name, value in seconds.items():
        ratio = value / seconds["plain numpy"]
        print(f"{name:20} {1e3 * value / N_LARGE:7.1f} ms a frame, {ratio:.2f} of plain numpy")
    print(f"memory: {(after - before) / 1024:.0f} MiB above the scan")


def _best(step: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        step()
        taken.append(time.perf_counter() - start)
    return min(taken)


def _large_scan() -> RockingScan:
    rng = numpy.random.default_rng(0)
    curve = 600 * numpy.exp(-0.5 * ((numpy.arange(N_LARGE) - 15) / 4) ** 2)
    noise = rng.normal(100, 4, LARGE)
    frames = numpy.empty((N_LARGE, *LARGE), numpy.uint16)
    for frame, level in zip(frames, curve, strict=True):
        noise = numpy.roll(noise, 17, axis=1)
        frame[:] = noise + level
    frames[:10, 1000:1006, 300:2000] += 12
    return RockingScan(frames, numpy.arange(N_LARGE))


if __name__ == "__main__":
    main()
