"""The command ``darfix-wb watch``: a scan that is being recorded, frame by frame."""

from __future__ import annotations

import argparse

from ..beam import BeamCondition
from ..live.classifying import LiveLabels
from ..live.following import POLL_S, TIMEOUT_S, LiveFrame
from ..live.options import LiveOptions
from ..live.session import LiveResult, LiveSession
from ..progress import progress_bar
from ..unused_options import refuse_unused
from .ending import print_ending
from .scan_options import DEVICE_HELP, MASK_HELP
from .used import describe_use, what_was_used

EXAMPLES = (
    "darfix-wb watch scan.h5 --output live.h5",
    "darfix-wb watch scan.h5 --data-path 3.1 --timeout 60 --window --output live.h5",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument(
        "scan", help="HDF5 file or data URL of the scan; it need not exist yet, and is never locked"
    )
    parser.add_argument(
        "--data-path",
        "--entry",
        metavar="ENTRY",
        help="scan to follow, e.g. 3.1, its detector or its frames; it may not be in the file yet "
        "(default: the last scan of the file)",
    )
    parser.add_argument("--output", required=True, help="NeXus file to write")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing output file")
    parser.add_argument(
        "--timeout",
        type=float,
        default=TIMEOUT_S,
        metavar="SECONDS",
        help="time without a new frame after which the scan counts as finished; it must be longer "
        "than two frames take "
        f"(default: {TIMEOUT_S:g})",
    )
    parser.add_argument(
        "--poll",
        type=float,
        default=POLL_S,
        metavar="SECONDS",
        help=f"time between two looks at the file (default: {POLL_S:g})",
    )
    parser.add_argument(
        "--window", action="store_true", help="show the frames in a window as they come"
    )
    _add_classification_arguments(parser)


def _add_classification_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--motor", help="name of the rocking motor (default: found)")
    parser.add_argument(
        "--dark", type=float, help="dark level, in counts (default: estimated from the frames)"
    )
    parser.add_argument("--model", help="model file, .safetensors (default: the shipped model)")
    parser.add_argument(
        "--patch-size",
        type=int,
        help="side of a patch, in pixels (default: chosen as by darfix-wb classify)",
    )
    parser.add_argument(
        "--stride",
        type=int,
        help="distance between patches, in pixels (default: a patch while the scan goes on, half a "
        "patch at its end)",
    )
    parser.add_argument("--mask-file", metavar="FILE", help=MASK_HELP)
    parser.add_argument("--device", default="auto", help=DEVICE_HELP)
    parser.add_argument(
        "--no-lines", action="store_true", help="leave out the dislocation image and its lines"
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


def run(arguments: argparse.Namespace) -> int | None:
    """Follow a scan and classify it.

    Returns
    -------
    int or None
        Exit status of the window, where there is one.
    """
    options = _options(arguments)
    if arguments.window:
        from ..gui.live.window import show_window

        return show_window(options)
    session = LiveSession(options, on_frame=_print_frame)
    print(f"Waiting for {session.follower.url}", flush=True)
    try:
        session.follow()
        with progress_bar("Classifying the whole scan") as monitor:
            ended = session.finish(monitor)
    except KeyboardInterrupt:
        if session.classifier.frames:
            print(f"What was found so far is in {arguments.output}")
        raise
    _print_result(ended, options)
    return None


def _options(arguments: argparse.Namespace) -> LiveOptions:
    if arguments.no_lines:
        of_lines = {"--line-threshold": arguments.line_threshold, "--detector": arguments.detector}
        given = [name for name, value in of_lines.items() if value is not None]
        refuse_unused(given, "with --no-lines, which finds none")
    lines = {} if arguments.line_threshold is None else {"line_threshold": arguments.line_threshold}
    return LiveOptions(
        arguments.scan,
        arguments.output,
        data_path=arguments.data_path,
        rocking_motor=arguments.motor,
        poll_s=arguments.poll,
        timeout_s=arguments.timeout,
        model_file=arguments.model,
        detector_file=arguments.detector,
        patch_size=arguments.patch_size,
        stride=arguments.stride,
        dark=arguments.dark,
        mask_file=arguments.mask_file,
        device=arguments.device,
        find_dislocations=not arguments.no_lines,
        overwrite=arguments.overwrite,
        **lines,
    )


def _print_frame(frame: LiveFrame, labels: LiveLabels) -> None:
    weak, strong = labels.share(BeamCondition.WEAK), labels.share(BeamCondition.STRONG)
    print(
        f"frame {frame.index:4d}  angle {frame.angle:9.4f}  weak {weak:6.1%}  strong {strong:6.1%}"
        f"  {labels.latency_s:.2f} s after it was found",
        flush=True,
    )


def _print_result(ended: LiveResult, options: LiveOptions) -> None:
    patched, beam_map, images = ended.result
    print(ended.ending)
    used = what_was_used(
        patched,
        beam_map,
        images,
        model_file=options.model_file or "",
        size_chosen=options.patch_size is not None,
    )
    print(describe_use(used))
    condition = beam_map.condition()
    print(
        f"{len(condition)} frames: {(condition == BeamCondition.WEAK).mean():.1%} weak, "
        f"{(condition == BeamCondition.STRONG).mean():.1%} strong"
    )
    for warning in beam_map.warnings:
        print(warning)
    print_ending(options.output_file, then=["silx", "view", options.output_file])
