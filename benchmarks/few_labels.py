"""A few labels of a new sample: from the shipped model, and from nothing.

Half of the labelled patches are weak, half strong, drawn at random from the truth; scored are the
others. Samples as in `shipped_model.py`.

    python benchmarks/few_labels.py [--samples 8] [--shape 384 512] [--seed 0]
"""

from __future__ import annotations

import argparse

import numpy

from darfix_wb.beam import UNLABELLED, BeamCondition, BeamMap
from darfix_wb.classification.network import classify
from darfix_wb.extraction import PatchedScan, extract
from darfix_wb.labels import LabelMap
from darfix_wb.metrics import evaluate
from darfix_wb.model import BeamModel
from darfix_wb.simulation import patch_truth, random_parameters, simulate_scan
from darfix_wb.training.options import FitOptions
from darfix_wb.training.trained_model import train_model

FIRST_SEED = 9_000_000
N_LABELS = (8, 32, 128)


def some_labels(
    patched: PatchedScan, condition: numpy.ndarray, n: int, rng: numpy.random.Generator
) -> LabelMap:
    """`n` patches, at most half of those of each condition."""
    labels = LabelMap.unlabelled(len(condition), patched.grid)
    for wanted in (BeamCondition.WEAK, BeamCondition.STRONG):
        here = numpy.flatnonzero((condition == wanted) & ~patched.empty)
        labels.values.flat[rng.permutation(here)[: min(n // 2, len(here) // 2)]] = wanted
    return labels


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--shape", type=int, nargs=2, default=(384, 512))
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    print("balanced accuracy over lit patches without label, in %")
    print("labels: from the shipped model / its single frames / from nothing, decoded")
    table = []
    for number in range(arguments.samples):
        parameters = random_parameters(
            numpy.random.default_rng(FIRST_SEED + number), shape=tuple(arguments.shape)
        )
        simulated = simulate_scan(parameters)
        patched = extract(simulated.rocking_scan)
        condition = patch_truth(simulated.truth, patched.grid).condition
        table.append(_row(patched, condition, arguments.seed))
        print(f"{FIRST_SEED + number}  {_text(table[-1])}", flush=True)
    print(f"mean     {_text(numpy.mean(table, axis=0))}")
    print(f"worst    {_text(numpy.min(table, axis=0))}")


def _row(patched: PatchedScan, condition: numpy.ndarray, seed: int) -> list[float]:
    row = [_score(classify(patched, BeamModel.load()), condition)]
    for n in N_LABELS:
        labels = some_labels(patched, condition, n, numpy.random.default_rng([seed, n]))
        rest = numpy.where(labels.values == UNLABELLED, condition, BeamCondition.EMPTY)
        options = FitOptions(seed=seed)
        tuned, _ = train_model([(patched, labels)], options, initial_model="shipped")
        scratch, _ = train_model([(patched, labels)], options, initial_model="none")
        row += [
            _score(classify(patched, tuned), rest),
            _score(classify(patched, tuned, use_context=False), rest),
            _score(classify(patched, scratch), rest),
        ]
    return row


def _score(beam_map: BeamMap, condition: numpy.ndarray) -> float:
    return 100 * evaluate(beam_map.probabilities, condition).balanced_accuracy


def _text(row: list[float] | numpy.ndarray) -> str:
    parts = [
        f"{n}: " + " / ".join(f"{value:.1f}" for value in row[1 + 3 * i : 4 + 3 * i])
        for i, n in enumerate(N_LABELS)
    ]
    return f"none: {row[0]:.1f}   " + "   ".join(parts)


if __name__ == "__main__":
    main()
