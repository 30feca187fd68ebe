"""The command ``darfix-wb pretrain``: makes the shipped model again."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from ..io.output import check_output
from ..patches import DEFAULT_PATCH_SIZE
from ..progress import progress_bar
from ..training.pretrain import PretrainOptions, simulated_scans, training_sides
from ..training.train import train_sets
from ..training.trained_model import pack


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command; their defaults make the shipped model."""
    default = PretrainOptions()
    parser.add_argument("--output", type=Path, required=True, help="model file to write")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")
    parser.add_argument("--crystals", type=int, default=default.n_crystals, help="simulated scans")
    parser.add_argument("--shape", type=int, nargs=2, default=default.shape, help="of their frames")
    parser.add_argument("--epochs", type=int, default=default.fit.n_epochs)
    parser.add_argument("--seed", type=int, default=default.seed)
    parser.add_argument("--device", default="auto", help='"auto", "cpu" or "cuda"')


def run(arguments: argparse.Namespace) -> None:
    """Simulate, train, calibrate on crystals kept aside, and save."""
    path = check_output(arguments.output, arguments.overwrite)
    fit = replace(PretrainOptions().fit, n_epochs=arguments.epochs, device=arguments.device)
    options = PretrainOptions(
        n_crystals=arguments.crystals,
        shape=tuple(arguments.shape),
        seed=arguments.seed,
        fit=replace(fit, seed=arguments.seed),
    )
    with progress_bar("Simulating crystals") as report:
        sides = training_sides(simulated_scans(options), options, report)
    with progress_bar("Training") as report:
        outcome = train_sets(*sides, options.fit, progress=report)
    model, history = pack(
        outcome, DEFAULT_PATCH_SIZE, options.fit, training_data=_describe(options)
    )
    model.save(path, arguments.overwrite)
    _print_scores(history)


def _describe(options: PretrainOptions) -> dict:
    return {
        "simulated_crystals": options.n_crystals,
        "crystal_seeds": [options.seed, options.seed + options.n_crystals - 1],
        "shape": list(options.shape),
        "patches_of_each": options.patches_of_each,
        "command": "darfix-wb pretrain",
    }


def _print_scores(history: dict) -> None:
    scores = history["validation"]
    low, high = scores["interval"]
    print(
        f"Best epoch {history['best_epoch']}; on crystals kept aside: balanced accuracy "
        f"{scores['balanced_accuracy']:.1%} ({low:.1%} to {high:.1%}), ECE {scores['ece']:.1%}"
    )
