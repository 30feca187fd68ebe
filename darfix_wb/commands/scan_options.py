"""The options by which a command opens a scan."""

from __future__ import annotations

import argparse

from ..io.frame_sources import open_scan
from ..io.mask_files import read_mask
from ..pixels import GivenMask
from ..scan import RockingScan


def add_scan_arguments(parser: argparse.ArgumentParser) -> None:
    """The scan, and the options of `open_given_scan` and `given_mask`."""
    parser.add_argument(
        "scan", help="HDF5 file, data URL, or EDF or TIFF files (folder, pattern or file) to read"
    )
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
        help="motor positions of EDF or TIFF frames: text with one number a line or columns under "
        "the motors' names, or .npy (default: those in the EDF headers)",
    )
    parser.add_argument(
        "--start", type=float, help="instead of --positions: position of the first frame, in degree"
    )
    parser.add_argument(
        "--step", type=float, help="with --start: what each frame adds to it, in degree"
    )
    parser.add_argument(
        "--frames",
        metavar="A:B",
        help="frames to read, from A up to but not with B, counted from 0; the others and their "
        "motor positions are as if they had not been recorded, e.g. 0:20 or 5: (default: all)",
    )
    parser.add_argument(
        "--skip-frames",
        metavar="LIST",
        default="",
        help="frames to leave out of rocking curves and images, e.g. 14 or 3,7:9, which is 3, 7 "
        "and 8; counted from 0 among the frames that are read (default: none)",
    )
    parser.add_argument(
        "--mask-file",
        metavar="FILE",
        help="mask of invalid pixels (not 0) beside those that are found: .npy, HDF5, EDF or TIFF "
        "(default: none)",
    )


def open_given_scan(arguments: argparse.Namespace) -> RockingScan:
    """The scan that the options name.

    Raises
    ------
    DarfixWBError
        As `darfix_wb.io.frame_sources.open_scan`.
    """
    return open_scan(
        arguments.scan,
        data_path=arguments.data_path,
        motor=arguments.motor,
        positions=arguments.positions,
        start=arguments.start,
        step=arguments.step,
        frames=arguments.frames,
        skip_frames=arguments.skip_frames,
    )


def given_mask(arguments: argparse.Namespace) -> GivenMask | None:
    """The mask that the options name, if any.

    Raises
    ------
    DarfixWBError
        As `darfix_wb.io.mask_files.read_mask`.
    """
    return read_mask(arguments.mask_file) if arguments.mask_file else None
