"""What must hold of a model wherever it is used, on scans drawn at random.

Synthetic crystals, featureless and textured, with any rocking curve, of which the truth is the
curve without noise; and simulated ones. For each property: in how many scans it was judged, the
worst and the mean figure, what must hold, whether it does, and which scan is the worst. The
same properties are tests in `tests/physics`, over a few scans.

    python benchmarks/properties.py [--model FILE] [--scans 40] [--only 1 3] [--first-seed 0]
        [--simulated 0] [--cache FOLDER] [--failures 3]

Exit status 1 where a property does not hold.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy
from physics import draws
from physics.changes import Measured
from physics.crystals import FIRST_SEED, crystal
from physics.curve_rules import curve_figures, simulated_order
from physics.doubts import contradiction_figures, flank_figure, single_frames_figure
from physics.invariance import invariance_figures
from physics.regions import larger_crystal, region_figures
from physics.rules import Figure, of_rules
from physics.scans import make_scan

from darfix_wb.model import BeamModel

PROPERTIES = (1, 2, 3, 4, 5, 6, 7)


def figures(model: BeamModel, seed: int, wanted: set[int]) -> Iterator[Figure]:
    """All figures of the draws with this seed."""
    if wanted & {1, 3}:
        yield from curve_figures(model, draws.featureless(seed))
        yield from curve_figures(model, draws.cut_tails(seed))
    if wanted & {2, 3}:
        yield from curve_figures(model, draws.textured(seed))
    if 4 in wanted:
        recipe = draws.any_crystal(seed)
        measured = Measured(make_scan(recipe).rocking_scan, recipe.dark)
        yield from invariance_figures(model, measured, seed, str(recipe))
    if 5 in wanted:
        yield from region_figures(model, larger_crystal(seed))
    if 6 in wanted:
        yield flank_figure(model, draws.one_flank(seed))
        yield flank_figure(model, draws.any_crystal(seed))
    if 7 in wanted:
        yield single_frames_figure(model, draws.featureless(seed))
        yield single_frames_figure(model, draws.textured(seed))


def simulated_figures(
    model: BeamModel, seed: int, wanted: set[int], cache: Path | None
) -> Iterator[Figure]:
    """All figures of one simulated crystal."""
    measured, text = crystal(seed, cache), f"crystal {FIRST_SEED + seed}"
    if 3 in wanted:
        yield from simulated_order(model, measured.scan, text)
    if 4 in wanted:
        yield from invariance_figures(model, measured, seed, text, simulated=True)
    if 6 in wanted:
        yield from contradiction_figures(model, measured, text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", help="model file; the shipped one by default")
    parser.add_argument("--scans", type=int, default=40, help="draws of each kind")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--only", type=int, nargs="+", choices=PROPERTIES, default=PROPERTIES)
    parser.add_argument("--simulated", type=int, default=0, help="simulated crystals (3, 4, 6)")
    parser.add_argument("--cache", type=Path, help="folder that keeps the simulated crystals")
    parser.add_argument("--failures", type=int, default=3, help="worst scans to name of each")
    arguments = parser.parse_args()
    model, start = BeamModel.load(arguments.model), time.perf_counter()
    found = []
    for seed in range(arguments.first_seed, arguments.first_seed + arguments.scans):
        found += figures(model, seed, set(arguments.only))
    for seed in range(arguments.simulated):
        found += simulated_figures(model, seed, set(arguments.only), arguments.cache)
    found = [one for one in found if one.rule.number in arguments.only]
    good = report(found, arguments.failures)
    print(f"{time.perf_counter() - start:.0f} s")
    return 0 if good else 1


def report(found: list[Figure], n_named: int) -> bool:
    """Print the table, then the worst scans; whether all holds."""
    print(f"{'property':44s}{'scans':>6s}{'worst':>9s}{'mean':>9s}  {'must hold':14s}holds")
    by_rule = sorted(of_rules(found).items(), key=lambda item: (item[0].number, item[0].name))
    good = True
    for rule, some in by_rule:
        values = [one.value for one in some]
        holds = rule.holds(values)
        good &= holds
        print(
            f"{rule.number} {rule.name:42s}{len(values):6d}{rule.worst(values):9.4f}"
            f"{numpy.mean(values):9.4f}  {rule.text:14s}{'yes' if holds else 'NO'}"
        )
    for rule, some in by_rule:
        wrong = [one for one in some if not rule.holds([one.value])]
        if wrong and n_named:
            print(f"\n{rule.number} {rule.name}: {len(wrong)} scans beyond {rule.limit:g}")
        wrong.sort(key=lambda one: one.value, reverse=rule.largest)
        for one in wrong[:n_named]:
            print(f"  {one.value:.4f}  {one.scan}")
    return good


if __name__ == "__main__":
    sys.exit(main())
