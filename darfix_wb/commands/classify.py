"""The command ``darfix-wb classify``: weak-beam images of a scan of any size."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..beam import CONDITION_NAMES, BeamCondition, BeamMap, ambiguous_share
from ..classification.angle_rule import angle_rule
from ..classification.network import classify
from ..detection.detector import LineDetector, shipped_detector_file
from ..detection.dislocation_map import DislocationMap
from ..detection.lines import Lines
from ..detection.mapping import map_dislocations
from ..detection.tracing import THRESHOLD, check_line_threshold
from ..device import resolve_device
from ..extraction import PatchedScan, extract
from ..integration import MODES, BeamImages, integrate
from ..integration.empty_images import image_warnings
from ..integration.files import beam_provenance, save_beam_file
from ..integration.threshold import check_threshold
from ..io.figure_files import PICTURES, save_figure
from ..io.input_files import input_files
from ..io.output import check_output
from ..io.output_names import HDF5_SUFFIXES
from ..model import BeamModel, shipped_model_file
from ..patches import default_patch_size, overlapping_stride
from ..progress import progress_bar
from ..result_page import draw_result_page
from ..unused_options import refuse_unused
from .ending import flag, print_ending
from .scan_options import DEVICE_HELP, add_scan_arguments, given_mask, open_given_scan
from .used import describe_use, what_was_used

EXAMPLES = (
    "darfix-wb classify scan.h5 --output weak_beam.h5",
    "darfix-wb classify scan.h5 --model model.safetensors --skip-frames 14 --output own_model.h5",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    add_scan_arguments(parser)
    parser.add_argument("--output", type=Path, required=True, help="NeXus file to write")
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="page of pictures to write beside the output, .png, .pdf or .svg: frames with their "
        "conditions, images, curves, warnings (default: none)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace existing output files")
    parser.add_argument(
        "--dark", type=float, help="dark level, in counts (default: estimated from the frames)"
    )
    parser.add_argument("--model", help="model file, .safetensors (default: the shipped model)")
    parser.add_argument(
        "--angle-rule",
        action="store_true",
        help="classify by the distance from the peak of the rocking curve, without a network",
    )
    parser.add_argument(
        "--patch-size",
        type=int,
        help="side of a patch, in pixels; a model takes only sizes that it was trained on "
        "(default: the model's own size or 64, halved while the frame's shorter side holds fewer "
        "than four patches and the model takes smaller ones)",
    )
    parser.add_argument(
        "--stride", type=int, help="distance between patches, in pixels (default: half a patch)"
    )
    parser.add_argument(
        "--no-context",
        "--no-decode",
        action="store_true",
        help="classify each frame alone, without the other frames of its rocking curve",
    )
    parser.add_argument(
        "--device",
        help=DEVICE_HELP,
    )
    parser.add_argument(
        "--mode",
        choices=MODES,
        default="default",
        help='way in which frames are integrated: "default" gives the mean counts per '
        'contributing frame, "paper" the sum of counts, as published (default: default)',
    )
    parser.add_argument(
        "--threshold",
        type=float,
        help="level of the binary map: number of standard deviations above the local "
        "background (default: 5), or, with --mode paper, fraction of the brightest pixel (default: "
        "0.6)",
    )
    _add_line_arguments(parser)


def _add_line_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--no-lines",
        action="store_true",
        help="leave out the dislocation image and its lines",
    )
    parser.add_argument(
        "--line-threshold",
        type=float,
        help="smallest probability of a dislocation line, between 0 and 1 (default: 0.5)",
    )
    parser.add_argument(
        "--detector",
        help="detector file of the lines, .safetensors (default: the shipped detector)",
    )


def run(arguments: argparse.Namespace) -> None:
    """Classify, integrate, find lines; frames are read one at a time, in four passes."""
    _check_options(arguments)
    mask = given_mask(arguments)
    scan = open_given_scan(arguments)
    inputs = input_files(
        scan=scan.source,
        model=arguments.model or shipped_model_file(),
        detector=arguments.detector or shipped_detector_file(),
        mask_file=arguments.mask_file,
    )
    written = {"overwrite": arguments.overwrite, "inputs": inputs}
    output = check_output(arguments.output, suffixes=HDF5_SUFFIXES, **written)
    page = arguments.report and check_output(arguments.report, suffixes=PICTURES, **written)
    model = None if arguments.angle_rule else BeamModel.load(arguments.model)
    detector = None if arguments.no_lines else LineDetector.load(arguments.detector)
    patch_size = _patch_size(arguments, model, scan.frame_shape)
    with progress_bar("Extracting patches") as monitor:
        stride = overlapping_stride(patch_size) if arguments.stride is None else arguments.stride
        patched = extract(
            scan,
            patch_size=patch_size,
            stride=stride,
            dark=arguments.dark,
            mask=mask,
            monitor=monitor,
        )
    beam_map = angle_rule(patched) if model is None else _by_network(patched, model, arguments)
    with progress_bar("Integrating") as monitor:
        images = integrate(
            patched, beam_map, mode=arguments.mode, threshold=arguments.threshold, monitor=monitor
        )
    if detector is not None:
        images = replace(images, dislocations=_find_lines(patched, detector, arguments))
    beam_map = replace(beam_map, warnings=(*beam_map.warnings, *image_warnings(images)))
    chosen = {name: value for name, value in vars(arguments).items() if name != "command"}
    used = what_was_used(
        patched,
        beam_map,
        images,
        model_file=arguments.model or "",
        size_chosen=arguments.patch_size is not None,
    )
    provenance = beam_provenance(beam_map, scan, {**chosen, "used": used})
    save_beam_file(output, beam_map, images, scan, provenance, **written)
    sentences = _summary(beam_map, images, used)
    if page:
        figure = draw_result_page(
            patched, beam_map, images, sentences=[str(scan.source), *sentences]
        )
        save_figure(page, figure, **written)
    print("\n".join([*sentences, *beam_map.warnings]))
    files = [path for path in (arguments.output, arguments.report) if path]
    print_ending(*files, then=["silx", "view", arguments.output])


def _check_options(arguments: argparse.Namespace) -> None:
    """Refuse what would have no effect or is out of range, before the work."""
    check_threshold(arguments.mode, arguments.threshold)
    if arguments.no_lines:
        of_lines = {"--line-threshold": arguments.line_threshold, "--detector": arguments.detector}
        given = [name for name, value in of_lines.items() if value is not None]
        refuse_unused(given, "with --no-lines, which finds none")
    elif arguments.line_threshold is not None:
        check_line_threshold(arguments.line_threshold)
    if arguments.angle_rule:
        of_network = ("model", "no_context", "device")
        given = [flag(name) for name in of_network if getattr(arguments, name)]
        refuse_unused(given, "with --angle-rule, which takes no network")
    else:
        resolve_device(arguments.device or "auto")


def _patch_size(
    arguments: argparse.Namespace, model: BeamModel | None, frame_shape: tuple[int, int]
) -> int:
    if model is not None:
        return model.patch_size_for(frame_shape, arguments.patch_size, stride=arguments.stride)
    if arguments.patch_size is None:
        return default_patch_size(frame_shape, stride=arguments.stride)
    return arguments.patch_size


def _by_network(patched: PatchedScan, model: BeamModel, arguments: argparse.Namespace) -> BeamMap:
    device, use_context = arguments.device or "auto", not arguments.no_context
    with progress_bar("Classifying") as monitor:
        return classify(patched, model, device=device, use_context=use_context, monitor=monitor)


def _find_lines(
    patched: PatchedScan, detector: LineDetector, arguments: argparse.Namespace
) -> DislocationMap:
    with progress_bar("Finding dislocations") as monitor:
        return map_dislocations(
            patched,
            detector=detector,
            threshold=arguments.line_threshold or THRESHOLD,
            device=arguments.device or "auto",
            monitor=monitor,
        )


def _describe_lines(lines: Lines) -> str:
    if not len(lines):
        return "No dislocation line was found."
    length = float(lines.length.sum())
    return f"{len(lines)} dislocation lines, {length:.0f} px long together"


def _summary(beam_map: BeamMap, images: BeamImages, used: dict[str, Any]) -> list[str]:
    """What was used and what was found, in lines to read."""
    condition = beam_map.condition()
    shares = ", ".join(
        f"{(condition == value).mean():.1%} {CONDITION_NAMES[value]}" for value in BeamCondition
    )
    lines = [
        *describe_use(used).splitlines(),
        f"{condition.shape[0]} frames, {condition.size} patches: {shares}",
    ]
    if beam_map.thresholds is not None and (condition != BeamCondition.EMPTY).any():
        share = ambiguous_share(beam_map.condition(threshold=None))
        lines.append(f"Ambiguous: {share:.1%} of the lit patches")
    if images.dislocations is not None:
        lines.append(_describe_lines(images.dislocations.lines))
    return lines
