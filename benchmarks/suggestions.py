"""What suggestions of patches to label are worth, against patches drawn at random.

On each sample the shipped model is given 8, 16, 32, 64 and 128 labels, each time with those
before, and trained anew. The patches are those that `suggest` names, eight at a time, with the
newest model's opinion; or lit patches at random; or half weak, half strong ones by the truth, at
random. Answers are the truth. Two scores, balanced accuracy over lit patches: of all, where those
labelled count as what the user said, and of the patches that none of the three had labelled,
the same for all (none is left on some small samples with 128 labels; they are left out there).
Samples as in `shipped_model.py`.

    python benchmarks/suggestions.py [--samples 8] [--shape 384 512] [--seeds 2] [--figure FILE]

writes the picture docs/images/suggestions.png, where `--figure` names it.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable

import numpy
from matplotlib.figure import Figure

from darfix_wb.beam import LIT, UNLABELLED, BeamCondition, BeamMap
from darfix_wb.classification.network import classify
from darfix_wb.classification.suggestion import suggest
from darfix_wb.extraction import PatchedScan, extract
from darfix_wb.labels import LabelMap
from darfix_wb.metrics import evaluate
from darfix_wb.model import BeamModel
from darfix_wb.simulation import patch_truth, random_parameters, simulate_scan
from darfix_wb.training.options import FitOptions
from darfix_wb.training.trained_model import train_model

FIRST_SEED = 9_000_000
BUDGETS = (0, 8, 16, 32, 64, 128)
AT_A_TIME = 8
AIM = 98.0
NOT_REACHED = 2 * BUDGETS[-1]
SCORES = (
    "all lit patches, labelled ones as the user said",
    "patches that none of the three had labelled",
)

Pick = Callable[[PatchedScan, numpy.ndarray, BeamMap, numpy.ndarray, int], list]
"""Places of some patches to label, of a scan, its truth, an opinion, what is labelled, a seed."""


def suggested(
    patched: PatchedScan, _: numpy.ndarray, opinion: BeamMap, labelled: numpy.ndarray, seed: int
) -> list:
    """What the model would like to be told."""
    return suggest(patched, opinion, labelled, n=AT_A_TIME, seed=seed)


def at_random(
    patched: PatchedScan, truth: numpy.ndarray, _: BeamMap, labelled: numpy.ndarray, seed: int
) -> list:
    """Any lit patches."""
    return _draw(~labelled & ~patched.empty, AT_A_TIME, seed)


def half_and_half(
    patched: PatchedScan, truth: numpy.ndarray, _: BeamMap, labelled: numpy.ndarray, seed: int
) -> list:
    """As many weak as strong patches by the truth, which nobody could draw without it."""
    free = ~labelled & ~patched.empty
    n = AT_A_TIME // len(LIT)
    return [place for one in LIT for place in _draw(free & (truth == one), n, seed)]


WAYS: dict[str, Pick] = {
    "suggested": suggested,
    "at random": at_random,
    "at random, half weak, half strong": half_and_half,
}


def _draw(free: numpy.ndarray, n: int, seed: int) -> list:
    places = numpy.argwhere(free)
    return [tuple(place) for place in numpy.random.default_rng(seed).permutation(places)[:n]]


def label(patched: PatchedScan, truth: numpy.ndarray, pick: Pick, seed: int) -> list[tuple]:
    """Labels and opinion at each of BUDGETS, in the way of `pick`."""
    shipped = BeamModel.load()
    labels, opinion = LabelMap.unlabelled(len(truth), patched.grid), classify(patched, shipped)
    states = [(labels.values.copy(), opinion)]
    for previous, budget in itertools.pairwise(BUDGETS):
        for n in range(previous, budget, AT_A_TIME):
            labelled = labels.values != UNLABELLED
            for place in pick(patched, truth, opinion, labelled, 1000 * seed + n):
                labels.values[place] = truth[place]
        if numpy.isin(LIT, labels.values).all():
            model, _ = train_model(
                [(patched, labels)], FitOptions(seed=seed), initial_model="shipped"
            )
            opinion = classify(patched, model)
        states.append((labels.values.copy(), opinion))
    return states


def scores(patched: PatchedScan, truth: numpy.ndarray, seed: int) -> numpy.ndarray:
    """``(ways, budgets, 2)`` percentages."""
    ways = [label(patched, truth, pick, seed) for pick in WAYS.values()]
    table = numpy.empty((len(ways), len(BUDGETS), len(SCORES)))
    for index in range(len(BUDGETS)):
        common = numpy.all([states[index][0] == UNLABELLED for states in ways], axis=0)
        for way, states in enumerate(ways):
            labels, opinion = states[index]
            told = opinion.probabilities.copy()
            known = labels != UNLABELLED
            told[known] = numpy.eye(len(BeamCondition))[labels[known]]
            rest = numpy.where(common, truth, BeamCondition.EMPTY)
            table[way, index] = _right(told, truth), _right(opinion.probabilities, rest)
    return table


def _right(probabilities: numpy.ndarray, truth: numpy.ndarray) -> float:
    return 100 * evaluate(probabilities, truth).balanced_accuracy


def labels_needed(curve: numpy.ndarray) -> int:
    """The smallest of BUDGETS with which ``(budgets,)`` scores reach AIM."""
    reached = numpy.flatnonzero(curve >= AIM)
    return BUDGETS[reached[0]] if len(reached) else NOT_REACHED


def tables(results: numpy.ma.MaskedArray) -> str:
    """Markdown of ``(samples, seeds, ways, budgets, 2)`` scores, masked where none is known."""
    lines = []
    for index, name in enumerate(SCORES):
        lines += ["", f"{name}, mean (worst sample), %", ""]
        lines += [f"| labels | {' | '.join(map(str, BUDGETS))} |", "|" + " --- |" * 7]
        for way, curves in zip(WAYS, numpy.moveaxis(results[..., index], 2, 0), strict=True):
            of_samples = curves.mean(axis=1)
            ends = zip(of_samples.mean(axis=0), of_samples.min(axis=0), strict=True)
            cells = [f"{mean:.1f} ({worst:.1f})" for mean, worst in ends]
            lines.append(f"| {way} | {' | '.join(cells)} |")
    lines += ["", f"labels needed for {AIM:.0f} % of {SCORES[0]} ({NOT_REACHED}: not with 128)", ""]
    lines += ["| | median | mean | runs that got there |", "|" + " --- |" * 4]
    for way, curves in zip(WAYS, numpy.moveaxis(results[..., 0], 2, 0), strict=True):
        needed = numpy.array([labels_needed(curve) for curve in curves.reshape(-1, len(BUDGETS))])
        got_there = f"{(needed < NOT_REACHED).sum()} of {len(needed)}"
        lines.append(f"| {way} | {numpy.median(needed):.0f} | {needed.mean():.0f} | {got_there} |")
    return "\n".join(lines)


def draw(results: numpy.ma.MaskedArray, path: str) -> None:
    """Both scores by the number of labels: means, and each sample faintly."""
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    positions = range(len(BUDGETS))
    for index, axes in enumerate(figure.subplots(1, len(SCORES), sharey=True)):
        for way, name in enumerate(WAYS):
            curves = results[:, :, way, :, index].mean(axis=1)
            axes.plot(positions, curves.T, color=f"C{way}", alpha=0.2, linewidth=0.8)
            axes.plot(positions, curves.mean(axis=0), "o-", color=f"C{way}", label=name)
        axes.axhline(AIM, color="0.5", linestyle=":", linewidth=1)
        axes.set_xticks(positions, BUDGETS)
        axes.set(title=SCORES[index], xlabel="labels", ylabel="balanced accuracy, %")
        axes.title.set_fontsize(10)
        axes.label_outer()
    axes.legend(loc="lower right", fontsize=8)
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    parser.add_argument("--shape", type=int, nargs=2, default=(384, 512))
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--figure")
    arguments = parser.parse_args()
    results = []
    for number in range(arguments.first_seed, arguments.first_seed + arguments.samples):
        parameters = random_parameters(
            numpy.random.default_rng(number), shape=tuple(arguments.shape)
        )
        simulated = simulate_scan(parameters)
        patched = extract(simulated.rocking_scan)
        truth = patch_truth(simulated.truth, patched.grid).condition
        seeds = range(arguments.seeds)
        results.append([scores(patched, truth, seed) for seed in seeds])
        line = numpy.mean(results[-1], axis=0)[..., 0].round(1).tolist()
        print(number, dict(zip(WAYS, line, strict=True)), flush=True)
    known = numpy.ma.masked_invalid(results)
    print(tables(known))
    if arguments.figure:
        draw(known, arguments.figure)


if __name__ == "__main__":
    main()
