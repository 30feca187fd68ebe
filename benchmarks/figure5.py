"""The 3D figure of the publication on simulated volumes: automated, manual and truth.

    python benchmarks/figure5.py                              # five volumes, simulated if need be
    python benchmarks/figure5.py --volumes FOLDER --jitter    # and with layers that jitter
    python benchmarks/figure5.py --sparse                     # five volumes with fewer lines
    python benchmarks/figure5.py --limits                     # what is missed, and why
    python benchmarks/figure5.py --full-grid                  # 301 x 997 x 1237 voxels, timed

Seeds 101 to 105, sparse 201 to 205: nothing was tuned on them. A volume has 32 layers of 256x320
px, 1 um apart, one sensor and one beam profile, curved lines, junctions, lines that lie in a layer,
boundaries. It takes some minutes to simulate and one to classify; files in FOLDER are used as they
are.

Lines are compared with those that show; those that do not are ignored. Tables go to the terminal
and, with pictures, to the output folder.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from line_networks.full_grid import DENSITIES_PER_UM2, full_grid
from line_networks.goals import LEAD, RATIO_OF_TRUTH
from line_networks.limits import limits
from line_networks.measures import (
    BORDERS_UM,
    distances,
    ignored,
    line_figures,
    ratio_of_truth,
    voxel_figures,
)
from line_networks.methods import (
    LINKING,
    MENDED,
    METHODS,
    SKELETON,
    Found,
    by_reconstruction,
    find_all,
)
from line_networks.pictures import Panel, draw, pieces_of
from line_networks.tables import goals_table, volumes_table, voxels_table
from line_networks.volumes import OPTIONS, SPARSE_OPTIONS, KnownVolume, known_volume, shake

from darfix_wb.progress import progress_bar
from darfix_wb.volume_comparison.report import plain

SEEDS = (101, 102, 103, 104, 105)
SPARSE_SEEDS = (201, 202, 203, 204, 205)
JITTER_UM = 0.2
OUTPUT = Path("figure5_output")


def of_volume(known: KnownVolume, output: Path) -> dict[str, Any]:
    """All figures of one volume, and its picture."""
    found = find_all(known)
    _draw(output / f"figure5_{known.seed}.png", found, known)
    lines: dict[float, dict[str, dict[str, float]]] = {}
    best = ratio_of_truth(known)
    for border in BORDERS_UM:
        lines[border] = {name: line_figures(found[name], known, border) for name in METHODS}
        for figures in lines[border].values():
            figures[LEAD] = figures["F1 at 1 um"] - lines[border][MENDED]["F1 at 1 um"]
            figures[RATIO_OF_TRUTH] = best
    return {"lines": lines, "voxels": voxel_figures(found, known)}


def _draw(path: Path, found: dict[str, Found], known: KnownVolume) -> None:
    panels = []
    for name in (LINKING, MENDED):
        pieces = pieces_of(found[name].network)
        grey = ignored(pieces.mean(axis=1), known)
        panels.append(Panel(name, pieces[~grey], pieces[grey]))
    shown, hidden = known.truth.shown(), known.truth.hidden()
    panels.append(Panel("truth (grey: does not show)", pieces_of(shown), pieces_of(hidden)))
    away = {name: distances(found[name].network, known) for name in (LINKING, SKELETON, MENDED)}
    away["linking, shifted at random"] = distances(found[LINKING].network, known, shifted=True)
    draw(path, panels, shown.bounds_um, away)


def of_jitter(known: KnownVolume, figures: dict[str, float]) -> dict[str, float]:
    """What jitter costs of F1 at 1 um, with its correction and without."""
    losses = {}
    with tempfile.TemporaryDirectory() as folder:
        shaken = shake(known, Path(folder) / "shaken.h5", JITTER_UM)
        for name, corrected in (("corrected", True), ("not corrected", False)):
            again = by_reconstruction(shaken, correct_jitter=corrected)
            scored = line_figures(again, known, 0.0)
            for near in ("0.5", "1"):
                loss = figures[f"F1 at {near} um"] - scored[f"F1 at {near} um"]
                losses[f"loss, {name}" + (" (0.5 um)" if near == "0.5" else "")] = loss
    return losses


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Figures of all volumes."""
    output, volumes, jitter = arguments.output, {}, {}
    output.mkdir(parents=True, exist_ok=True)
    folder = arguments.volumes or output / "volumes"
    known = _known(arguments, folder)
    with progress_bar("Reconstructing and comparing") as monitor:
        for number, one in enumerate(known, start=1):
            volumes[one.seed] = of_volume(one, output)
            if arguments.jitter:
                jitter[one.seed] = of_jitter(one, volumes[one.seed]["lines"][0.0][LINKING])
            monitor.report(number / len(known))
    return {"volumes": volumes, "jitter": jitter}


def report(measured: dict[str, Any]) -> str:
    """All tables."""
    volumes = list(measured["volumes"].values())
    whole, inner = (
        {name: [one["lines"][border][name] for one in volumes] for name in METHODS}
        for border in BORDERS_UM
    )
    pairs = volumes[0]["voxels"]
    parts = [
        "## Goals\n",
        goals_table(whole, inner, list(measured["jitter"].values())),
        "\n## The two numbers of the publication, and what they say\n",
        voxels_table({pair: [one["voxels"][pair] for one in volumes] for pair in pairs}),
    ]
    for name in METHODS:
        for rows, title in ((whole, "whole field"), (inner, "without a border of 1 um")):
            parts += [f"\n## {name}, {title}\n", volumes_table(rows[name], measured["volumes"])]
    if measured["jitter"]:
        rows = measured["jitter"]
        names = list(next(iter(rows.values())))
        parts.append("\n## Loss of F1 by jitter\n")
        parts += [f"{name}: {[round(row[name], 3) for row in rows.values()]}" for name in names]
    return "\n".join(parts)


def what_limits(arguments: argparse.Namespace) -> tuple[str, dict[int, dict[str, float]]]:
    """What is missed and why, volume by volume."""
    folder = arguments.volumes or arguments.output / "volumes"
    known = _known(arguments, folder)
    with progress_bar("Looking for what is missed") as monitor:
        rows = {}
        for number, one in enumerate(known, start=1):
            rows[one.seed] = limits(one)
            monitor.report(number / len(known))
    return volumes_table(list(rows.values()), list(rows), names=list(rows[known[0].seed])), rows


def _known(arguments: argparse.Namespace, folder: Path) -> list[KnownVolume]:
    options = SPARSE_OPTIONS if arguments.sparse else OPTIONS
    seeds = arguments.seeds or (SPARSE_SEEDS if arguments.sparse else SEEDS)
    return [known_volume(folder, seed, options) for seed in seeds]


def main() -> None:
    """Print the tables that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--volumes", type=Path, help="folder of the volumes (default: in --output)")
    parser.add_argument("--seeds", type=int, nargs="+", help="volumes (default: 101 to 105)")
    parser.add_argument("--sparse", action="store_true", help="fewer lines; seeds 201 to 205")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="folder of tables and pictures")
    parser.add_argument("--json", type=Path, help="file of all figures")
    parser.add_argument("--jitter", action="store_true", help="also with layers that jitter")
    parser.add_argument("--limits", action="store_true", help="measure what limits the lines")
    parser.add_argument("--full-grid", action="store_true", help="time the grid of the publication")
    arguments = parser.parse_args()
    if arguments.limits:
        text, figures = what_limits(arguments)
    elif arguments.full_grid:
        text, figures = full_grid(DENSITIES_PER_UM2, arguments.output)
    else:
        figures = measure(arguments)
        text = report(figures)
        (arguments.output / "figure5.md").write_text(text + "\n")
    print(text)
    if arguments.json:
        arguments.json.write_text(json.dumps(plain(figures), indent=1) + "\n")


if __name__ == "__main__":
    main()
