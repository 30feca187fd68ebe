"""The rocking motor: its grid, and the order of the frames against its angles."""

from __future__ import annotations

from dataclasses import replace

import numpy

from ..extraction import PatchedScan
from ..rocking_curves import LEAST_STEPS, peak_part
from ..scan import RockingScan
from .finding import Finding
from .intensities import frame_intensities
from .wording import angle, number

UNLIKE = 0.25
"""A step is irregular if it is by this share longer or shorter than the typical one."""

LARGEST_UNLIKE_SHARE = 0.1

REPEATED = 0.1
"""Two frames of a curve have the same angle if they are nearer than this share of a step."""


def typical_step(scan: RockingScan) -> float:
    """What the motor moves from a frame to the next of its curve in time; NaN without curves.

    Where angles are repeated, distances on the curve are no steps.
    """
    moves = [numpy.abs(_moves(scan, frames)) for frames in scan.curves if len(frames) > 1]
    return float(numpy.median(numpy.concatenate(moves))) if moves else numpy.nan


def _moves(scan: RockingScan, frames: numpy.ndarray) -> numpy.ndarray:
    """``(n_steps - 1,)``: what the motor moves between the frames of a curve, in their time."""
    return numpy.diff(scan.angles[numpy.sort(frames)])


def directions(scan: RockingScan) -> numpy.ndarray:
    """How the angle changes with time on each curve.

    Returns
    -------
    numpy.ndarray
        ``(n_curves,)`` int64: 1 where it rises, -1 where it falls, 0 where it turns back; what is
        below a tenth of a step is noise of the reading.

    Examples
    --------
    >>> frames = numpy.zeros((4, 8, 8))
    >>> curves = [numpy.array([0, 1]), numpy.array([3, 2])]
    >>> directions(RockingScan(frames, [0.0, 1.0, 1.0, 0.0], curves=curves)).tolist()
    [1, -1]
    """
    noise = REPEATED * typical_step(scan)
    found = []
    for frames in scan.curves:
        moves = _moves(scan, frames)
        rises, falls = bool((moves > noise).any()), bool((moves < -noise).any())
        found.append(int(rises) - int(falls))
    return numpy.array(found, dtype=numpy.int64)


def swept_curves(scan: RockingScan) -> list[numpy.ndarray]:
    """The curves of three frames or more on which the motor does not turn back."""
    curves = zip(scan.curves, directions(scan), strict=True)
    return [frames for frames, way in curves if way and len(frames) >= LEAST_STEPS]


def grid_finding(scan: RockingScan) -> Finding:
    """Motor, range, number of curves and of their steps, and how regular the steps are."""
    lengths = [len(frames) for frames in scan.curves]
    motor = scan.motor or "The rocking motor (not named)"
    if not lengths:
        return Finding("motors", f"{motor}: no frame belongs to a rocking curve.").stop(
            "Choose other frames or another motor."
        )
    used = scan.angles[scan.used]
    step = typical_step(scan)
    details = {
        "motor": scan.motor, "unit": scan.unit, "first": float(used.min()),
        "last": float(used.max()), "n_curves": len(lengths), "shortest_curve": min(lengths),
        "longest_curve": max(lengths), "step": step,
    }  # fmt: skip
    steps = str(lengths[0]) if min(lengths) == max(lengths) else f"{min(lengths)} to {max(lengths)}"
    unit = "" if scan.unit else " (unit not recorded)"
    moved = "" if numpy.isnan(step) else f", a step of {angle(step, scan.unit)}"
    finding = Finding(
        "motors",
        f"{motor} rocks from {angle(used.min(), '')} to {angle(used.max(), scan.unit)}{unit} in "
        f"{number(len(lengths), 'rocking curve')} of {steps} frames{moved}.",
        details,
    )
    if max(lengths) < LEAST_STEPS:
        return finding.look(
            f"The rocking curves have at most {max(lengths)} of the {LEAST_STEPS} frames that are "
            "needed to tell "
            "more than single frames do: each frame is classified alone."
        )
    return _with_irregular_steps(finding, scan, step)


def _with_irregular_steps(finding: Finding, scan: RockingScan, step: float) -> Finding:
    """Of curves that turn back the order tells, not the steps."""
    curves = swept_curves(scan)
    if not curves:
        return finding
    steps = numpy.concatenate([numpy.diff(scan.angles[frames]) for frames in curves])
    n_unlike = int(numpy.count_nonzero(numpy.abs(steps - step) > UNLIKE * step))
    finding = replace(finding, details={**finding.details, "irregular_steps": n_unlike})
    if n_unlike <= LARGEST_UNLIKE_SHARE * len(steps):
        return finding
    return finding.look(
        f"{n_unlike} of {len(steps)} steps of {scan.motor or 'the motor'} are more than "
        f"{UNLIKE:.0%} longer or shorter than the typical one of {angle(step, scan.unit)}; they "
        f"are {angle(steps.min(), '')} to {angle(steps.max(), scan.unit)} long. Check the "
        "positions, or choose the motor that rocks."
    )


def order_finding(patched: PatchedScan) -> Finding:
    """Whether angles rise or fall with time, turn back, or repeat; and the backlash."""
    scan = patched.scan
    if not any(len(frames) >= LEAST_STEPS for frames in scan.curves):
        return Finding("order of frames", "There is no rocking curve with an order.")
    ways = directions(scan)
    n_mixed = int((ways == 0).sum())
    n_repeated = _repeated(scan)
    details = {
        "rising": int((ways > 0).sum()), "falling": int((ways < 0).sum()), "mixed": n_mixed,
        "repeated_angles": n_repeated,
    }  # fmt: skip
    finding = Finding("order of frames", _describe(ways), details)
    if n_mixed:
        return _with_turns(finding, scan, ways)
    if n_repeated:
        finding = finding.look(
            f"{n_repeated} of {scan.n_frames} frames {'has' if n_repeated == 1 else 'have'} the "
            "angle of another of the same rocking curve: leave out what was recorded twice."
        )
    if details["rising"] and details["falling"]:
        finding = _with_backlash(finding, patched, ways)
    return finding


def _describe(ways: numpy.ndarray) -> str:
    if (ways > 0).all():
        return "Angles rise from frame to frame."
    if (ways < 0).all():
        return "Angles fall from frame to frame."
    if (ways != 0).all():
        return "Lines are scanned there and back: angles rise in one and fall in another."
    return "Angles rise and fall."


def _with_turns(finding: Finding, scan: RockingScan, ways: numpy.ndarray) -> Finding:
    turns, noise = 0, REPEATED * typical_step(scan)
    for frames in scan.curves:
        moves = _moves(scan, frames)
        signs = numpy.sign(moves[numpy.abs(moves) > noise])
        turns += int(numpy.count_nonzero(numpy.diff(signs)))
    n_mixed = finding.details["mixed"]
    where = "the rocking curve" if len(ways) == 1 else f"{n_mixed} of {len(ways)} rocking curves"
    return finding.look(
        f"{scan.motor or 'The motor'} turns back {number(turns, 'time')} in {where}: frames of "
        "several sweeps, or of several positions of another motor, are taken as one curve. Choose "
        "the frames of one sweep, or the motor that rocks.",
        turns=turns,
    )


def _repeated(scan: RockingScan) -> int:
    """Frames whose angle is that of the one before on the curve."""
    step = typical_step(scan)
    gaps = [numpy.diff(scan.angles[frames]) for frames in scan.curves]
    return int(numpy.count_nonzero(numpy.concatenate(gaps) <= REPEATED * step))


def _with_backlash(finding: Finding, patched: PatchedScan, ways: numpy.ndarray) -> Finding:
    """How far lines of one direction peak beside their neighbours of the other."""
    angles = patched.scan.angles
    intensities = frame_intensities(patched)
    centres = []
    for frames in patched.scan.curves:
        signal = intensities[frames] - intensities[frames].min()
        signal = peak_part(signal, signal.max())
        centres.append((signal * angles[frames]).sum() / max(signal.sum(), 1e-12))
    centres = numpy.array(centres)
    inner = (ways[1:-1] * ways[:-2] < 0) & (ways[1:-1] * ways[2:] < 0)
    if not inner.any():
        return finding
    aside = ways[1:-1] * (centres[1:-1] - (centres[:-2] + centres[2:]) / 2)
    shift = float(numpy.median(aside[inner]))
    step, unit = typical_step(patched.scan), patched.scan.unit
    finding = replace(finding, details={**finding.details, "backlash": shift})
    if abs(shift) <= step:
        return finding
    side = "above" if shift > 0 else "below"
    return finding.look(
        f"Lines with rising angles peak {angle(abs(shift), unit)} {side} those with falling ones, "
        f"more than a step of {angle(step, unit)}: the motor has a backlash. Use lines of one "
        "direction, or positions that were read back."
    )
