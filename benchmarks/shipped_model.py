"""The shipped model on simulated samples that it was not made from.

Each is another crystal, reflection, step, beam, optic and detector, drawn by `random_parameters`
with seeds that pretraining does not use. Beside the model with all that it knows stand its parts
(each frame alone, decoded by a Markov chain; its context network without the images, without the
curves; the scan cropped so that the peak is at its edge), brightness and the angle rule.

    python benchmarks/shipped_model.py [--samples 8] [--shape 384 512] [--model FILE]
"""

from __future__ import annotations

import argparse
import warnings
from dataclasses import astuple, fields

import numpy

from darfix_wb.beam import BeamCondition, BeamMap
from darfix_wb.classification.angle_rule import angle_rule
from darfix_wb.classification.curve_context import context_logits
from darfix_wb.classification.decoding import decode, set_empty
from darfix_wb.classification.frame_classifier import FrameClassifier
from darfix_wb.classification.network import classify
from darfix_wb.evaluation.figures import SetFigures, set_figures
from darfix_wb.extraction import PatchedScan, extract
from darfix_wb.metrics import evaluate
from darfix_wb.model import BeamModel
from darfix_wb.networks import count_macs, count_parameters
from darfix_wb.scan import RockingScan
from darfix_wb.simulation import patch_truth, random_parameters, simulate_scan

FIRST_SEED = 9_000_000
COVERAGE = 0.9
N_FIGURES = 4
"""Of each method in the first table; those of its prediction sets follow."""


def brighter_than_the_mean(patched: PatchedScan) -> BeamMap:
    """Strong where a patch is brighter than the mean of the scan: one line, nothing fitted."""
    strong = (patched.curves > patched.curves.mean()).astype(numpy.float32)
    probabilities = numpy.stack([1 - strong, strong, numpy.zeros_like(strong)], axis=-1)
    set_empty(probabilities, patched.empty)
    return BeamMap(probabilities, patched.grid)


def ablated(patched: PatchedScan, model: BeamModel, image: bool, curve: bool) -> BeamMap:
    """The context network shown one view only, not the mean over three."""
    of_frames = FrameClassifier(model, patched.grid, patched.background).look_at_scan(patched)
    logits = context_logits(model, patched, *of_frames, views=[(image, curve)])
    probabilities = model.context_calibration.probabilities(logits)
    set_empty(probabilities, patched.empty)
    return BeamMap(probabilities, patched.grid)


def cropped(patched: PatchedScan, model: BeamModel) -> BeamMap:
    """Frames from before the brightest one are left out, and keep their labels of the whole."""
    whole = classify(patched, model)
    lit = ~patched.empty if not patched.empty.all() else patched.empty
    brightest = int(patched.curves[:, lit].mean(axis=1).argmax())
    kept = (
        slice(brightest, None)
        if brightest <= len(whole.probabilities) // 2
        else slice(0, brightest + 1)
    )
    scan = RockingScan(patched.scan.frames[kept], patched.scan.angles[kept])
    part = extract(scan, patch_size=patched.grid.patch_size, dark=patched.background.level)
    whole.probabilities[kept] = classify(part, model).probabilities
    return whole


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    parser.add_argument("--shape", type=int, nargs=2, default=(384, 512))
    parser.add_argument("--model", help="model file; the shipped one by default")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", "A single label was found")
    model = BeamModel.load(arguments.model)
    parts = [model.network] + ([model.context] if model.context else [])
    print(f"{sum(map(count_parameters, parts))} parameters, {count_macs(model.network)} MACs alone")
    methods = {
        "brighter than mean": brighter_than_the_mean,
        "angle rule": angle_rule,
        "each frame alone": lambda patched: classify(patched, model, use_context=False),
        "alone, decoded": lambda patched: decode(
            classify(patched, model, use_context=False), patched.scan.curves
        ),
    }
    if model.context is not None:
        methods |= {
            "with context": lambda patched: classify(patched, model),
            "one view of both": lambda patched: ablated(patched, model, image=True, curve=True),
            "curves only": lambda patched: ablated(patched, model, image=False, curve=True),
            "images only": lambda patched: ablated(patched, model, image=True, curve=False),
            "context, cropped": lambda patched: cropped(patched, model),
        }
    print("balanced accuracy over all lit / clear patches; ECE, share right at 90 % coverage; in %")
    print("sample                   " + "".join(f"{name:>24s}" for name in methods))
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.samples)
    rows = numpy.array([_row(seed, tuple(arguments.shape), methods) for seed in seeds])
    table, sets = rows[..., :N_FIGURES], rows[..., N_FIGURES:]
    for name, total in (("mean", numpy.nanmean(table, axis=0)), ("worst", _worst(table))):
        print(f"{name:25s}" + "".join(_cell(*cell) for cell in total))
    _print_sets(dict(zip(methods, numpy.moveaxis(sets, 1, 0), strict=True)))


def _row(seed: int, shape: tuple[int, int], methods: dict) -> list:
    parameters = random_parameters(numpy.random.default_rng(seed), shape=shape)
    simulated = simulate_scan(parameters)
    patched = extract(simulated.rocking_scan)
    truth = patch_truth(simulated.truth, patched.grid)
    clear = numpy.where(truth.clear, truth.condition, BeamCondition.EMPTY)
    row = []
    for method in methods.values():
        beam_map = method(patched)
        probabilities = beam_map.probabilities
        whole = evaluate(probabilities, truth.condition)
        surely = (
            evaluate(probabilities, clear).balanced_accuracy if truth.clear.any() else numpy.nan
        )
        covered = _covered(probabilities, truth.condition)
        sets = _sets(beam_map, truth.condition)
        row.append((whole.balanced_accuracy, surely, whole.ece, covered, *sets))
    miller = "".join(map(str, parameters.sample.reflection))
    print(
        f"{seed} ({miller}, {parameters.scan.step_deg:.4f})".ljust(25)
        + "".join(_cell(*cell[:N_FIGURES]) for cell in row),
        flush=True,
    )
    return row


def _covered(probabilities: numpy.ndarray, truth: numpy.ndarray) -> float:
    """Share right of the nine tenths of the lit patches that are surest."""
    lit = truth != BeamCondition.EMPTY
    surest = probabilities[lit].max(axis=-1).argsort()[::-1][: int(COVERAGE * lit.sum())]
    return float((probabilities[lit].argmax(axis=-1) == truth[lit])[surest].mean())


def _sets(beam_map: BeamMap, truth: numpy.ndarray) -> tuple[float, ...]:
    """Figures of the prediction sets of the lit patches; nan for a method without thresholds."""
    if beam_map.thresholds is None:
        return (numpy.nan,) * len(fields(SetFigures))
    lit = truth != BeamCondition.EMPTY
    return astuple(set_figures(beam_map.probabilities[lit], truth[lit], beam_map.thresholds))


def _print_sets(by_method: dict[str, numpy.ndarray]) -> None:
    """Mean and worst of ``(n_samples, 4)`` figures; methods without thresholds are left out."""
    known = {name: 100 * sets for name, sets in by_method.items() if not numpy.isnan(sets).all()}
    if known:
        print("prediction sets: share of ambiguous patches, right among the others, and weak and")
        print("strong patches whose set holds what they are; mean (worst), in %")
        names = ("ambiguous", "others right", "weak", "strong")
        print(" " * 25 + "".join(f"{name:>16s}" for name in names))
    for name, sets in known.items():
        worst = numpy.concatenate([sets[:, :1].max(axis=0), sets[:, 1:].min(axis=0)])
        pairs = zip(sets.mean(axis=0), worst, strict=True)
        print(f"{name:25s}" + "".join(f"{mean:8.1f} ({least:5.1f})" for mean, least in pairs))


def _worst(table: numpy.ndarray) -> numpy.ndarray:
    worst = numpy.nanmin(table, axis=0)
    worst[:, 2] = numpy.nanmax(table[..., 2], axis=0)
    return worst


def _cell(lit: float, clear: float, ece: float, covered: float) -> str:
    return f"{100 * lit:8.1f}/{100 * clear:5.1f}{100 * ece:5.1f}{100 * covered:5.1f}"


if __name__ == "__main__":
    main()
