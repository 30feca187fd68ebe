"""The command ``darfix-wb volume``: the layers of a crystal into one file."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from ..errors import DarfixWBError, OperationCancelled
from ..io.mask_files import read_mask
from ..memory import keep_freed_memory
from ..progress import progress_bar
from ..unused_options import refuse_unused
from ..volume.estimate import VolumeEstimate, estimate
from ..volume.finding import LayerList, find_layers
from ..volume.options import LayerOptions
from ..volume.part_runs import assemble, classify_part
from ..volume.region import Region
from ..volume.runner import classify_volume
from ..volume.summary import LayerState, VolumeSummary
from .ending import flag, option_words, print_ending
from .scan_options import DEVICE_HELP, MASK_HELP
from .volume_ending import print_volume_ending

EXAMPLES = (
    'darfix-wb volume "layers/*.h5" --output volume.h5',
    'darfix-wb volume "layers/*.h5" --z-motor samz --scheduler local --output volume.h5',
)

INCOMPLETE, CANCELLED = 1, 130
"""Exit status where layers failed or are missing, and where the run was cancelled."""

WORTH_TIMING = 20
"""So many layers take longer than one that tells how long they will take."""

NOT_AGAIN = ("layers", "overwrite", "no_resume", "estimate")
"""What is not typed as an option again to go on with a volume."""

MOST_SHOWN = 20
"""Failed layers, and different warnings, that are printed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument(
        "layers",
        nargs="*",
        help="data URLs, HDF5 files with one scan or several, patterns of them, or folders or "
        "patterns of EDF or TIFF files",
    )
    parser.add_argument("--output", type=Path, required=True, help="NeXus file to write")
    parser.add_argument(
        "--no-resume",
        action="store_true",
        help="refuse an output that exists instead of continuing it",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace an existing output and start again"
    )
    parser.add_argument("--z-motor", help="motor that moves from layer to layer (default: found)")
    _add_layer_arguments(parser)
    parser.add_argument(
        "--estimate",
        action="store_true",
        help="print how much data, disk, time and memory the volume will take, as measured on one "
        "layer, and write nothing",
    )
    parser.add_argument(
        "--scheduler",
        metavar="WHERE",
        help='Dask workers that compute: "local" for one process on each core of this machine, or '
        "the address or the scheduler file of a scheduler (default: this process)",
    )
    parser.add_argument(
        "--part",
        metavar="K/N",
        help="share of the layers to compute, the K-th of N, each layer into a file of its own "
        "beside the output, for job arrays; --assemble makes the volume from them",
    )
    parser.add_argument(
        "--assemble",
        action="store_true",
        help="write the layers of all --part runs into the output; takes no option but --output",
    )


def _add_layer_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--motor", help="rocking motor (default: found)")
    parser.add_argument("--model", help="model file, .safetensors (default: the shipped model)")
    parser.add_argument(
        "--detector",
        help="detector file of the lines, .safetensors (default: the shipped detector)",
    )
    parser.add_argument(
        "--no-lines", action="store_true", help="leave out the dislocation image and its lines"
    )
    parser.add_argument(
        "--patch-size",
        type=int,
        help="side of a patch, in pixels (default: chosen as by darfix-wb classify)",
    )
    parser.add_argument(
        "--stride", type=int, help="distance between patches, in pixels (default: the patch size)"
    )
    parser.add_argument(
        "--dark", type=float, help="dark level, in counts (default: estimated layer by layer)"
    )
    parser.add_argument(
        "--region",
        metavar="ROWS,COLUMNS",
        help="part of the frames to read, e.g. 100:612,0:256 (default: all)",
    )
    parser.add_argument(
        "--binning",
        type=int,
        default=1,
        help="side of the squares of pixels that are averaged in the images (default: 1)",
    )
    parser.add_argument(
        "--mask-file",
        metavar="FILE",
        help=MASK_HELP,
    )
    parser.add_argument(
        "--device",
        default="auto",
        help=DEVICE_HELP,
    )


def run(arguments: argparse.Namespace) -> int:
    """Classify the layers; 1 where one failed or is missing, 130 where the run was cancelled."""
    _check_options(arguments)
    keep_freed_memory()
    try:
        if arguments.estimate:
            print(_estimate(arguments, _found(arguments), timed=True).describe())
            print_ending(then=_again(arguments))
            return 0
        summary = _run(arguments)
    except (KeyboardInterrupt, OperationCancelled):
        print(
            f"darfix-wb: cancelled. Layers that are done stay in {arguments.output}: run the same "
            "command again to "
            "continue.",
            file=sys.stderr,
        )
        return CANCELLED
    _print_summary(summary)
    print_volume_ending(arguments, summary, _again(arguments))
    return 0 if summary.complete else INCOMPLETE


def _check_options(arguments: argparse.Namespace) -> None:
    if arguments.assemble:
        refuse_unused(_beside_output(arguments), "with --assemble, which takes all from the parts")
        return
    if not arguments.layers:
        raise DarfixWBError("The layers of the volume must be given, got none. Give some.")
    if arguments.no_lines and arguments.detector:
        refuse_unused(["--detector"], "with --no-lines, which finds none")
    if arguments.part:
        names = ("scheduler", "overwrite", "no_resume")
        given = [flag(name) for name in names if getattr(arguments, name)]
        refuse_unused(given, "with --part, which computes in this process and continues")
        _share(arguments.part)


def _beside_output(arguments: argparse.Namespace) -> list[str]:
    """What was given beside the output and --assemble, as the user wrote it."""
    given = [name for name in _given(arguments) if name not in ("output", "assemble")]
    return [name if name == "layers" else flag(name) for name in given]


def _given(arguments: argparse.Namespace) -> dict[str, Any]:
    """Values of what was given, by name."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    defaults = vars(parser.parse_args(["--output", ""])) | {"output": None}
    values = {name: getattr(arguments, name) for name in defaults}
    return {name: value for name, value in values.items() if value != defaults[name]}


def _again(arguments: argparse.Namespace) -> list[str]:
    """The command that goes on with the volume."""
    given = _given(arguments)
    options = {name: value for name, value in given.items() if name not in NOT_AGAIN}
    return ["darfix-wb", "volume", *given.get("layers", ()), *option_words(options)]


def _run(arguments: argparse.Namespace) -> VolumeSummary:
    if arguments.assemble:
        with progress_bar("Assembling") as monitor:
            return assemble(arguments.output, monitor=monitor)
    options, found = _options(arguments), _found(arguments)
    if not arguments.part and (arguments.overwrite or not arguments.output.exists()):
        many = len(found.layers) >= WORTH_TIMING
        print(_estimate(arguments, found, timed=many).describe())
    mask = read_mask(arguments.mask_file) if arguments.mask_file else None
    common = {
        "motor": found.motor,
        "unit": found.unit,
        "mask": mask,
        "looks": found.looks(options),
    }
    if arguments.part:
        number, count = _share(arguments.part)
        with progress_bar(f"Share {number} of {count}") as monitor:
            return classify_part(
                *(found.layers, options, arguments.output),
                number=number,
                count=count,
                monitor=monitor,
                **common,
            )
    with progress_bar(f"{len(found.layers)} layers") as monitor:
        return classify_volume(
            *(found.layers, options, arguments.output),
            scheduler=arguments.scheduler or "",
            resume=not arguments.no_resume,
            overwrite=arguments.overwrite,
            monitor=monitor,
            **common,
        )


def _found(arguments: argparse.Namespace) -> LayerList:
    with progress_bar("Finding layers") as monitor:
        found = find_layers(arguments.layers, z_motor=arguments.z_motor, monitor=monitor)
    for warning in found.warnings:
        print(warning)
    return found


def _estimate(arguments: argparse.Namespace, found: LayerList, *, timed: bool) -> VolumeEstimate:
    with progress_bar("Timing one layer") as monitor:
        return estimate(
            *(found, _options(arguments), arguments.output),
            n_processes=(os.cpu_count() or 1) if arguments.scheduler == "local" else 1,
            timed=timed,
            monitor=monitor,
        )


def _options(arguments: argparse.Namespace) -> LayerOptions:
    return LayerOptions(
        model_file=arguments.model or "",
        detector_file=arguments.detector or "",
        patch_size=arguments.patch_size,
        stride=arguments.stride,
        dark=arguments.dark,
        motor=arguments.motor,
        region=Region.parse(arguments.region) if arguments.region else None,
        binning=arguments.binning,
        find_dislocations=not arguments.no_lines,
        device=arguments.device,
    )


def _share(text: str) -> tuple[int, int]:
    number, _, count = text.partition("/")
    if not (number.isdigit() and count.isdigit()):
        raise DarfixWBError(
            f"--part must be a share of the layers, e.g. 3/10, got {text!r}. Correct it."
        )
    return int(number), int(count)


def _print_summary(summary: VolumeSummary) -> None:
    """Failed layers, then each warning with the number of layers that have it."""
    failed = [record for record in summary.layers if record.state == LayerState.FAILED]
    layers_of: dict[str, list[str]] = {}
    for record in summary.layers:
        for warning in record.warnings:
            layers_of.setdefault(warning, []).append(record.name)
    lines = [f"Failed: {record.name}: {record.reason}" for record in failed[:MOST_SHOWN]]
    for warning, names in list(layers_of.items())[:MOST_SHOWN]:
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        lines.append(f"{names[0]}{more}: {warning}")
    left = sum(max(0, len(found) - MOST_SHOWN) for found in (failed, layers_of))
    if left:
        lines.append(f"{left} more failures or warnings are in the file.")
    lines.append(str(summary))
    print("\n".join(lines))
