"""Simulate, label, train, classify, find dislocations in a layer and through a volume, and compare:
with pictures and a report."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from darfix_wb.cli import run_safely

from .dislocations import table_of_images
from .methods import table_of_methods
from .pictures import draw_pictures
from .report import print_tables, write_report
from .scans import TEST_LAYER, TRAINING_LAYER, labelled_like_a_person, layer_file, load_layers
from .steps import classify_layer, integrate_layer, train_networks
from .volume import volume_with_lines
from .volume_pictures import draw_volume


def main(argv: list[str] | None = None) -> int:
    """Run the demo; see ``python -m darfix_wb.demo --help``."""
    parser = argparse.ArgumentParser(prog="python -m darfix_wb.demo", description=__doc__)
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("demo_output"),
        help="folder to write into (default: %(default)s)",
    )
    parser.add_argument(
        "--shape",
        type=int,
        nargs=2,
        default=(512, 640),
        metavar=("ROWS", "COLUMNS"),
        help="size of the simulated frames, in pixels (default: 512 640)",
    )
    parser.add_argument(
        "--epochs", type=int, default=50, help="epochs of each training (default: %(default)s)"
    )
    parser.add_argument(
        "--layers",
        type=int,
        default=12,
        choices=range(2, 18),
        metavar="N",
        help="layers of the small volume at the end, 2 to 17 (default: %(default)s)",
    )
    arguments = parser.parse_args(argv)
    shape = tuple(arguments.shape)
    return run_safely(_run, arguments.output, shape, arguments.epochs, arguments.layers)


def _run(folder: Path, shape: tuple[int, int], n_epochs: int, n_layers: int) -> None:
    started = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    files = [layer_file(folder, shape, height) for height in (TRAINING_LAYER, TEST_LAYER)]
    training, test = load_layers(files)
    labels = labelled_like_a_person(training, folder)
    networks = train_networks(training, labels, n_epochs, folder)
    scores = table_of_methods(training, labels, test, networks)
    blended, beam_map = classify_layer(test, networks["lcnn"].model)
    images = integrate_layer(blended, beam_map, folder)
    draw_pictures(folder, test, beam_map, images, networks, scores)
    of_images = table_of_images(test, images)
    volume = volume_with_lines(folder, n_layers=n_layers)
    draw_volume(folder, volume)
    write_report(folder, test, labels, scores, of_images, volume)
    print_tables(scores, of_images, volume)
    print(f"\nDone in {time.perf_counter() - started:.0f} s; look at {folder / 'report.html'}")


if __name__ == "__main__":
    sys.exit(main())
