"""The pictures of docs/fifteen_minutes.md: the page of a scan, and good and bad results.

Usage: python scripts/guide_pictures.py [FOLDER]   (docs/images if not given)
"""

from __future__ import annotations

import sys
import tempfile
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

import darfix_wb as wb
from darfix_wb.cli import main as run
from darfix_wb.commands.simulate import parameters_from
from darfix_wb.io.frame_sources import open_scan
from darfix_wb.result_page.curves import draw_curves, draw_shares
from darfix_wb.result_page.images import draw_dislocation_image
from darfix_wb.simulation import simulate_scan, write_scan

FOLDER = Path(__file__).parents[1] / "docs" / "images"
COMMON = ["--shape", "256", "320"]


@dataclass(frozen=True)
class Example:
    """A scan, by the options with which it is simulated, and what is good or bad about it."""

    title: str
    options: list[str] = field(default_factory=list)


EXAMPLES = (
    Example("good: narrow bright spots and lines on black"),
    Example("the peak lies at the end of the scan", ["--peak-offset-deg", "0.058"]),
    Example("the steps are too wide", ["--step-deg", "0.03"]),
    Example("exposed too briefly", ["--exposure-s", "0.03"]),
    Example("a mosaic crystal: edges of blocks", ["--mosaic", "4", "--mosaic-urad", "300"]),
    Example("pixels of 0.4 um", ["--pixel", "0.4"]),
)


def main(folder: Path) -> None:
    """Simulate, classify and draw each example, a column each; the page of the first."""
    size = (3.4 * len(EXAMPLES), 8.4)
    figure = Figure(figsize=size, dpi=65, layout="constrained")
    FigureCanvasAgg(figure)
    columns = figure.subplots(3, len(EXAMPLES), height_ratios=(1.8, 1, 1)).T
    with tempfile.TemporaryDirectory() as scratch:
        for index, (axes, example) in enumerate(zip(columns, EXAMPLES, strict=True)):
            result = classified(example, Path(scratch) / f"{index}.h5")
            draw(axes, example, result)
            print(example.title, *result.warnings, sep="\n    ")
        draw_page(folder / "result_page.png", Path(scratch))
    columns[0, 1].legend(loc="center right")
    figure.savefig(folder / "good_and_bad.png")


def draw_page(picture: Path, scratch: Path) -> None:
    """The page that ``darfix-wb classify`` makes of the first example, a little smaller."""
    page = scratch / "page.png"
    names = [str(scratch / name) for name in ("0.h5", "weak_beam.h5")]
    assert run(["classify", names[0], "--output", names[1], "--report", str(page)]) == 0
    with Image.open(page) as image:
        width = 1366
        small = image.convert("RGB").resize((width, width * image.height // image.width))
        small.quantize(200).save(picture, optimize=True)


def classified(example: Example, path: Path) -> wb.analysis.ClassifiedScan:
    """Simulate a scan and classify it."""
    write_scan(path, simulate_scan(parameters_from(arguments([*COMMON, *example.options]))))
    return wb.classify(open_scan(str(path)))


def arguments(options: list[str]):
    """The options of ``darfix-wb simulate``, parsed."""
    import argparse

    from darfix_wb.commands.simulate import add_arguments

    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args([*options, "--output", "scan.h5"])


def draw(axes, example: Example, result: wb.analysis.ClassifiedScan) -> None:
    """The dislocation image, the conditions and three curves, from the top."""
    image, shares, curves = axes
    draw_dislocation_image(image, wb.map_dislocations(result), bar=False)
    draw_shares(shares, result.patches, result.beam_map)
    draw_curves(curves, result.patches, result.beam_map)
    image.set_title(textwrap.fill(example.title, 24))
    for axis in (shares, curves):
        axis.locator_params(axis="x", nbins=4)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
