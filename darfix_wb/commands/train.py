"""The command ``darfix-wb train``: a network of one's own, from labelled scans."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..device import resolve_device
from ..errors import DarfixWBError
from ..extraction import PatchedScan, extract
from ..io.frame_choice import frames_text
from ..io.input_files import input_files
from ..io.label_files import load_labels
from ..io.label_source import check_label_source
from ..io.output import InputFile, check_output
from ..io.output_names import MODEL_SUFFIXES
from ..labels import LabelMap, check_classes
from ..model import shipped_model_file
from ..networks import NETWORKS
from ..pixels import GivenMask
from ..progress import progress_bar
from ..scan import RockingScan
from ..scan_check.wording import number
from ..training.fit import History
from ..training.options import WITHOUT_DROPOUT, FitOptions
from ..training.trained_model import NONE, SHIPPED, initial_for, train_model
from ..unused_options import refuse_unused
from .ending import Words, free_name, option_words, print_ending
from .scan_options import DEVICE_HELP, add_scan_arguments, given_mask, open_given_scan, scan_words

EXAMPLES = (
    "darfix-wb train scan.h5 --labels labels.h5 --output model.safetensors",
    "darfix-wb train a.h5 b.h5 --labels labels_a.h5 labels_b.h5 --output ab.safetensors",
)

_DEFAULTS = FitOptions()


@dataclass(frozen=True)
class _Labelled:
    """A scan that was opened, its labels, and the names under which the user gave them."""

    name: str
    labels_file: str
    scan: RockingScan
    labels: LabelMap
    warnings: tuple[str, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    add_scan_arguments(parser, several=True)
    parser.add_argument(
        "--labels",
        metavar="FILE",
        nargs="+",
        action="extend",
        required=True,
        help="labels files, one for each scan and in the same order; patch size and stride are "
        "those of the labels",
    )
    parser.add_argument(
        "--labels-of-another-scan",
        action="store_true",
        help="take labels that were made on another scan",
    )
    parser.add_argument(
        "--output", type=Path, required=True, help="model file to write, .safetensors"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an existing model file")
    parser.add_argument(
        "--dark", type=float, help="dark level, in counts (default: estimated from the frames)"
    )
    _add_training_arguments(parser)


def _add_training_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--network",
        default=_DEFAULTS.network,
        help=f"network to train: {', '.join(NETWORKS)} (default: %(default)s)",
    )
    parser.add_argument(
        "--from",
        dest="initial_model",
        metavar="MODEL",
        help=f'model to start from: a file, "{SHIPPED}", or "{NONE}" for random weights (default: '
        "the shipped model where it has this network and takes the patch size)",
    )
    parser.add_argument(
        "--epochs",
        type=int,
        default=_DEFAULTS.n_epochs,
        help="number of passes through the labelled patches (default: %(default)s)",
    )
    parser.add_argument(
        "--batch-size",
        type=int,
        default=_DEFAULTS.batch_size,
        help="number of patches in a batch (default: %(default)s)",
    )
    parser.add_argument(
        "--learning-rate",
        type=float,
        default=_DEFAULTS.learning_rate,
        help="learning rate of the optimiser, Adam (default: %(default)s)",
    )
    parser.add_argument(
        "--dropout",
        type=float,
        help="fraction of values dropped in training, at least 0 and below 1 (default: "
        f"{_DEFAULTS.dropout}); {' and '.join(WITHOUT_DROPOUT)} takes none",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=_DEFAULTS.seed,
        help="seed of all random numbers; the same seed gives the same model on the same machine "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--device",
        default=_DEFAULTS.device,
        help=DEVICE_HELP,
    )


def run(arguments: argparse.Namespace) -> None:
    """Train on the labelled patches, save the model and print how well it does."""
    options = _options(arguments)
    mask = given_mask(arguments)
    given = _open(arguments)
    inputs = _input_files(arguments, given)
    check_output(
        arguments.output, overwrite=arguments.overwrite, inputs=inputs, suffixes=MODEL_SUFFIXES
    )
    initial_for(arguments.initial_model, options, given[0].labels.grid.patch_size)
    scans = _extract(given, mask, arguments.dark)
    with progress_bar("Training") as monitor:
        model, history = train_model(
            scans, options, initial_model=arguments.initial_model, monitor=monitor
        )
    model.save(arguments.output, overwrite=arguments.overwrite, inputs=inputs)
    print(_describe(history, options, [one.name for one in given]))
    for warning in _warnings(given, scans):
        print(warning)
    print_ending(arguments.output, then=_next(arguments))


def _options(arguments: argparse.Namespace) -> FitOptions:
    """How to train, checked before the work."""
    options = FitOptions(
        network=arguments.network,
        n_epochs=arguments.epochs,
        batch_size=arguments.batch_size,
        learning_rate=arguments.learning_rate,
        seed=arguments.seed,
        device=arguments.device,
    )
    resolve_device(options.device)
    if arguments.dropout is None:
        return options
    if options.network in WITHOUT_DROPOUT:
        refuse_unused(["--dropout"], f"with the network {options.network}, which has none")
    return replace(options, dropout=arguments.dropout)


def _open(arguments: argparse.Namespace) -> list[_Labelled]:
    """Each scan with its labels, which must be of it."""
    names, files = arguments.scan, arguments.labels
    if len(names) != len(files):
        raise DarfixWBError(
            "Each scan must have one labels file, in the same order, got "
            f"{number(len(names), 'scan')} and {number(len(files), 'labels file')}. Give as many "
            "of both."
        )
    given = [_open_one(arguments, *pair) for pair in zip(names, files, strict=True)]
    _check_together(given)
    return given


def _open_one(arguments: argparse.Namespace, name: str, labels_file: str) -> _Labelled:
    labels = load_labels(labels_file)
    scan = open_given_scan(arguments, name)
    warnings = check_label_source(
        labels, scan.source, of_another_scan=arguments.labels_of_another_scan
    )
    labels.check_fits(scan.n_frames, replace(labels.grid, frame_shape=scan.frame_shape))
    return _Labelled(name, labels_file, scan, labels, warnings)


def _check_together(given: Sequence[_Labelled]) -> None:
    """Refuse scans that cannot be trained on together, before the work."""
    sources = [one.scan.source for one in given]
    twice = [one.name for one in given if sources.count(one.scan.source) > 1]
    if twice:
        raise DarfixWBError(
            "Each scan must be given once, or its frames would be trained on and held out at the "
            f"same time, got {twice[-1]} again. Leave one out."
        )
    sizes = {one.labels.grid.patch_size: one.labels_file for one in given}
    if len(sizes) > 1:
        found = ", ".join(f"{size} px in {file}" for size, file in sorted(sizes.items()))
        raise DarfixWBError(
            f"All labels must be of patches of one size, got {found}. Label again with the same "
            "--patch-size."
        )
    check_classes([one.labels for one in given])


def _input_files(
    arguments: argparse.Namespace, given: Sequence[_Labelled]
) -> tuple[InputFile, ...]:
    initial = arguments.initial_model
    return input_files(
        scan=[one.scan.source for one in given],
        labels=[one.labels_file for one in given],
        initial_model=shipped_model_file() if initial in (None, NONE, SHIPPED) else initial,
        mask_file=arguments.mask_file,
    )


def _extract(
    given: Sequence[_Labelled], mask: GivenMask | None, dark: float | None
) -> list[tuple[PatchedScan, LabelMap]]:
    """The scans cut into the patches that were labelled."""
    scans = []
    with progress_bar("Extracting patches") as monitor:
        for one, part in zip(given, monitor.parts(len(given)), strict=True):
            grid = one.labels.grid
            patched = extract(
                one.scan,
                patch_size=grid.patch_size,
                stride=grid.stride,
                dark=dark,
                mask=mask,
                monitor=part,
            )
            scans.append((patched, replace(one.labels, source=one.scan.source)))
    return scans


def _warnings(
    given: Sequence[_Labelled], scans: Sequence[tuple[PatchedScan, LabelMap]]
) -> list[str]:
    """What was noticed about each scan and its labels; with several scans, of which."""
    return [
        f"{one.name}: {warning}" if len(given) > 1 else warning
        for one, (patched, _) in zip(given, scans, strict=True)
        for warning in (*one.warnings, *patched.scan.warnings)
    ]


def _describe(history: History, options: FitOptions, names: Sequence[str]) -> str:
    """How the training went, and how well the model does on the frames that were held out."""
    training, held_out = history.split["training"], history.split["validation"]
    n_epochs = len(history.epoch)
    lines = [
        f"Trained: {options.network} on {_patches(training)} in {_frames(training, names)}, "
        f"{number(n_epochs, 'epoch')} in {history.seconds:.0f} s on {history.device}",
        f"Best epoch: {history.best_epoch} ({history.kept})",
        *([history.moved] if history.moved else []),
        *_scores(history.validation, held_out, names),
    ]
    return "\n".join(lines)


def _scores(scores: dict | None, held_out: dict, names: Sequence[str]) -> list[str]:
    if not held_out["frames"] or scores is None:
        return [
            "Held out: no frame with weak or strong patches, so no score is known. Label at "
            "least two frames of each condition."
        ]
    confusion = scores["confusion"]
    right = confusion[0][0] + confusion[1][1]
    return [
        f"Held out: {_patches(held_out)} in {_frames(held_out, names)}",
        f"On these, each frame alone: {right} of {scores['n_patches']} lit patches right, "
        f"{_balanced(scores)}, expected calibration error {scores['ece']:.1%}",
        "The held-out frames are of the scans that were trained on, and the kept weights were "
        "chosen by them: another sample may do worse.",
    ]


def _balanced(scores: dict) -> str:
    if scores["balanced_accuracy"] is None:
        return "no balanced accuracy, since all of them are of one condition"
    low, high = scores["interval"]
    drawn = low is not None and low < high
    spread = (
        f"{low:.1%} to {high:.1%}, by drawing frames" if drawn else "too few frames for an interval"
    )
    return f"balanced accuracy {scores['balanced_accuracy']:.1%} ({spread})"


def _patches(side: dict) -> str:
    counts = side["patches"]
    return ", ".join(f"{count} {name}" for name, count in counts.items()) + " patches"


def _frames(side: dict, names: Sequence[str]) -> str:
    """The frames of one side of the split; with several scans, of which."""
    return "; ".join(
        f"{frames_text(frames)} of {names[int(index)]}" for index, frames in side["frames"].items()
    )


def _next(arguments: argparse.Namespace) -> Words:
    """Classification of the first scan by the model."""
    return [
        *("darfix-wb", "classify", arguments.scan[0], *scan_words(arguments)),
        *option_words({"dark": arguments.dark, "model": str(arguments.output)}),
        *("--output", free_name("weak_beam.h5")),
    ]
