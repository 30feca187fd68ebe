"""The methods at hand on two real scans; see CONTRIBUTING for where they are looked for.

Diamond topographs: frames are labelled by their angle alone (weak, strong; others left out).
Methods are fitted on the low-angle half of the curve and scored on the other half. ID03: a mosaic
grain without single dislocations; there is no truth, so what the shipped model says is summed up
and drawn.

    python benchmarks/real_scans.py [--output FOLDER]
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import h5py
import matplotlib.pyplot as plt
import numpy

from darfix_wb.beam import UNLABELLED, BeamCondition, BeamMap
from darfix_wb.classification.angle_rule import angle_rule
from darfix_wb.classification.brightness import fit_frame_threshold
from darfix_wb.classification.network import classify
from darfix_wb.extraction import PatchedScan, extract
from darfix_wb.integration import integrate
from darfix_wb.io.frame_sources import open_scan
from darfix_wb.labels import LabelMap
from darfix_wb.metrics import evaluate
from darfix_wb.model import BeamModel
from darfix_wb.patches import overlapping_stride
from darfix_wb.training.options import FitOptions
from darfix_wb.training.trained_model import train_model

DIAMOND = "diamond_topographs/SA1_diamond_rocking.h5"
MOSAIC = "id03_rocking/rocking.h5"
NAMES = {b"WB": BeamCondition.WEAK, b"SB": BeamCondition.STRONG}
PATCH_SIZE = 16
"""Diamond frames are 115x83 px."""


def data_folder() -> Path:
    """Where the real scans are."""
    default = Path(__file__).parents[2] / "shared" / "data"
    return Path(os.environ.get("DARFIX_WB_DATA", default))


def diamond_truth(path: Path, patched: PatchedScan) -> numpy.ndarray:
    """Condition by the angle of the frame, ``(n_frames, rows, columns)``."""
    with h5py.File(path) as file:
        labels = [NAMES.get(name, UNLABELLED) for name in file["label_from_rocking_curve"][()]]
    return numpy.broadcast_to(numpy.array(labels)[:, None, None], patched.curves.shape)


def half(truth: numpy.ndarray, low_angles: bool) -> numpy.ndarray:
    """The truth on one side of the peak, UNLABELLED on the other."""
    strong = numpy.flatnonzero((truth == BeamCondition.STRONG).all(axis=(1, 2)))
    middle = round(strong.mean())
    frames = numpy.arange(len(truth))[:, None, None]
    return numpy.where((frames < middle) == low_angles, truth, UNLABELLED)


def diamond(path: Path) -> None:
    """Print the balanced accuracy of every method."""
    scan = open_scan(path)
    patched = extract(scan, patch_size=PATCH_SIZE)
    truth = diamond_truth(path, patched)
    labels = LabelMap(half(truth, low_angles=True), patched.grid)
    maps = {
        "frame-threshold": fit_frame_threshold(patched, labels)(patched),
        "angle-rule": angle_rule(patched),
    }
    for name in ("lcnn-paper", "lcnn"):
        model, _ = train_model([(patched, labels)], FitOptions(network=name), initial_model="none")
        maps[name] = classify(patched, model, use_context=False)
        maps[f"{name}, decoded"] = classify(patched, model)
    test = half(truth, low_angles=False)
    for name, beam_map in maps.items():
        _print_scores(name, beam_map, test)
    shipped = BeamModel.load()
    alone = classify(patched, shipped, use_context=False)
    _print_scores("shipped model, frames alone", alone, test)
    beam_map = classify(patched, shipped)
    _print_scores("shipped model", beam_map, test)
    _print_scores("shipped model, both halves", beam_map, truth)
    print(*beam_map.warnings, sep="\n")


def _print_scores(name: str, beam_map: BeamMap, truth: numpy.ndarray) -> None:
    scores = evaluate(beam_map.probabilities, truth)
    low, high = scores.interval
    print(
        f"{name:28s} balanced accuracy {scores.balanced_accuracy:6.1%} "
        f"({low:.1%} to {high:.1%})  ECE {scores.ece:5.1%}  confusion {scores.confusion}"
    )


def mosaic(path: Path, folder: Path | None) -> None:
    """Print what the shipped model says of a scan without dislocations, and draw it."""
    model = BeamModel.load()
    scan = open_scan(path)
    patched = extract(
        scan, patch_size=model.patch_size, stride=overlapping_stride(model.patch_size)
    )
    for name, beam_map in (
        ("shipped model", classify(patched, model)),
        ("angle-rule", angle_rule(patched)),
    ):
        condition = beam_map.condition()
        shares = {c.name.lower(): f"{(condition == c).mean():.1%}" for c in BeamCondition}
        sure = (beam_map.probabilities.max(axis=-1) > 0.95).mean()
        print(f"{name:28s} {shares}, {sure:.1%} of the patches sure beyond 95 %")
        print(*beam_map.warnings, sep="\n")
        if folder is not None:
            _draw(patched, beam_map, folder / f"id03_{beam_map.method}.png")


def _draw(patched: PatchedScan, beam_map: BeamMap, path: Path) -> None:
    images = integrate(patched, beam_map)
    shares = (beam_map.condition()[..., None] == numpy.arange(3)).mean(axis=(1, 2))
    figure, axes = plt.subplots(1, 3, figsize=(16, 4), layout="constrained")
    for axis, name in zip(axes, ("weak", "strong"), strict=False):
        figure.colorbar(axis.imshow(getattr(images, name)), ax=axis, label="mean counts above dark")
        axis.set_title(f"{name} beam")
    axes[2].plot(patched.scan.angles, shares, label=["weak", "strong", "empty"])
    axes[2].set(xlabel=f"{patched.scan.motor} ({patched.scan.unit})", ylabel="share of patches")
    axes[2].legend()
    figure.savefig(path, dpi=80)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, help="folder for pictures")
    arguments = parser.parse_args()
    if arguments.output is not None:
        arguments.output.mkdir(parents=True, exist_ok=True)
    folder = data_folder()
    if not (folder / DIAMOND).exists():
        print(f"skipped: no real scans in {folder}; set DARFIX_WB_DATA to their folder")
        return
    print("Diamond topographs, 101 frames; fitted below the peak, scored above it:")
    diamond(folder / DIAMOND)
    print("\nID03, mosaic grain, 150 frames:")
    mosaic(folder / MOSAIC, arguments.output)


if __name__ == "__main__":
    main()
