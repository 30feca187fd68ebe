"""Labels of one layer, scored on another one of the same crystal: do they ever hurt?

Six plain frames (three at the peak, three in the far tails, labelled where the truth is clear), the
same with every lit patch labelled like its frame, six frames near the boundary, and 8, 32 and 128
patches drawn at random; beside them six plain frames of which one more is labelled wrongly. Samples
without strong beam in either layer are passed over.

    python benchmarks/plain_labels.py [--samples 5] [--first-seed 9500000] [--shape 384 512]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace

import numpy
from few_labels import some_labels

from darfix_wb.beam import BeamCondition
from darfix_wb.classification.network import classify
from darfix_wb.extraction import PatchedScan, extract
from darfix_wb.labels import LabelMap
from darfix_wb.metrics import evaluate
from darfix_wb.model import BeamModel
from darfix_wb.simulation import SimulationParameters, patch_truth, random_parameters, simulate_scan
from darfix_wb.training.options import FitOptions
from darfix_wb.training.trained_model import train_model
from darfix_wb.truth import PatchTruth

FIRST_SEED = 9_500_000
LAYER_STEP_UM = 4.0
FEWEST_STRONG = 10
N_LABELS = (8, 32, 128)
WEAK, STRONG, EMPTY = BeamCondition

Layer = tuple[PatchedScan, PatchTruth]


def share_strong(truth: PatchTruth) -> numpy.ndarray:
    """``(n_frames,)``: of the lit patches of each frame."""
    lit = (truth.condition != EMPTY).sum(axis=(1, 2))
    return (truth.condition == STRONG).sum(axis=(1, 2)) / numpy.maximum(lit, 1)


def plain_frames(truth: PatchTruth) -> tuple[list[int], list[int]]:
    """Three frames at the peak, and three of the farther half of those without strong beam."""
    share = share_strong(truth)
    peak = numpy.argsort(-share, kind="stable")[:3]
    away = numpy.abs(numpy.arange(len(share)) - peak.mean())
    tails = [int(frame) for frame in numpy.argsort(-away, kind="stable") if share[frame] == 0]
    far = tails[: max(3, len(tails) // 2)] or [int(share.argmin())]
    places = numpy.linspace(0, len(far) - 1, 3).astype(int)
    return peak.tolist(), [far[place] for place in places]


def label_sets(patched: PatchedScan, truth: PatchTruth, seed: int) -> dict[str, LabelMap]:
    """Labels of one layer, by name of how they were chosen."""
    share = share_strong(truth)
    lit = (truth.condition != EMPTY) & ~patched.empty
    peak, tails = plain_frames(truth)
    plain = _of_frames(patched, truth.condition, lit & truth.clear, peak + tails)
    by_frame = numpy.where(numpy.isin(numpy.arange(len(share)), peak), STRONG, WEAK)
    by_frame = numpy.broadcast_to(by_frame[:, None, None], lit.shape)
    near = numpy.argsort(numpy.abs(share - 0.5), kind="stable")[:6]
    weak = [frame for frame in numpy.flatnonzero(share < 0.05) if frame not in tails] or tails
    wrong = min(weak, key=lambda frame: abs(frame - numpy.mean(peak)))
    with_wrong = plain.values.copy()
    with_wrong[wrong][lit[wrong]] = STRONG
    return {
        "plain frames": plain,
        "plain, by frame": _of_frames(patched, by_frame, lit, peak + tails),
        "near the boundary": _of_frames(patched, truth.condition, lit, near),
        "plain, one wrong": replace(plain, values=with_wrong),
    } | {
        f"{n} at random": some_labels(
            patched, truth.condition, n, numpy.random.default_rng([seed, n])
        )
        for n in N_LABELS
    }


def _of_frames(
    patched: PatchedScan, condition: numpy.ndarray, wanted: numpy.ndarray, frames: list[int]
) -> LabelMap:
    labels = LabelMap.unlabelled(len(condition), patched.grid)
    values = labels.values.copy()
    for frame in frames:
        values[frame][wanted[frame]] = condition[frame][wanted[frame]]
    return replace(labels, values=values)


def layers(seed: int, shape: tuple[int, int]) -> tuple[Layer, Layer]:
    """Two layers of one crystal."""
    parameters = random_parameters(numpy.random.default_rng(seed), shape=shape)
    here = parameters.sample.layer_z_um
    step = LAYER_STEP_UM if here <= 0 else -LAYER_STEP_UM
    other = replace(parameters, sample=replace(parameters.sample, layer_z_um=here + step))
    return _layer(parameters), _layer(other)


def _layer(parameters: SimulationParameters) -> Layer:
    simulated = simulate_scan(parameters)
    patched = extract(simulated.rocking_scan)
    return patched, patch_truth(simulated.truth, patched.grid)


def score(layer: Layer, model: BeamModel) -> numpy.ndarray:
    """Balanced accuracy over lit patches in %, with rocking curves and each frame alone."""
    patched, truth = layer
    maps = [classify(patched, model, use_context=use_context) for use_context in (True, False)]
    return numpy.array(
        [100 * evaluate(one.probabilities, truth.condition).balanced_accuracy for one in maps]
    )


def samples(first_seed: int, shape: tuple[int, int]) -> Iterator[tuple[int, Layer, Layer]]:
    """Crystals with strong beam in both layers."""
    seed = first_seed
    while True:
        both = layers(seed, shape)
        if all(
            (truth.clear & (truth.condition == STRONG)).sum() >= FEWEST_STRONG for _, truth in both
        ):
            yield seed, *both
        seed += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    parser.add_argument("--shape", type=int, nargs=2, default=(384, 512))
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    shipped = BeamModel.load()
    gains: dict[str, list[numpy.ndarray]] = {}
    print("balanced accuracy over lit patches of another layer, %: with curves / each frame alone")
    found = samples(arguments.first_seed, tuple(arguments.shape))
    for _, (seed, labelled, other) in zip(range(arguments.samples), found, strict=False):
        before = score(other, shipped)
        print(f"{seed}  shipped {before[0]:.1f} / {before[1]:.1f}", flush=True)
        for name, labels in label_sets(*labelled, arguments.seed).items():
            model, history = train_model(
                [(labelled[0], labels)], FitOptions(seed=arguments.seed), initial_model="shipped"
            )
            gains.setdefault(name, []).append(score(other, model) - before)
            text = " / ".join(f"{gain:+.2f}" for gain in gains[name][-1])
            print(f"    {name:18s} {text}  {history.moved}", flush=True)
    for name, of_samples in gains.items():
        ends = zip(numpy.mean(of_samples, axis=0), numpy.min(of_samples, axis=0), strict=True)
        text = " / ".join(f"{mean:+.2f} ({least:+.2f})" for mean, least in ends)
        print(f"{name:18s} mean (worst) {text}")


if __name__ == "__main__":
    main()
