"""The command ``darfix-wb pretrain``: makes the shipped model again."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from ..io.input_files import input_files
from ..io.output import InputFile, check_output
from ..metrics import Scores
from ..model import BeamModel
from ..patches import DEFAULT_PATCH_SIZE
from ..pretraining.context import ContextOutcome
from ..pretraining.crystals import crystal_file
from ..pretraining.pretrain import PretrainOptions, as_model, prepare, train_alone, train_context
from ..progress import progress_bar
from ..training.calibrate import fit_thresholds
from ..training.trained_model import pack


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command; their defaults make the shipped model."""
    default = PretrainOptions()
    parser.add_argument("--output", type=Path, required=True, help="model file to write")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")
    parser.add_argument("--crystals", type=int, default=default.n_crystals, help="simulated scans")
    parser.add_argument(
        "--shape", type=int, nargs=2, help="of their frames; by default three shapes in turn"
    )
    parser.add_argument("--epochs", type=int, default=default.fit.n_epochs)
    parser.add_argument(
        "--context-steps", type=int, default=default.context.n_steps, help="batches of curves"
    )
    parser.add_argument("--seed", type=int, default=default.seed)
    parser.add_argument("--device", default="auto", help='"auto", "cpu" or "cuda"')
    parser.add_argument(
        "--scans", type=Path, help="folder that keeps the simulated scans, to be found again"
    )


def run(arguments: argparse.Namespace) -> None:
    """Simulate, train, calibrate on crystals kept aside, and save."""
    inputs = _input_files(arguments)
    path = check_output(arguments.output, overwrite=arguments.overwrite, inputs=inputs)
    default, device = PretrainOptions(), arguments.device
    options = PretrainOptions(
        n_crystals=arguments.crystals,
        shapes=(tuple(arguments.shape),) if arguments.shape else default.shapes,
        seed=arguments.seed,
        fit=replace(default.fit, n_epochs=arguments.epochs, device=device),
        context=replace(default.context, n_steps=arguments.context_steps, device=device),
    )
    with progress_bar("Simulating crystals") as monitor:
        crystals = prepare(options, folder=arguments.scans, monitor=monitor)
    with progress_bar("Training on single frames") as monitor:
        alone, held_out_models = train_alone(crystals, options, monitor=monitor)
    with progress_bar("Training on rocking curves") as monitor:
        context = train_context(
            crystals, as_model(alone), held_out_models, options, monitor=monitor
        )
    model, history = pack(
        alone,
        DEFAULT_PATCH_SIZE,
        options.fit,
        training_data=_describe(options),
        context=_describe_context(context, options),
    )
    model = replace(model, context=context.network, context_calibration=context.calibration)
    aside = [(crystal.patched, crystal.truth.condition) for crystal in crystals.aside]
    model = fit_thresholds(model, aside, device=device)
    model.save(path, overwrite=arguments.overwrite, inputs=inputs)
    print(f"Best epoch {history.best_epoch}; on crystals kept aside:")
    print("  single frames  " + _figures(history.validation))
    print("  rocking curves " + _figures(context.scores.to_dict()))
    print(f"Least probability in a prediction set: {_thresholds(model)}")


def _input_files(arguments: argparse.Namespace) -> tuple[InputFile, ...]:
    """The simulated scans that are kept in files, there already or not."""
    if arguments.scans is None:
        return ()
    seeds = range(arguments.seed, arguments.seed + arguments.crystals)
    return input_files(scan=[crystal_file(arguments.scans, seed) for seed in seeds])


def _describe(options: PretrainOptions) -> dict:
    return {
        "simulated_crystals": options.n_crystals,
        "seeds": [options.seed, options.seed + options.n_crystals - 1],
        "shapes": [list(shape) for shape in options.shapes],
        "patches_of_each": options.patches_of_each,
        "command": "darfix-wb pretrain",
    }


def _describe_context(context: ContextOutcome, options: PretrainOptions) -> dict:
    scores: Scores = context.scores
    return {
        "options": options.context.to_dict(),
        "shift": context.calibration.shift,
        "validation": scores.to_dict(),
    }


def _figures(scores: dict) -> str:
    low, high = scores["interval"]
    return (
        f"balanced accuracy {scores['balanced_accuracy']:.1%} ({low:.1%} to {high:.1%}), "
        f"ECE {scores['ece']:.1%}"
    )


def _thresholds(model: BeamModel) -> str:
    pairs = {
        "single frames": model.calibration.thresholds,
        "rocking curves": model.context_calibration.thresholds,
    }
    return "; ".join(
        f"{name} weak {pair[0]:.3f}, strong {pair[1]:.3f}" if pair else f"{name} none"
        for name, pair in pairs.items()
    )
