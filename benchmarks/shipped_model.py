"""The shipped model on simulated samples that it was not made from.

Each is another crystal, reflection, step, beam, optic and detector, drawn by `random_parameters`
with seeds that pretraining does not use; the brightness rule and the angle rule stand beside it.

    python benchmarks/shipped_model.py [--samples 8] [--shape 384 512]
"""

from __future__ import annotations

import argparse

import numpy

from darfix_wb.beam import BeamCondition, BeamMap
from darfix_wb.classification.angle_rule import angle_rule
from darfix_wb.classification.decoding import decode, set_empty
from darfix_wb.classification.network import classify
from darfix_wb.extraction import PatchedScan, extract
from darfix_wb.model import BeamModel
from darfix_wb.scan import RockingScan
from darfix_wb.simulation import patch_truth, random_parameters, simulate_scan
from darfix_wb.training.metrics import evaluate

FIRST_SEED = 7_000_000


def brighter_than_the_mean(patched: PatchedScan) -> BeamMap:
    """Strong where a patch is brighter than the mean of the scan: one line, nothing fitted."""
    strong = (patched.curves > patched.curves.mean()).astype(numpy.float32)
    probabilities = numpy.stack([1 - strong, strong, numpy.zeros_like(strong)], axis=-1)
    set_empty(probabilities, patched.empty)
    return BeamMap(probabilities, patched.grid)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--shape", type=int, nargs=2, default=(384, 512))
    arguments = parser.parse_args()
    model = BeamModel.load()
    methods = {
        "brighter than mean": brighter_than_the_mean,
        "angle rule": angle_rule,
        "shipped model": lambda patched: classify(patched, model),
        "shipped, decoded": lambda patched: decode(classify(patched, model), patched.scan.curves),
    }
    print("balanced accuracy over all lit / clear patches, and ECE over all lit ones, in %")
    print("sample                   " + "".join(f"{name:>24s}" for name in methods))
    table = []
    for seed in range(FIRST_SEED, FIRST_SEED + arguments.samples):
        table.append(_row(seed, tuple(arguments.shape), methods, model.patch_size))
    means = numpy.mean(table, axis=0)
    print("mean                     " + "".join(_cell(*cell) for cell in means))


def _row(seed: int, shape: tuple[int, int], methods: dict, patch_size: int) -> list:
    parameters = random_parameters(numpy.random.default_rng(seed), shape)
    simulated = simulate_scan(parameters)
    patched = extract(RockingScan(simulated.frames, simulated.phi_deg), patch_size)
    truth = patch_truth(simulated.truth, patched.grid)
    clear = numpy.where(truth.clear, truth.condition, BeamCondition.EMPTY)
    row = []
    for method in methods.values():
        probabilities = method(patched).probabilities
        scores = [evaluate(probabilities, wanted) for wanted in (truth.condition, clear)]
        row.append((*(score.balanced_accuracy for score in scores), scores[0].ece))
    miller = "".join(map(str, parameters.sample.reflection))
    name = f"{seed - FIRST_SEED} ({miller}, {parameters.scan.step_deg:.4f} deg)"
    print(f"{name:25s}" + "".join(_cell(*cell) for cell in row), flush=True)
    return row


def _cell(lit: float, clear: float, ece: float) -> str:
    return f"{100 * lit:10.1f} /{100 * clear:5.1f} {100 * ece:5.1f}"


if __name__ == "__main__":
    main()
