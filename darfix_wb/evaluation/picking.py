"""Which frames and patches a person would label, picked by the truth."""

from __future__ import annotations

import math

import numpy

from ..beam import LIT, UNLABELLED, BeamCondition
from ..errors import DarfixWBError
from ..known_scan import KnownScan
from ..labels import LabelMap

FRAMES_OF_EACH = 3
PLAIN_SHARE = 0.9
"""A frame is called weak, or strong, as a whole where this part of its lit patches is."""

MOST_FRAMES = 0.5
"""Part of the frames rich in a condition that budgets may take labels from."""


def plain_labels(scan: KnownScan, *, allowed: numpy.ndarray | None = None) -> LabelMap:
    """Three frames called strong and three called weak, as a person labels.

    Strong are the frames with most strong patches; weak, of the frames with most weak patches, the
    brightest. Where at least 90 % of a frame's lit patches are of its condition, all get it, those
    that are not as well; elsewhere only the patches that clearly are. Patches without signal in
    the whole scan are labelled empty.

    Parameters
    ----------
    scan : KnownScan
        The scan.
    allowed : numpy.ndarray, optional
        ``(n_frames,)`` bool: frames to choose from; all by default.

    Raises
    ------
    DarfixWBError
        If no frame shows weak, or none shows strong beam.
    """
    free = numpy.ones(scan.n_frames, dtype=bool) if allowed is None else allowed.copy()
    values = numpy.full(scan.truth.shape, UNLABELLED, dtype=numpy.uint8)
    for condition in reversed(LIT):
        for frame in plainest_frames(scan, condition, allowed=free):
            values[frame][_called(scan, condition, frame)] = condition
            values[frame][scan.patched.empty] = BeamCondition.EMPTY
            free[frame] = False
        if not (values == condition).any():
            raise DarfixWBError(
                f"There must be a frame of {scan.name} to label {condition.name.lower()}, got "
                "none in the part of it to be fitted on. Give a scan with more frames."
            )
    return LabelMap(values, scan.patched.grid)


def plainest_frames(
    scan: KnownScan, condition: BeamCondition, *, allowed: numpy.ndarray | None = None
) -> numpy.ndarray:
    """The three frames that a person would call weak, or strong, the plainest last.

    Strong are the frames with most strong patches; weak, of the frames with most weak patches, the
    brightest.

    Parameters
    ----------
    scan : KnownScan
        The scan.
    condition : BeamCondition
        WEAK or STRONG.
    allowed : numpy.ndarray, optional
        ``(n_frames,)`` bool: frames to choose from; all by default.

    Returns
    -------
    numpy.ndarray
        ``(n,)`` int, at most three; fewer where fewer show the condition.
    """
    share = scan.share(condition)
    if allowed is not None:
        share = numpy.where(allowed, share, 0)
    brightness = scan.patched.curves.mean(axis=(1, 2))
    rounded = numpy.round(share, 2) if condition == BeamCondition.WEAK else share
    best = numpy.lexsort((brightness, rounded))[-FRAMES_OF_EACH:]
    return best[share[best] > 0]


def _called(scan: KnownScan, condition: BeamCondition, frame: int) -> numpy.ndarray:
    """``(rows, columns)`` bool: patches that get the condition of their frame."""
    truth = scan.truth[frame]
    if scan.share(condition)[frame] >= PLAIN_SHARE:
        return numpy.isin(truth, LIT)
    of_it = truth == condition
    return of_it if scan.clear is None else of_it & scan.clear[frame]


class PatchDraw:
    """Patches drawn at random for labelling, half of them weak and half strong.

    The draws of all budgets are nested, and come from the same frames.

    Parameters
    ----------
    scan : KnownScan
        The scan.
    largest : int
        Number of patches of the largest budget.
    seed : int
        Seed of the draw.

    Attributes
    ----------
    frames : numpy.ndarray
        ``(n_frames,)`` bool: frames that patches are drawn from, not to be scored.
    available : int
        Largest budget that the frames have patches for; half of the frames rich in either
        condition are left to be scored.
    """

    def __init__(self, scan: KnownScan, largest: int, seed: int) -> None:
        rng = numpy.random.default_rng(seed)
        self._scan = scan
        self.frames = numpy.zeros(scan.n_frames, dtype=bool)
        for condition in LIT:
            self._take_frames(condition, math.ceil(largest / 2), rng)
        self._order = {
            condition: rng.permutation(
                numpy.argwhere((scan.truth == condition) & self.frames[:, None, None])
            )
            for condition in LIT
        }
        self.available = 2 * min(map(len, self._order.values()))

    def _take_frames(self, condition: BeamCondition, wanted: int, rng) -> None:
        """Frames rich in a condition, at random, until they hold enough patches of it."""
        share = self._scan.share(condition)
        rich = rng.permutation(numpy.flatnonzero((share >= share.max() / 2) & (share > 0)))
        rich = rich[: int(MOST_FRAMES * len(rich))]
        held = (self._scan.truth[rich] == condition).sum(axis=(1, 2)).cumsum()
        enough = 1 + int(numpy.searchsorted(held, wanted))
        self.frames[rich[: max(enough, FRAMES_OF_EACH)]] = True

    def labels(self, budget: int) -> LabelMap:
        """The labels of the first `budget` patches drawn."""
        values = numpy.full(self._scan.truth.shape, UNLABELLED, dtype=numpy.uint8)
        for condition, order in self._order.items():
            values[tuple(order[: budget // 2].T)] = condition
        return LabelMap(values, self._scan.patched.grid)
