"""Frames: how many, how large, and which of their pixels and which of them are not used."""

from __future__ import annotations

from collections import Counter

import numpy

from ..io.input_files import input_files
from ..scan import RockingScan
from .finding import Finding
from .wording import first_few, number, size

LEAST_FRAMES = 3
"""Fewer frames make no rocking curve."""

LARGEST_INVALID_SHARE = 0.05


def frames_finding(scan: RockingScan) -> Finding:
    """Number, size, type and place of the frames."""
    height, width = scan.frame_shape
    dtype = numpy.dtype(scan.frames.dtype)
    in_memory = scan.n_frames * height * width * dtype.itemsize
    files = [file.path for file in input_files(scan=scan.source or None) if file.path.is_file()]
    on_disk = sum(path.stat().st_size for path in files)
    where = f", {size(on_disk)} on disk in {number(len(files), 'file')}" if files else ""
    finding = Finding(
        "frames",
        f"{number(scan.n_frames, 'frame')} of {height} x {width} px (height x width), "
        f"{dtype.name}: {size(in_memory)} of counts{where}.",
        {
            "n_frames": scan.n_frames,
            "height_px": height,
            "width_px": width,
            "dtype": dtype.name,
            "bytes_of_counts": in_memory,
            "bytes_on_disk": on_disk,
            "files": [str(path) for path in files],
        },
    )
    for warning in scan.warnings:
        finding = finding.look(warning)
    return finding


def left_out_finding(scan: RockingScan) -> Finding:
    """Frames that are missing or bad."""
    details = {"left_out": {int(index): reason for index, reason in scan.left_out.items()}}
    if not scan.left_out:
        return Finding("bad frames", "No frame is missing or bad.", details)
    finding = Finding("bad frames", "", details)
    reasons = Counter(scan.left_out.values())
    parts = []
    for reason, count in reasons.most_common():
        indices = [index for index, text in scan.left_out.items() if text == reason]
        parts.append(f"{count} {reason} ({first_few(sorted(indices), 'frame')})")
    n_left_out, n_frames = len(scan.left_out), scan.n_frames
    sentence = (
        f"{n_left_out} of {n_frames} frames are left out of the rocking curves: "
        f"{', '.join(parts)}. "
    )
    if 2 * n_left_out > n_frames:
        return finding.stop(f"{sentence}What is left is not a scan: record it again.")
    return finding.look(f"{sentence}Look at them, and check that no peak is lost.")


def pixels_finding(scan: RockingScan) -> Finding:
    """Invalid pixels by reason."""
    if scan.mask is None:
        return Finding("invalid pixels", "Invalid pixels were not looked for.")
    n_pixels = int(numpy.prod(scan.frame_shape))
    count = int(numpy.count_nonzero(scan.mask.invalid))
    share = count / n_pixels
    reasons = {str(reason): int(n) for reason, n in scan.mask.reasons.items() if n}
    details = {"n_invalid": count, "share": share, "reasons": reasons}
    if not count:
        return Finding("invalid pixels", f"All {n_pixels} pixels are valid.", details)
    by_reason = ", ".join(f"{n} {reason}" for reason, n in reasons.items())
    finding = Finding(
        "invalid pixels",
        f"{count} of {n_pixels} pixels ({share:.2%}) are invalid and are filled from their "
        "neighbours: "
        f"{by_reason}.",
        details,
    )
    if share > LARGEST_INVALID_SHARE:
        return finding.look(
            f"More than {LARGEST_INVALID_SHARE:.0%} are a lot for a detector: check on the mean "
            "frame that they lie "
            "where they should."
        )
    return finding
