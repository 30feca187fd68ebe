"""Overlapping patches blended or pasted, frames decoded or not: classification and images.

Samples as in `shipped_model.py`. Conditions of patches every 64, 32 and 16 px by the shipped model
(each frame alone, decoded by a Markov chain, by the context network, decoded after it) and by the
truth of the same patches, put together in four ways: `paper` (summed counts of whole patches, as
published), `votes` (mean counts, the likeliest condition of each patch counts), `blended` (mean
counts, probabilities blended: the default) and `interpolated` (between the centres of patches: the
default of volumes, whose patches lie side by side). Right is told by cells of 32 px, the same for
all; for `interpolated` it is that of `blended`.

    python benchmarks/blending.py [--samples 8] [--shape 384 512] [--figure FILE]

writes the picture docs/images/block_edges.png, where `--figure` names it: the sample whose
published image shows the edges most.
"""

from __future__ import annotations

import argparse
import time
import warnings

import numpy
from matplotlib.figure import Figure
from PIL import Image

from darfix_wb.beam import BeamCondition, BeamMap
from darfix_wb.classification.decoding import decode
from darfix_wb.classification.network import classify
from darfix_wb.extraction import PatchedScan, extract
from darfix_wb.image_quality.block_edges import block_edge_energy, edge_spectrum
from darfix_wb.image_quality.figures import image_quality
from darfix_wb.integration import integrate
from darfix_wb.metrics import evaluate
from darfix_wb.model import BeamModel
from darfix_wb.patches import PatchGrid
from darfix_wb.scan import RockingScan
from darfix_wb.simulation import patch_truth, random_parameters, simulate_scan
from darfix_wb.simulation.truth import TruthMaps

FIRST_SEED = 9_000_000
PATCH_SIZE = 64
STRIDES = (64, 32, 16)
CELL_PX = 32
METHODS = ("alone", "alone, decoded", "context", "context, decoded", "truth")
WAYS = ("paper", "votes", "blended", "interpolated")
FIGURES = ("right", "block edges", "average precision", "contrast to noise", "leakage")
FORMATS = ("{:.1%}", "{:.2f}", "{:.3f}", "{:.2f}", "{:.4f}")
EDGES = "most block edges"
SHOWN = {(64, "paper"): "pasted as published", (32, "blended"): "half-patch stride, blended"}
"""In the picture: stride, way and title."""
N_COLORS = 128
"""Of the picture, so that its file stays small."""


def certain(condition: numpy.ndarray, grid: PatchGrid) -> BeamMap:
    """Each patch has its condition with probability 1."""
    return BeamMap(numpy.eye(len(BeamCondition), dtype=numpy.float32)[condition], grid)


def by_truth(truth: TruthMaps, grid: PatchGrid) -> BeamMap:
    """What a faultless classifier of whole patches would say."""
    return certain(patch_truth(truth, grid).condition, grid)


def classifications(patched: PatchedScan, model: BeamModel, truth: TruthMaps) -> dict[str, BeamMap]:
    """What each of METHODS says of the patches."""
    curves = patched.scan.curves
    alone, context = (classify(patched, model, use_context=whole) for whole in (False, True))
    known = by_truth(truth, patched.grid)
    maps = (alone, decode(alone, curves), context, decode(context, curves), known)
    return dict(zip(METHODS, maps, strict=True))


def share_right(beam_map: BeamMap, truth: TruthMaps) -> float:
    """Balanced accuracy over lit cells, each of which has the mean of its pixels."""
    cells = PatchGrid(truth.frame_shape, CELL_PX)
    condition = patch_truth(truth, cells).condition
    probabilities = numpy.empty((*condition.shape, len(BeamCondition)), dtype=numpy.float32)
    for index in range(beam_map.n_frames):
        pixels = beam_map.pixel_weights(index)
        for value in BeamCondition:
            probabilities[index, ..., value] = cells.means(pixels[..., value])
    return evaluate(probabilities, condition).balanced_accuracy


class Sample:
    """A simulated scan, and what is the same for all that is measured on it."""

    def __init__(self, seed: int, shape: tuple[int, int]) -> None:
        simulated = simulate_scan(random_parameters(numpy.random.default_rng(seed), shape=shape))
        self.truth = simulated.truth
        self.scan = simulated.rocking_scan
        patched = extract(self.scan, patch_size=PATCH_SIZE)
        self._strong = integrate(patched, by_truth(self.truth, patched.grid)).strong
        self._lit = patched.grid.stitch(~patched.empty) > 0.5

    def figures(self, right: float, image: numpy.ndarray) -> tuple[float, ...]:
        """FIGURES of a weak-beam image, and the share right with which it was made."""
        quality = image_quality(
            image, self.truth.dislocation_mask, strong_image=self._strong, region=self._lit
        )
        return (
            right,
            block_edge_energy(image),
            quality.average_precision,
            quality.contrast_to_noise,
            quality.leakage,
        )


def measure(sample: Sample, stride: int, model: BeamModel) -> tuple[numpy.ndarray, dict]:
    """``(methods, ways, figures)``, and the images of the method "context" by stride and way."""
    patched = extract(sample.scan, patch_size=PATCH_SIZE, stride=stride)
    table = numpy.empty((len(METHODS), len(WAYS), len(FIGURES)))
    shown = {}
    for row, (method, blended) in enumerate(classifications(patched, model, sample.truth).items()):
        votes = certain(blended.probabilities.argmax(axis=-1), blended.grid)
        made = {
            "paper": (votes, integrate(patched, votes, mode="paper").weak),
            "votes": (votes, integrate(patched, votes).weak),
            "blended": (blended, integrate(patched, blended).weak),
            "interpolated": (blended, integrate(patched, blended, interpolate=True).weak),
        }
        for column, way in enumerate(WAYS):
            beam_map, image = made[way]
            table[row, column] = sample.figures(share_right(beam_map, sample.truth), image)
            if method == "context":
                shown[stride, way] = image
    return table, shown


def seconds(scan: RockingScan, stride: int, model: BeamModel) -> float:
    """From frames to images, with the model's defaults."""
    started = time.perf_counter()
    patched = extract(scan, patch_size=PATCH_SIZE, stride=stride)
    integrate(patched, classify(patched, model))
    return time.perf_counter() - started


def deviation(image: numpy.ndarray) -> numpy.ndarray:
    """Above the image's median, in standard deviations (by the median absolute deviation)."""
    excess = image - numpy.nanmedian(image)
    return excess / (1.4826 * numpy.nanmedian(numpy.abs(excess)))


def draw(seed: int, images: dict, path: str) -> None:
    """Images above their spectra, on one scale each."""
    figure = Figure(figsize=(11, 7.4), layout="constrained")
    above, below = figure.subplots(2, len(SHOWN), height_ratios=(3, 2))
    for axis, (key, title) in zip(above, SHOWN.items(), strict=True):
        drawn = axis.imshow(deviation(images[key]), vmin=-2, vmax=4, cmap="viridis")
        energy = block_edge_energy(images[key])
        axis.set(title=f"{title}: block edges {energy:.1f}", xlabel="column (px)")
    above[0].set_ylabel("row (px)")
    figure.colorbar(drawn, ax=above, label="above the median (sigma)", extend="both")
    top = 0.0
    for axis, key in zip(below, SHOWN, strict=True):
        for direction, style in ((1, "-"), (0, "--")):
            frequency, power = edge_spectrum(images[key], period_px=PATCH_SIZE, axis=direction)
            cycles = PATCH_SIZE * frequency
            near = (cycles > 0) & (cycles < 4.5)
            label = ("from row to row", "from column to column")[direction]
            axis.plot(cycles[near], power[near], style, label=label, marker=".")
            top = max(top, power[near].max())
        for harmonic in range(1, 5):
            axis.axvline(harmonic, color="0.8", zorder=0)
        axis.set_xlabel("spatial frequency (1/64 px)")
    for axis in below:
        axis.set_ylim(0, 1.05 * top)
    below[0].set_ylabel("power of the steps (mean step squared)")
    below[1].legend()
    figure.suptitle(f"Weak-beam image of simulated sample {seed}, context network")
    figure.savefig(path, dpi=80)
    Image.open(path).quantize(N_COLORS).save(path, optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    parser.add_argument("--shape", type=int, nargs=2, default=(384, 512))
    parser.add_argument("--figure", help="PNG file to draw")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", "A single label was found")
    model = BeamModel.load()
    tables, times, most = [], [], (-numpy.inf, 0, {})
    for seed in range(arguments.first_seed, arguments.first_seed + arguments.samples):
        sample = Sample(seed, tuple(arguments.shape))
        measured = [measure(sample, stride, model) for stride in STRIDES]
        tables.append([table for table, _ in measured])
        times.append([seconds(sample.scan, stride, model) for stride in STRIDES])
        published = tables[-1][0][METHODS.index("context"), 0, 1]
        images = {key: image for _, shown in measured for key, image in shown.items()}
        most = max(most, (published, seed, images), key=lambda entry: entry[0])
        print(f"{seed}: block edges of the published way {published:.1f}", flush=True)
    _print(numpy.array(tables))
    cost = numpy.sum(times, axis=0)
    ratios = zip(STRIDES, cost / cost[0], strict=True)
    print("time: " + ", ".join(f"stride {stride} px {ratio:.2f}" for stride, ratio in ratios))
    if arguments.figure:
        draw(most[1], most[2], arguments.figure)


def _print(tables: numpy.ndarray) -> None:
    """Means over samples of ``(samples, strides, methods, ways, figures)``, as Markdown."""
    means, most = numpy.nanmean(tables, axis=0), numpy.nanmax(tables, axis=0)
    print(f"mean over samples, {' / '.join(WAYS)}; of the block edges also the most")
    print("| stride, conditions by |" + "".join(f" {name} |" for name in (*FIGURES, EDGES)))
    print("|" + " --- |" * (len(FIGURES) + 2))
    for i, stride in enumerate(STRIDES):
        for j, method in enumerate(METHODS):
            values = [*zip(means[i, j].T, FORMATS, strict=True), (most[i, j, :, 1], "{:.1f}")]
            cells = [" / ".join(map(form.format, value)) for value, form in values]
            print(f"| {stride} px, {method} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
