"""Seconds from frames of 2160x2560 px to labels: the published loop, and every path of ours.

In turn, in one run, from uint16 frames in memory to one label per patch of 64 px; at the end what
integration takes, and the whole way from a file of frames to a file of images. The weights do not
matter for the time; those of `lcnn` are the shipped ones, so that labels can be compared.

    python benchmarks/inference.py [--repeats 5] [--threads 2]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy
import torch
from frames import SHAPE, large_frame
from memory import write_scan

from darfix_wb.classification.frame_classifier import FrameClassifier
from darfix_wb.classification.network import classify
from darfix_wb.extraction import extract
from darfix_wb.integration import integrate
from darfix_wb.integration.files import save_beam_file
from darfix_wb.io.frame_sources import open_scan
from darfix_wb.io.provenance import Provenance
from darfix_wb.model import BeamModel
from darfix_wb.networks import build_network
from darfix_wb.normalization import Background, LogScaling, PatchNormalizer
from darfix_wb.patches import PatchGrid
from darfix_wb.scan import RockingScan

PATCH_SIZE = 64
BACKGROUND = Background(102.0, 3.0)
LOG_SCALING = LogScaling(2.0, 1.0)
N_FRAMES = 8
PUBLISHED = "published: lcnn-paper, one patch a call"
OURS = "lcnn"

Way = Callable[[numpy.ndarray], numpy.ndarray | None]


def published_loop(grid: PatchGrid) -> Way:
    """One patch per call, as in the public notebook; logarithms of counts, z-scored."""
    network = build_network("lcnn-paper").eval()

    def label(frame: numpy.ndarray) -> numpy.ndarray:
        scaled = LOG_SCALING.transform(frame, BACKGROUND)
        patches = grid.view(scaled).reshape(-1, PATCH_SIZE, PATCH_SIZE)
        labels = numpy.empty(len(patches), dtype=int)
        with torch.no_grad():
            for index, patch in enumerate(patches):
                tensor = torch.from_numpy(numpy.ascontiguousarray(patch))[None, None]
                labels[index] = int(network(tensor, None).argmax())
        return labels.reshape(grid.shape)

    return label


def frames_alone(model: BeamModel, grid: PatchGrid, **options) -> Way:
    """What the tasks do with each frame."""
    classifier = FrameClassifier(model, grid, BACKGROUND, device="cpu", **options)
    return lambda frame: classifier(frame).argmax(axis=-1)


def shared_layers(model: BeamModel, grid: PatchGrid, batch_size: int) -> Way:
    """All cores at each layer of one batch, instead of a batch for each core."""
    normalizer = PatchNormalizer(model.scaling, grid, BACKGROUND)

    def label(frame: numpy.ndarray) -> numpy.ndarray:
        scaled = normalizer.scale(frame)
        labels = []
        with torch.inference_mode():
            for start in range(0, grid.n_patches, batch_size):
                batch = numpy.arange(start, min(start + batch_size, grid.n_patches))
                given = (torch.from_numpy(array) for array in normalizer.cut(scaled, batch))
                labels.append(model.network(*given).argmax(dim=1).numpy())
        return numpy.concatenate(labels).reshape(grid.shape)

    return label


def rocking_scan() -> RockingScan:
    """`N_FRAMES` frames in memory, whose peak is in the middle."""
    texture = large_frame(0) - BACKGROUND.level
    angles = numpy.linspace(-2, 2, N_FRAMES)
    noise = numpy.random.default_rng(1).normal(BACKGROUND.level, BACKGROUND.sigma, SHAPE)
    frames = [numpy.exp(-(angle**2)) * texture + noise for angle in angles]
    return RockingScan(numpy.clip(frames, 0, 65535).astype(numpy.uint16), angles)


def whole_scan(
    scan: RockingScan, model: BeamModel, stride: int, use_context: bool, from_frames: bool
) -> Way:
    """What the tasks do with a scan."""
    ready = extract(scan, patch_size=PATCH_SIZE, stride=stride)

    def label(_: numpy.ndarray) -> numpy.ndarray:
        patched = extract(scan, patch_size=PATCH_SIZE, stride=stride) if from_frames else ready
        return classify(patched, model, device="cpu", use_context=use_context).condition()

    return label


def integration(scan: RockingScan, model: BeamModel, stride: int) -> Way:
    """The images of a scan that is classified."""
    patched = extract(scan, patch_size=PATCH_SIZE, stride=stride)
    beam_map = classify(patched, model, device="cpu")

    def make_images(_: numpy.ndarray) -> None:
        integrate(patched, beam_map)

    return make_images


def file_to_file(folder: Path, model: BeamModel, stride: int) -> Way:
    """What ``darfix-wb classify`` does."""
    path = folder / "scan.h5"
    write_scan(path, N_FRAMES)

    def make_images(_: numpy.ndarray) -> None:
        scan = open_scan(path)
        patched = extract(scan, patch_size=PATCH_SIZE, stride=stride)
        beam_map = classify(patched, model, device="cpu")
        images = integrate(patched, beam_map)
        output = folder / f"images_{stride}.h5"
        save_beam_file(output, beam_map, images, scan, Provenance(), overwrite=True)

    return make_images


def all_ways(grid: PatchGrid, folder: Path) -> dict[str, tuple[Way, int]]:
    """What is measured by its name, and the number of frames that it takes at once."""
    model = BeamModel.load()
    paper = BeamModel(build_network("lcnn-paper").eval(), PATCH_SIZE, LOG_SCALING)
    of_frame = {
        PUBLISHED: published_loop(grid),
        "lcnn-paper": frames_alone(paper, grid),
        OURS: frames_alone(model, grid),
        "lcnn, one patch a call": frames_alone(model, grid, batch_size=1),
        "lcnn, 128 a call, layers shared": shared_layers(model, grid, 128),
        "lcnn, a frame a call, layers shared": shared_layers(model, grid, grid.n_patches),
    }
    scan = rocking_scan()
    of_scan = {
        "scan, each frame alone": whole_scan(scan, model, 64, use_context=False, from_frames=False),
        "scan, with context": whole_scan(scan, model, 64, use_context=True, from_frames=False),
        "scan, extraction and context": whole_scan(scan, model, 64, True, from_frames=True),
        "the same, stride 32": whole_scan(scan, model, 32, use_context=True, from_frames=True),
        "images of a classified scan": integration(scan, model, 64),
        "the same images, stride 32": integration(scan, model, 32),
        "from file to file of images": file_to_file(folder, model, 64),
        "from file to file of images, str. 32": file_to_file(folder, model, 32),
    }
    return {name: (way, 1) for name, way in of_frame.items()} | {
        name: (way, N_FRAMES) for name, way in of_scan.items()
    }


def measure(ways: dict[str, tuple[Way, int]], repeats: int) -> tuple[dict, dict]:
    """Seconds for a frame of each repeat, and the last labels, by name; the first is not timed."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    labels = {}
    for repeat in range(-1, repeats):
        frame = large_frame(repeat + 1)
        for name, (way, n_frames) in ways.items():
            started = time.perf_counter()
            labels[name] = way(frame)
            if repeat >= 0:
                seconds[name].append((time.perf_counter() - started) / n_frames)
    return seconds, labels


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    large_frame(0)  # Simulating sets the number of threads, so it comes first.
    torch.set_num_threads(arguments.threads)
    grid = PatchGrid(SHAPE, PATCH_SIZE)
    with tempfile.TemporaryDirectory() as folder:
        seconds, labels = measure(all_ways(grid, Path(folder)), arguments.repeats)
    print(
        f"{arguments.threads} threads, {arguments.repeats} repeats, load {os.getloadavg()[0]:.1f}, "
        f"{grid.n_patches} patches a frame"
    )
    print(f"{'ms for a frame':40s} least  median   published/this   labels unlike '{OURS}'")
    for name, times in seconds.items():
        ratio = min(seconds[PUBLISHED]) / min(times)
        print(
            f"{name:36s} {1e3 * min(times):9.1f} {1e3 * numpy.median(times):7.1f}",
            "" if labels[name] is None else f"{ratio:16.1f}",
            f"{(labels[name] != labels[OURS]).mean():19.2%}" if "lcnn," in name else "",
        )


if __name__ == "__main__":
    main()
