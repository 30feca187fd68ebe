"""The options by which a command opens a scan."""

from __future__ import annotations

import argparse

from ..io.frame_sources import open_scan
from ..io.mask_files import read_mask
from ..pixels import GivenMask
from ..scan import RockingScan
from .ending import option_words

FRAME_LIST = "e.g. 14 or 3,7:9,20-22, which is 3, 7, 8, 20, 21 and 22"
"""How a list of frames is typed (`darfix_wb.io.frame_choice.parse_frames`)."""

MASK_HELP = (
    "mask in which invalid pixels are not 0, in addition to those that are found: .npy, HDF5, EDF "
    "or TIFF (default: none)"
)
"""Of ``--mask-file``, in every command."""

DEVICE_HELP = (
    'processor of the networks: "cpu", "cuda", "cuda:1" or "auto", which is CUDA where there is '
    "one (default: auto)"
)
"""Of ``--device``, in every command that runs a network."""

SCAN_OPTIONS = (
    "data_path",
    "motor",
    "positions",
    "start",
    "step",
    "frames",
    "skip_frames",
    "mask_file",
)
"""Options that say which frames are read, and how."""


def add_scan_arguments(parser: argparse.ArgumentParser, *, several: bool = False) -> None:
    """The scan or scans, and the options of `open_given_scan` and `given_mask`."""
    kinds = "HDF5 file, data URL, or EDF or TIFF files (folder, pattern or file)"
    if several:
        parser.add_argument(
            "scan",
            nargs="+",
            help=f"scans to read, each an {kinds}; the options of a scan hold for all of them",
        )
    else:
        parser.add_argument("scan", help=f"{kinds} to read")
    parser.add_argument(
        "--data-path",
        help="HDF5 path of the frames or of their scan, e.g. 3.1, needed only where several scans "
        "of a file move a motor (default: found)",
    )
    parser.add_argument(
        "--motor",
        help="name of the rocking motor, needed only where several move (default: found)",
    )
    parser.add_argument(
        "--positions",
        metavar="FILE",
        help="file of motor positions for EDF or TIFF frames: text with one number per line or "
        "columns under the motors' names, or .npy (default: positions in the EDF headers)",
    )
    parser.add_argument(
        "--start",
        type=float,
        help="position of the first frame, in degrees, instead of --positions",
    )
    parser.add_argument(
        "--step",
        type=float,
        help="change of the position from frame to frame, in degrees, with --start",
    )
    parser.add_argument(
        "--frames",
        metavar="A:B",
        help="range of frames to read, from A up to but not including B, counted from 0, e.g. 0:20 "
        "or 5:; the others are treated as if they had not been recorded (default: all)",
    )
    parser.add_argument(
        "--skip-frames",
        metavar="LIST",
        default="",
        help="frames to leave out of rocking curves and images, counted from 0 among those that "
        f"are read: {FRAME_LIST} (default: none)",
    )
    parser.add_argument(
        "--mask-file",
        metavar="FILE",
        help=MASK_HELP,
    )


def open_given_scan(arguments: argparse.Namespace, scan: str | None = None) -> RockingScan:
    """The scan that the options name.

    Parameters
    ----------
    arguments : argparse.Namespace
        What was given.
    scan : str, optional
        One of the scans, where several are given.

    Raises
    ------
    DarfixWBError
        As `darfix_wb.io.frame_sources.open_scan`.
    """
    return open_scan(
        arguments.scan if scan is None else scan,
        data_path=arguments.data_path,
        motor=arguments.motor,
        positions=arguments.positions,
        start=arguments.start,
        step=arguments.step,
        frames=arguments.frames,
        skip_frames=arguments.skip_frames,
    )


def scan_words(arguments: argparse.Namespace) -> list[str]:
    """The options of the scan as the user typed them, for the next command."""
    return option_words({name: getattr(arguments, name) for name in SCAN_OPTIONS})


def given_mask(arguments: argparse.Namespace) -> GivenMask | None:
    """The mask that the options name, if any.

    Raises
    ------
    DarfixWBError
        As `darfix_wb.io.mask_files.read_mask`.
    """
    return read_mask(arguments.mask_file) if arguments.mask_file else None
