"""Seconds to classify one frame of 2160x2560 px: the published loop, and ours.

In turn, in one run, from a uint16 frame in memory to one label per patch of 64 px:

(a) the published way, one patch per call of the published network (`lcnn-paper`);
(b) our way with the same network;
(c) our way with `lcnn`.

    python benchmarks/inference.py [--repeats 5] [--threads 2]

The weights do not matter for the time; they are random.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy
import torch

from darfix_wb.model import BeamModel, FrameClassifier
from darfix_wb.networks import build_network
from darfix_wb.normalization import Background, LogScaling, PatchScaling
from darfix_wb.patches import PatchGrid

SHAPE = (2160, 2560)
PATCH_SIZE = 64
BACKGROUND = Background(102.0, 3.0)
LOG_SCALING = LogScaling(2.0, 1.0)


def random_frame(seed: int) -> numpy.ndarray:
    """Counts over four decades, as in a strong-beam frame."""
    rng = numpy.random.default_rng(seed)
    coarse = rng.lognormal(3, 1.5, (SHAPE[0] // 40, SHAPE[1] // 40))
    signal = numpy.kron(coarse, numpy.ones((40, 40)))
    noise = rng.normal(BACKGROUND.level, BACKGROUND.sigma, SHAPE)
    return numpy.clip(rng.poisson(signal) + noise, 0, 65535).astype(numpy.uint16)


def published_loop(network: torch.nn.Module, grid: PatchGrid):
    """One patch per call, as in the public notebook; logarithms of counts, z-scored."""

    def classify(frame: numpy.ndarray) -> numpy.ndarray:
        scaled = LOG_SCALING.transform(frame, BACKGROUND)
        patches = grid.view(scaled).reshape(-1, PATCH_SIZE, PATCH_SIZE)
        labels = numpy.empty(len(patches), dtype=int)
        with torch.no_grad():
            for index, patch in enumerate(patches):
                tensor = torch.from_numpy(numpy.ascontiguousarray(patch))[None, None]
                labels[index] = int(network(tensor, None).argmax())
        return labels.reshape(grid.shape)

    return classify


def our_way(name: str, scaling, grid: PatchGrid):
    """What the tasks do."""
    model = BeamModel(build_network(name).eval(), PATCH_SIZE, scaling)
    classifier = FrameClassifier(model, grid, BACKGROUND, device="cpu")
    return lambda frame: classifier(frame).argmax(axis=-1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    grid = PatchGrid(SHAPE, PATCH_SIZE)
    ways = {
        "(a) published loop, lcnn-paper": published_loop(build_network("lcnn-paper").eval(), grid),
        "(b) ours, lcnn-paper": our_way("lcnn-paper", LOG_SCALING, grid),
        "(c) ours, lcnn": our_way("lcnn", PatchScaling(), grid),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for repeat in range(-1, arguments.repeats):
        frame = random_frame(repeat + 1)
        for name, classify in ways.items():
            started = time.perf_counter()
            classify(frame)
            if repeat >= 0:
                seconds[name].append(time.perf_counter() - started)
    slowest = next(iter(seconds.values()))
    print(f"{arguments.threads} threads, {arguments.repeats} frames, {grid.n_patches} patches each")
    for name, times in seconds.items():
        ratio = statistics.median(slow / quick for slow, quick in zip(slowest, times, strict=True))
        print(
            f"{name:32s} median {1e3 * statistics.median(times):8.1f} ms "
            f"({1e3 * min(times):.1f} to {1e3 * max(times):.1f})   (a) / this = {ratio:.1f}"
        )


if __name__ == "__main__":
    main()
