"""The picture of docs/explanation/dislocation_image.md: five images of six crystals.

Usage: python scripts/dislocation_pictures.py [FOLDER]   (docs/images if not given)

The real diamond is shown where its scan is: in the folder DARFIX_WB_DATA, else in ../shared/data.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy

from darfix_wb.analysis import classify, compare, integrate
from darfix_wb.detection.mapping import map_dislocations
from darfix_wb.dislocation_image import as_shown
from darfix_wb.evaluation.standard_samples import sample_parameters
from darfix_wb.image_quality.shown import as_shown as any_as_shown
from darfix_wb.io.frame_sources import open_scan
from darfix_wb.scan import RockingScan
from darfix_wb.simulation import random_material_parameters, simulate_scan

ROOT = Path(__file__).parents[1]
DIAMOND = "diamond_topographs/SA1_diamond_rocking.h5"
SAMPLES = {"Al": "home", "Al, drift of 3 px": "fine-off-centre", "Al, faint": "faint-noisy"}
SEEDS = {"Ni": 4_000_023, "Si": 4_000_028}
"""Of `random_material_parameters`, of materials by the name."""

SHAPE = (384, 512)
TITLES = ("Gram-Schmidt", "PCA", "weak beam", "dislocation image", "line probability")
TOP = 3.0
"""Of asinh(sigma / 3)."""


def main() -> None:
    """Write the picture."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    matplotlib.use("agg")
    rows = list(_crystals())
    figure, axes = plt.subplots(
        len(rows), len(TITLES), figsize=(13.5, 2.1 * len(rows)), layout="constrained", squeeze=False
    )
    for line, (name, scan, lines) in zip(axes, rows, strict=True):
        for axis, title, image in zip(line, TITLES, _images(scan), strict=True):
            top = 1.0 if title == TITLES[-1] else TOP
            axis.imshow(image, vmin=0, vmax=top, cmap="gray", aspect="auto")
            if lines is not None and title == TITLES[-1]:
                axis.contour(lines, levels=[0.5], colors="#56B4E9", linewidths=0.6)
            axis.set(xticks=[], yticks=[])
        line[0].set_ylabel(name)
        print(name, flush=True)
    for axis, title in zip(axes[0], TITLES, strict=True):
        axis.set_title(title)
    figure.savefig(folder / "dislocations.png", dpi=80)


def _crystals() -> Iterator[tuple[str, RockingScan, numpy.ndarray | None]]:
    """Name, scan, and the lines that show where they are known."""
    data = Path(os.environ.get("DARFIX_WB_DATA", ROOT.parent / "shared" / "data"))
    if (data / DIAMOND).exists():
        yield "diamond", open_scan(data / DIAMOND), None
    parameters = {name: sample_parameters(sample) for name, sample in SAMPLES.items()}
    for name, seed in SEEDS.items():
        rng = numpy.random.default_rng(seed)
        parameters[name] = random_material_parameters(rng, shape=SHAPE, materials=(name,))
    for name, one in parameters.items():
        simulated = simulate_scan(one)
        yield name, simulated.rocking_scan, simulated.truth.shown_lines


def _images(scan: RockingScan) -> list[numpy.ndarray]:
    """The images as they are shown, in the order of `TITLES`."""
    classified = classify(scan)
    others = compare(classified, ("gso", "pca"))
    found = map_dislocations(classified.patches)
    weak = integrate(classified).weak
    counts = [others["gso"].weak_image, others["pca"].weak_image, weak]
    return [*map(any_as_shown, counts), as_shown(found.image), found.probability]


if __name__ == "__main__":
    main()
