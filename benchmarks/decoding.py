"""What decoding along the rocking curve is worth: by a Markov chain, by the context network.

Samples as in `shipped_model.py`: as they are, with every third frame only, as many curves of five
frames, with one frame in six exposed four times too long or too short, and with two peaks (each
frame the mean of itself and of one half the scan away; strong where either is). The chain decodes
every scan ("decoded"), or those whose steps are fine, as `classify` does ("decoded if fine").

    python benchmarks/decoding.py [--samples 8] [--shape 384 512]
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator

import numpy

from darfix_wb.beam import BeamCondition
from darfix_wb.classification.decoding import decode, resolves_peaks
from darfix_wb.classification.network import classify
from darfix_wb.extraction import extract
from darfix_wb.metrics import evaluate
from darfix_wb.model import BeamModel
from darfix_wb.scan import RockingScan
from darfix_wb.simulation import patch_truth, random_parameters, simulate_scan

FIRST_SEED = 9_000_000
METHODS = ("alone", "decoded", "decoded if fine", "context", "context, decoded if fine")
COARSE = 3
SHORT = 5
BAD = 6
FACTOR = 4.0


def cases(scan: RockingScan, truth: numpy.ndarray, seed: int) -> Iterator[tuple]:
    """Name, scan and ``(n_frames, rows, columns)`` conditions."""
    yield "as it is", scan, truth
    coarse = slice(None, None, COARSE)
    yield "every third frame", RockingScan(scan.frames[coarse], scan.angles[coarse]), truth[coarse]
    n_curves = scan.n_frames // SHORT
    kept = slice(n_curves * SHORT)
    curves = numpy.arange(n_curves * SHORT).reshape(SHORT, n_curves).T
    short = RockingScan(scan.frames[kept], scan.angles[kept], curves=curves)
    yield f"curves of {SHORT} frames", short, truth[kept]
    yield "bad exposures", badly_exposed(scan, seed), truth
    yield "two peaks", *two_peaks(scan, truth)


def badly_exposed(scan: RockingScan, seed: int) -> RockingScan:
    """One frame in `BAD` has `FACTOR` times more or fewer counts above dark."""
    rng = numpy.random.default_rng(seed)
    dark = extract(scan).background.level
    gain = numpy.ones(scan.n_frames)
    bad = rng.permutation(scan.n_frames)[: scan.n_frames // BAD]
    gain[bad] = FACTOR ** rng.choice([-1, 1], len(bad))
    frames = dark + gain[:, None, None] * (scan.frames.astype(float) - dark)
    return RockingScan(_counts(frames), scan.angles)


def two_peaks(scan: RockingScan, truth: numpy.ndarray) -> tuple[RockingScan, numpy.ndarray]:
    """A second grain that diffracts half the scan later, the ends of the scan going on."""
    late = numpy.maximum(numpy.arange(scan.n_frames) - scan.n_frames // 2, 0)
    frames = (scan.frames.astype(float) + scan.frames[late]) / 2
    strong = (truth == BeamCondition.STRONG) | (truth[late] == BeamCondition.STRONG)
    lit = numpy.where(strong, BeamCondition.STRONG, truth)
    return RockingScan(_counts(frames), scan.angles), lit


def _counts(frames: numpy.ndarray) -> numpy.ndarray:
    return numpy.clip(numpy.rint(frames), 0, 65535).astype(numpy.uint16)


def score(scan: RockingScan, truth: numpy.ndarray, model: BeamModel) -> list[float]:
    """Balanced accuracy of METHODS over lit patches."""
    patched = extract(scan)
    alone, context = (classify(patched, model, use_context=whole) for whole in (False, True))
    decoded, after = (decode(each, scan.curves) for each in (alone, context))
    fine = resolves_peaks(patched)
    maps = (alone, decoded, decoded if fine else alone, context, after if fine else context)
    return [evaluate(each.probabilities, truth).balanced_accuracy for each in maps]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    parser.add_argument("--shape", type=int, nargs=2, default=(384, 512))
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", "A single label was found")
    model = BeamModel.load()
    table: dict[str, list] = {}
    for seed in range(arguments.first_seed, arguments.first_seed + arguments.samples):
        parameters = random_parameters(numpy.random.default_rng(seed), shape=tuple(arguments.shape))
        simulated = simulate_scan(parameters)
        scan = simulated.rocking_scan
        truth = patch_truth(simulated.truth, extract(scan).grid).condition
        for name, changed, condition in cases(scan, truth, seed):
            table.setdefault(name, []).append(score(changed, condition, model))
    print("balanced accuracy over lit patches, mean (worst) of the samples, %")
    print(f"| | {' | '.join(METHODS)} |")
    print("|" + " --- |" * (len(METHODS) + 1))
    for name, scores in table.items():
        ends = zip(numpy.mean(scores, axis=0), numpy.min(scores, axis=0), strict=True)
        cells = [f"{100 * mean:.1f} ({100 * worst:.1f})" for mean, worst in ends]
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
