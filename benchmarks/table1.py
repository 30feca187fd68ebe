"""Table 1 of arXiv 2509.05017 again: its three networks and ours on simulated sample 1.

Three whole frames of one layer are called weak and three strong, as in the publication, and every
network is trained as there (Adam 1e-3, batches of 32, dropout 0.15, the last epoch kept; `lcnn`
with its own augmentation and learning rates). Twice: with a third of the patches of these frames
kept aside at random, as in the publication, and with a whole weak and a whole strong frame kept
aside. The second network is scored on another layer as well, on its physical truth.

    python benchmarks/table1.py [--epochs 50] [--vgg-epochs 4] [--output FILE] [--data FOLDER]

Deployment is timed on some frames of 2160x2560 px in memory and scaled to 300 layers of 31. Times
are those of the clock and, for busy machines, of the processor, summed over threads.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy
import torch
from frames import SHAPE, large_frame
from inference import BACKGROUND, LOG_SCALING, PATCH_SIZE

from darfix_wb.beam import UNLABELLED, BeamCondition
from darfix_wb.classification.frame_classifier import FrameClassifier
from darfix_wb.demo.scans import (
    TEST_LAYER,
    TRAINING_LAYER,
    labelled_like_a_person,
    layer_file,
    load_layers,
)
from darfix_wb.device import describe_device
from darfix_wb.known_scan import KnownScan
from darfix_wb.labels import LabelMap, split_by_frame
from darfix_wb.methods.method import MethodOptions
from darfix_wb.methods.registry import make_method
from darfix_wb.methods.runner import Runner
from darfix_wb.metrics import Scores, evaluate, known_lit
from darfix_wb.model import BeamModel
from darfix_wb.networks import build_network, count_macs, count_parameters, network_class
from darfix_wb.normalization import LogScaling, PatchScaling
from darfix_wb.patches import PatchGrid
from darfix_wb.training.augment import margin_for
from darfix_wb.training.data import gather
from darfix_wb.training.fit import fit
from darfix_wb.training.options import FitOptions
from darfix_wb.training.predict import predict

TIMED_FRAMES = {"lcnn": 5, "lcnn-paper": 3, "resnet18": 2, "vgg16": 1}
"""Networks of the table, and how many frames their deployment is timed on."""

SCAN_FRAMES = 300 * 31
ASIDE = 1 / 3
"""One of the three frames of each condition, or as many patches at random."""

PUBLISHED = {
    "lcnn-paper": "92.70; 23.87; 0.41",
    "resnet18": "97.13; 75.07; 1.32",
    "vgg16": "89.10; 208.09; 1.55",
}
"""arXiv 2509.05017, table 1: accuracy in %, training in s and deployment in h, on a V100."""

FOUND_DEVICES = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]

HEADER = (
    "| method | epochs | parameters | MMAC | training: clock / processor, s | "
    "random patches: acc. / bal., % | whole frames: acc. / bal., % | "
    "another layer: acc. / bal., % | 300 layers: clock / processor, h | "
    "published: acc., %; training, s; 300 layers, h |"
)
RULER = "|" + " --- |" * (HEADER.count("|") - 1)


class Split(NamedTuple):
    """Labels to fit on, and those kept aside."""

    training: LabelMap
    test: LabelMap


class Task(NamedTuple):
    """The labelled layer, its two splits, and a layer whose truth is known."""

    layer: KnownScan
    leaking: Split
    honest: Split
    other: KnownScan

    @property
    def other_truth(self) -> LabelMap:
        """What is weak and strong in every second frame of the other layer."""
        truth = self.other.truth
        known = numpy.where(truth == BeamCondition.EMPTY, UNLABELLED, truth)
        known[1::2] = UNLABELLED
        return LabelMap(known, self.other.patched.grid)


def random_patches(labels: LabelMap, seed: int) -> Split:
    """Patches of the same frames on both sides, as in the publication."""
    drawn = numpy.random.default_rng(seed).random(labels.values.shape) < ASIDE
    parts = (numpy.where(side, labels.values, UNLABELLED) for side in (~drawn, drawn))
    return Split(*(LabelMap(values, labels.grid) for values in parts))


def make_task(folder: Path, shape: tuple[int, int], seed: int) -> Task:
    """Simulate both layers, unless `folder` holds them, and split the labels."""
    heights = (TRAINING_LAYER, TEST_LAYER)
    layer, other = load_layers([layer_file(folder, shape, height) for height in heights])
    labels = labelled_like_a_person(layer, folder)
    honest = Split(*split_by_frame(labels, validation_share=ASIDE, seed=seed))
    return Task(layer, random_patches(labels, seed), honest, other)


def network_row(task: Task, options: FitOptions) -> tuple[str, ...]:
    """Train on both splits, score and time one network."""
    margin = 0 if options.as_published else margin_for(PATCH_SIZE)
    scores, seconds, restarts = [], [], 0
    for split, tests in (
        (task.leaking, [(task.layer, task.leaking.test)]),
        (task.honest, [(task.layer, task.honest.test), (task.other, task.other_truth)]),
    ):
        training = gather(task.layer.patched, split.training, margin=margin)
        started = clocks()
        result = fit(training, None, options)
        seconds.append(clocks() - started)
        restarts += result.history.restarts
        for layer, known in tests:
            patches = gather(layer.patched, known).of_classes(result.network.classes)
            found = predict(result.network, patches, result.scaling)
            scores.append(evaluate(known_lit(found), patches.targets, frames=patches.frame_keys))
    name = options.network
    return (
        name,
        f"{options.n_epochs}" + f", begun again {restarts} times" * (restarts > 0),
        f"{count_parameters(result.network):,}",
        f"{count_macs(result.network, patch_size=PATCH_SIZE) / 1e6:,.2f}",
        "{:.0f} / {:.0f}".format(*numpy.mean(seconds, axis=0)),
        *map(percent, scores),
        "{:.2f} / {:.2f}".format(*deployment_hours(name, options.device)),
        PUBLISHED.get(name, ""),
    )


def deployment_hours(name: str, device: str) -> numpy.ndarray:
    """To classify all frames of 300 layers, by the clock and by the processor."""
    network = build_network(name, patch_size=PATCH_SIZE).eval()
    scaling = LOG_SCALING if network_class(name).scaling == LogScaling.kind else PatchScaling()
    model = BeamModel(network, PATCH_SIZE, scaling)
    frames = [large_frame(seed) for seed in range(TIMED_FRAMES[name])]
    model.predict(
        frames[0][: 8 * PATCH_SIZE, : 8 * PATCH_SIZE], background=BACKGROUND, device=device
    )
    classify = FrameClassifier(model, PatchGrid(SHAPE, PATCH_SIZE), BACKGROUND, device=device)
    seconds = []
    for frame in frames:
        started = clocks()
        classify(frame)
        seconds.append(clocks() - started)
    return SCAN_FRAMES * numpy.median(seconds, axis=0) / 3600


def clocks() -> numpy.ndarray:
    """Seconds of the clock and of the processor, all threads together."""
    return numpy.array([time.perf_counter(), time.process_time()])


def rule_rows(task: Task) -> Iterator[tuple[str, ...]]:
    """The same scores of what needs no network."""
    tests = (
        (0, task.leaking),
        (0, task.honest),
        (1, Split(task.honest.training, task.other_truth)),
    )
    for name in ("frame-threshold", "angle-rule"):
        method = make_method(name, MethodOptions())
        runner = Runner(method, [task.layer.patched, task.other.patched])
        scores = []
        for index, split in tests:
            fitted = runner.fit([(0, split.training)] if method.needs_labels else [])
            beam_map = runner.answer(fitted, index).result().beam_map
            scores.append(evaluate(known_lit(beam_map.probabilities), split.test.values))
        yield (name, "", "", "", "", *map(percent, scores), "", "")


def percent(scores: Scores) -> str:
    """Accuracy and balanced accuracy."""
    return f"{100 * scores.accuracy:.1f} / {100 * scores.balanced_accuracy:.1f}"


def describe(task: Task, device: str) -> str:
    """What the figures below stand on."""
    sides = [
        f"{split.training.trainable.sum()} / {split.test.trainable.sum()}"
        for split in (task.leaking, task.honest)
    ]
    return (
        f"Device: {describe_device(torch.device(device))}, {platform.machine()}, "
        f"{torch.get_num_threads()} threads, load {os.getloadavg()[0]:.1f}. "
        f"Labelled patches to fit on / kept aside: {sides[0]} at random, {sides[1]} by whole "
        f"frames; {task.other_truth.trainable.sum()} of another layer. Training: mean of both. "
        f"300 layers of 31 frames of {SHAPE[0]}x{SHAPE[1]} px: scaled from "
        f"{', '.join(f'{n} ({name})' for name, n in TIMED_FRAMES.items())} frames in memory. "
        "Published figures: arXiv 2509.05017, table 1, on a V100."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--vgg-epochs", type=int, default=4)
    parser.add_argument("--shape", type=int, nargs=2, default=(512, 640))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--networks", nargs="*", default=list(TIMED_FRAMES), choices=TIMED_FRAMES)
    parser.add_argument("--devices", nargs="*", default=FOUND_DEVICES)
    parser.add_argument("--data", type=Path, help="folder of the simulated layers, kept")
    parser.add_argument("--output", type=Path, help="Markdown file to write")
    arguments = parser.parse_args()
    large_frame(0)  # Simulating sets the number of threads, so it comes first.
    torch.set_num_threads(arguments.threads)
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.data or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        task = make_task(folder, tuple(arguments.shape), arguments.seed)
        text = ""
        for line in table(task, arguments):
            print(line, flush=True)
            text += line + "\n"
    if arguments.output is not None:
        arguments.output.write_text(text, encoding="utf-8")


def table(task: Task, arguments: argparse.Namespace) -> Iterator[str]:
    """Lines of one Markdown table for each device, each as soon as it is known."""
    for device in arguments.devices:
        yield from ("", describe(task, device), "", HEADER, RULER)
        yield from map(row, rule_rows(task))
        for name in arguments.networks:
            n_epochs = arguments.vgg_epochs if name == "vgg16" else arguments.epochs
            options = FitOptions(name, n_epochs, seed=arguments.seed, device=device)
            yield row(network_row(task, options))


def row(cells: Iterable[str]) -> str:
    """A line of a Markdown table."""
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
