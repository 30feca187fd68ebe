"""The command ``darfix-wb pretrain``: train the shipped model again."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from ..device import resolve_device
from ..errors import DarfixWBError
from ..io.input_files import input_files
from ..io.output import InputFile, check_output
from ..io.output_names import MODEL_SUFFIXES
from ..metrics import Scores
from ..model import BeamModel
from ..patches import DEFAULT_PATCH_SIZE
from ..pretraining.context import GOING_ON, ContextOutcome
from ..pretraining.crystals import crystal_file
from ..pretraining.detector import DetectorOptions
from ..pretraining.line_crystals import SHAPE
from ..pretraining.lines import LineOptions
from ..pretraining.pretrain import (
    PATCH_SIZES,
    PretrainOptions,
    as_model,
    prepare,
    train_alone,
    train_context,
)
from ..progress import progress_bar
from ..training.calibrate import fit_thresholds
from ..training.trained_model import pack
from ..unused_options import check_at_least, refuse_unused
from .ending import flag, print_ending
from .pretrain_detector import run_detector, try_out
from .scan_options import DEVICE_HELP

EXAMPLES = (
    "darfix-wb pretrain --output model.safetensors --scans crystals",
    "darfix-wb pretrain --detector --crystals 12 --output detector.safetensors",
)

OF_MODEL = ("aluminium", "context_from", "epochs", "context_steps")
OF_DETECTOR = ("detector_steps",)
"""Options that only the one or the other takes."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command; their defaults make the shipped model."""
    default = PretrainOptions()
    parser.add_argument(
        "--detector",
        action="store_true",
        help="make the detector of lines instead of the model; of the other options, --aluminium, "
        "--context-from, --epochs and --context-steps do not apply to it",
    )
    parser.add_argument(
        "--detector-steps",
        type=int,
        help=f"number of training steps of the detector (default: {LineOptions().n_steps})",
    )
    parser.add_argument("--output", type=Path, required=True, help="model file to write")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing model file")
    parser.add_argument(
        "--crystals",
        type=int,
        help="number of crystals of any material to simulate, one scan of each (default: "
        f"{default.n_crystals}, with --detector {DetectorOptions().n_crystals})",
    )
    parser.add_argument(
        "--aluminium",
        type=int,
        help="number of ordinary crystals of aluminium in addition (default: "
        f"{default.n_aluminium})",
    )
    parser.add_argument(
        "--shape",
        type=int,
        nargs=2,
        metavar=("ROWS", "COLUMNS"),
        help="size of the simulated frames, in pixels (default: three sizes in turn, with "
        f"--detector {SHAPE[0]} {SHAPE[1]})",
    )
    parser.add_argument(
        "--context-from",
        type=Path,
        metavar="MODEL",
        help="model file whose network for rocking curves is trained further, on ordinary crystals "
        "and on those without features (default: none: random weights and all crystals)",
    )
    parser.add_argument(
        "--epochs",
        type=int,
        help="number of training epochs of the network for single frames (default: "
        f"{default.fit.n_epochs})",
    )
    parser.add_argument(
        "--context-steps",
        type=int,
        help="number of training steps of the network for rocking curves (default: "
        f"{default.context.n_steps}, with --context-from {GOING_ON.n_steps})",
    )
    parser.add_argument(
        "--seed",
        type=int,
        help=f"seed of the first crystal and of the training (default: {default.seed}, with "
        f"--detector {DetectorOptions().seed})",
    )
    parser.add_argument(
        "--device",
        default="auto",
        help=DEVICE_HELP,
    )
    parser.add_argument(
        "--scans",
        type=Path,
        help="folder in which simulated scans are kept, and reused by later runs (default: none)",
    )


def run(arguments: argparse.Namespace) -> None:
    """Simulate, train, calibrate on held-out crystals, and save."""
    _check_options(arguments)
    if arguments.detector:
        run_detector(arguments)
    else:
        _run_model(arguments)


def _run_model(arguments: argparse.Namespace) -> None:
    _take_defaults(arguments)
    inputs = _input_files(arguments)
    path = check_output(
        arguments.output, overwrite=arguments.overwrite, inputs=inputs, suffixes=MODEL_SUFFIXES
    )
    default, device = PretrainOptions(), arguments.device
    earlier = _goes_on_from(arguments.context_from)
    context_options = GOING_ON if earlier else default.context
    n_steps = arguments.context_steps or context_options.n_steps
    options = PretrainOptions(
        n_crystals=arguments.crystals,
        n_aluminium=arguments.aluminium,
        shapes=(tuple(arguments.shape),) if arguments.shape else default.shapes,
        seed=arguments.seed,
        fit=replace(default.fit, n_epochs=arguments.epochs, device=device),
        context=replace(context_options, n_steps=n_steps, device=device),
    )
    with progress_bar("Simulating crystals") as monitor:
        crystals = prepare(options, folder=arguments.scans, monitor=monitor)
    with progress_bar("Training on single frames") as monitor:
        alone, held_out_models = train_alone(crystals, options, monitor=monitor)
    with progress_bar("Training on rocking curves") as monitor:
        context = train_context(
            crystals,
            as_model(alone),
            held_out_models,
            options,
            initial=earlier.context if earlier else None,
            monitor=monitor,
        )
    model, history = pack(
        alone,
        DEFAULT_PATCH_SIZE,
        options.fit,
        training_data=_describe(options),
        context=_describe_context(context, options, earlier.hash if earlier else ""),
    )
    model = replace(
        model,
        context=context.network,
        context_calibration=context.calibration,
        patch_sizes=PATCH_SIZES,
    )
    aside = [(cut.patched, cut.truth.condition) for cut, *_ in crystals.aside]
    model = fit_thresholds(model, aside, device=device)
    model.save(path, overwrite=arguments.overwrite, inputs=inputs)
    print(f"Best epoch {history.best_epoch}; on held-out crystals:")
    print("  single frames  " + _figures(history.validation))
    print("  rocking curves " + _figures(context.scores.to_dict()))
    print(f"Lowest probability in a prediction set: {_thresholds(model)}")
    print_ending(arguments.output, then=try_out(model=arguments.output))


def _take_defaults(arguments: argparse.Namespace) -> None:
    default = PretrainOptions()
    defaults = {
        "crystals": default.n_crystals,
        "aluminium": default.n_aluminium,
        "epochs": default.fit.n_epochs,
        "seed": default.seed,
    }
    for name, value in defaults.items():
        if getattr(arguments, name) is None:
            setattr(arguments, name, value)


def _check_options(arguments: argparse.Namespace) -> None:
    unused = OF_MODEL if arguments.detector else OF_DETECTOR
    given = [flag(name) for name in unused if getattr(arguments, name) is not None]
    kind = "with --detector" if arguments.detector else "without --detector"
    refuse_unused(given, kind)
    check_at_least(
        {
            "--epochs": arguments.epochs,
            "--context-steps": arguments.context_steps,
            "--detector-steps": arguments.detector_steps,
        },
        1,
    )
    check_at_least({"--seed": arguments.seed, "--aluminium": arguments.aluminium}, 0)
    resolve_device(arguments.device)
    if arguments.scans is not None and arguments.scans.exists() and not arguments.scans.is_dir():
        raise DarfixWBError(
            f"--scans must be a folder, got the file {arguments.scans}. Give the folder in which "
            "scans are kept."
        )


def _goes_on_from(path: Path | None) -> BeamModel | None:
    if path is None:
        return None
    model = BeamModel.load(path)
    if model.context is None:
        raise DarfixWBError(
            f"--context-from must be a model with a network for rocking curves, got {path}, which "
            "has none. Choose another, or leave it out."
        )
    return model


def _input_files(arguments: argparse.Namespace) -> tuple[InputFile, ...]:
    """The files of the simulated scans, whether or not they exist yet."""
    models = [] if arguments.context_from is None else [arguments.context_from]
    if arguments.scans is None:
        return input_files(model=models)
    first = PretrainOptions().aluminium_seed
    seeds = (
        *range(arguments.seed, arguments.seed + arguments.crystals),
        *range(first, first + arguments.aluminium),
    )
    return input_files(scan=[crystal_file(arguments.scans, seed) for seed in seeds], model=models)


def _describe(options: PretrainOptions) -> dict:
    return {
        "simulated_crystals": options.n_crystals,
        "seeds": [options.seed, options.seed + options.n_crystals - 1],
        "aluminium_in_addition": options.n_aluminium,
        "aluminium_seed": options.aluminium_seed,
        "shapes": [list(shape) for shape in options.shapes],
        "patches_of_each": options.patches_of_each,
        "command": "darfix-wb pretrain",
    }


def _describe_context(context: ContextOutcome, options: PretrainOptions, goes_on_from: str) -> dict:
    scores: Scores = context.scores
    return {
        "options": options.context.to_dict(),
        "goes_on_from": goes_on_from,
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
