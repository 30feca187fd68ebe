"""The command ``darfix-wb label``: labels of patches, from lists of frames or the angle rule."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..classification.angle_rule import SURE_ENOUGH, check_sure, label_by_angle
from ..errors import DarfixWBError
from ..extraction import PatchedScan, extract
from ..io.frame_choice import frames_text, parse_frames
from ..io.input_files import input_files
from ..io.label_files import save_labels
from ..io.output import check_output
from ..io.output_names import HDF5_SUFFIXES
from ..io.provenance import Provenance
from ..labels import LabelMap
from ..patches import default_patch_size
from ..progress import progress_bar
from ..scan import RockingScan
from ..unused_options import refuse_unused
from .ending import Words, flag, free_name, option_words, print_ending
from .scan_options import FRAME_LIST, add_scan_arguments, given_mask, open_given_scan, scan_words

EXAMPLES = (
    "darfix-wb label scan.h5 --weak 3,4,24-27 --strong 14:17 --output labels.h5",
    "darfix-wb label scan.h5 --angle-rule --sure 0.95 --output labels.h5",
)

CONDITIONS = ("weak", "strong")
"""What a whole frame may be labelled as."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    add_scan_arguments(parser)
    for condition in CONDITIONS:
        parser.add_argument(
            f"--{condition}",
            metavar="LIST",
            default="",
            help=f"frames of which all patches with signal are {condition} beam, counted from 0 "
            f"among those that are read: {FRAME_LIST}",
        )
    parser.add_argument(
        "--angle-rule",
        action="store_true",
        help="instead of lists of frames: labels by the distance from the peak of the rocking "
        "curve, which can be corrected on the canvas; doubtful patches stay unlabelled",
    )
    parser.add_argument(
        "--sure",
        type=float,
        metavar="PROBABILITY",
        help="with --angle-rule: probability from which a patch is labelled, from 0.5 up to but "
        f"not including 1 (default: {SURE_ENOUGH:g})",
    )
    parser.add_argument("--output", type=Path, required=True, help="labels file to write, .h5")
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="replace an existing labels file, with all its labels",
    )
    parser.add_argument(
        "--dark", type=float, help="dark level, in counts (default: estimated from the frames)"
    )
    parser.add_argument(
        "--patch-size",
        type=int,
        help="side of a patch, in pixels (default: 64, halved while the frame's shorter side holds "
        "fewer than four patches)",
    )
    parser.add_argument(
        "--stride", type=int, help="distance between patches, in pixels (default: the patch size)"
    )


def run(arguments: argparse.Namespace) -> None:
    """Cut the scan into patches, label them and write the labels."""
    _check_options(arguments)
    mask = given_mask(arguments)
    scan = open_given_scan(arguments)
    chosen = _chosen_frames(arguments, scan)
    inputs = input_files(scan=scan.source, mask_file=arguments.mask_file)
    check_output(
        arguments.output, overwrite=arguments.overwrite, inputs=inputs, suffixes=HDF5_SUFFIXES
    )
    size = arguments.patch_size
    if size is None:
        size = default_patch_size(scan.frame_shape, stride=arguments.stride)
    with progress_bar("Extracting patches") as monitor:
        patched = extract(
            scan,
            patch_size=size,
            stride=arguments.stride,
            dark=arguments.dark,
            mask=mask,
            monitor=monitor,
        )
    labels, warnings = _label(arguments, patched, chosen)
    _check_labelled(labels)
    save_labels(
        arguments.output,
        labels,
        overwrite=arguments.overwrite,
        provenance=Provenance(_parameters(arguments, chosen), scan.source),
        inputs=inputs,
    )
    print(_describe(labels))
    for warning in (*warnings, *_one_class(labels)):
        print(warning)
    print_ending(arguments.output, then=_next(arguments, labels))


def _check_options(arguments: argparse.Namespace) -> None:
    given = [flag(condition) for condition in CONDITIONS if getattr(arguments, condition).strip()]
    if bool(given) == arguments.angle_rule:
        found = f"{' and '.join(given)} beside --angle-rule" if given else "neither"
        raise DarfixWBError(
            "Labels must come either from lists of frames (--weak, --strong) or from --angle-rule, "
            f"got {found}. Give one of them."
        )
    if arguments.sure is not None:
        if not arguments.angle_rule:
            refuse_unused(["--sure"], "without --angle-rule")
        check_sure(arguments.sure)


def _chosen_frames(arguments: argparse.Namespace, scan: RockingScan) -> dict[str, list[int]]:
    """Frames by condition, checked before the work."""
    chosen = {
        condition: list(
            parse_frames(
                getattr(arguments, condition), scan.n_frames, which=f"labelled {condition}"
            )
        )
        for condition in CONDITIONS
    }
    twice = sorted(set(chosen["weak"]) & set(chosen["strong"]))
    if twice:
        raise DarfixWBError(
            f"A frame must have one label, got two for {frames_text(twice)}. Remove it from one "
            "list; the patches of a frame that is partly weak are labelled on the canvas."
        )
    return chosen


def _label(
    arguments: argparse.Namespace, patched: PatchedScan, chosen: dict[str, list[int]]
) -> tuple[LabelMap, tuple[str, ...]]:
    if arguments.angle_rule:
        return label_by_angle(patched, sure=arguments.sure or SURE_ENOUGH)
    scan = patched.scan
    labels = LabelMap.unlabelled(scan.n_frames, patched.grid, scan.source)
    labels = labels.with_frames(chosen, empty=patched.empty)
    return labels, (*scan.warnings, *_in_no_curve(chosen, scan))


def _in_no_curve(chosen: dict[str, list[int]], scan: RockingScan) -> tuple[str, ...]:
    """What to say about frames that are labelled although they are left out of the curves."""
    labelled = sorted(frame for frames in chosen.values() for frame in frames)
    aside = [frame for frame in labelled if not scan.used[frame]]
    if not aside:
        return ()
    reasons = ", ".join(dict.fromkeys(scan.left_out.get(frame, "no position") for frame in aside))
    return (
        f"Labelled, but in no rocking curve: {frames_text(aside)} ({reasons}). Training takes "
        "their patches too: "
        "leave these frames out if they are not good.",
    )


def _check_labelled(labels: LabelMap) -> None:
    if not any(labels.counts()[condition] for condition in CONDITIONS):
        empty = labels.counts()["empty"]
        raise DarfixWBError(
            "At least one patch must be labelled weak or strong, got none: of "
            f"{labels.values.size} patches {empty} are empty and the others unlabelled. Give other "
            "frames, a smaller --sure or another --dark."
        )


def _one_class(labels: LabelMap) -> tuple[str, ...]:
    missing = [condition for condition in CONDITIONS if not labels.counts()[condition]]
    return tuple(
        f"No patch is labelled {condition}: a training needs both weak and strong patches, of "
        "this scan or of another that is trained on beside it."
        for condition in missing
    )


def _parameters(arguments: argparse.Namespace, chosen: dict[str, list[int]]) -> dict:
    """What the labels were made from, as the task for labelling keeps it."""
    if arguments.angle_rule:
        return {"angle_rule": True, "sure": arguments.sure or SURE_ENOUGH}
    return {"frame_labels": chosen, "patch_labels": None}


def _describe(labels: LabelMap) -> str:
    grid = labels.grid
    counts = ", ".join(f"{count} {name}" for name, count in labels.counts().items())
    return (
        f"{labels.n_frames} frames, {labels.values.size} patches of {grid.patch_size} px every "
        f"{grid.stride} px: {counts}"
    )


def _next(arguments: argparse.Namespace, labels: LabelMap) -> Words:
    """Training from these labels, or a look at them where one class is missing."""
    if _one_class(labels):
        return ["silx", "view", arguments.output]
    return [
        *("darfix-wb", "train", arguments.scan, *scan_words(arguments)),
        *option_words({"dark": arguments.dark, "labels": str(arguments.output)}),
        *("--output", free_name("model.safetensors")),
    ]
