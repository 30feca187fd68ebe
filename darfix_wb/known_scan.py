"""A scan whose patches have a known truth."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from functools import cached_property

import numpy

from .beam import BeamCondition, BeamMap
from .extraction import PatchedScan
from .integration import integrate
from .labels import LabelMap
from .rocking_curves import peak_part
from .truth import LineTruth


@dataclass(frozen=True, eq=False)
class KnownScan:
    """A scan cut into patches, and the truth about them.

    Attributes
    ----------
    patched : PatchedScan
        Frames, grid, background and rocking curves, the same for all methods.
    truth : numpy.ndarray
        ``(n_frames, rows, columns)`` uint8: a `BeamCondition`, AMBIGUOUS or UNLABELLED.
    known_by : str
        Where the truth comes from, in words.
    clear : numpy.ndarray or None
        ``(n_frames, rows, columns)`` bool: weak or strong beyond doubt; None where not known.
    lines : numpy.ndarray or None
        ``frame_shape`` bool: pixels on dislocations that show, where it is known which ones do,
        else on those with g.b not 0; None where not known.
    line_truth : LineTruth or None
        The same lines by number, with their classes, and those that do not show; None where not
        known.
    name : str
        As in the tables.
    sample : str
        Scans of one sample are layers of one crystal in one reflection.
    layer : float
        Height in the sample (um), or a running number: says which layers are neighbours.
    """

    patched: PatchedScan
    truth: numpy.ndarray
    _: KW_ONLY
    known_by: str
    clear: numpy.ndarray | None = None
    lines: numpy.ndarray | None = None
    line_truth: LineTruth | None = None
    name: str = ""
    sample: str = ""
    layer: float = 0.0

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self.patched.scan.n_frames

    @cached_property
    def labels(self) -> LabelMap:
        """The truth as labels; its hash tells whether two evaluations had the same truth."""
        return LabelMap(self.truth, self.patched.grid)

    @cached_property
    def rocking_index(self) -> numpy.ndarray:
        """``(n_frames,)`` int: steps from the frame at the peak of the scan's mean rocking curve.

        The peak is the centre of mass of the mean curve of the lit patches, above 20 % of its
        maximum.
        """
        lit = ~self.patched.empty
        curves = self.patched.curves[:, lit] if lit.any() else numpy.ones((self.n_frames, 1))
        mean = curves.mean(axis=1)
        index = numpy.zeros(self.n_frames, dtype=int)
        for frames in self.patched.scan.curves:
            steps = numpy.arange(len(frames))
            high = peak_part(mean[frames], mean[frames].max())
            middle = numpy.average(steps, weights=high) if high.any() else len(steps) / 2
            index[frames] = steps - int(numpy.rint(middle))
        return index

    @cached_property
    def strong_image(self) -> numpy.ndarray:
        """``frame_shape`` float32: the frames integrated where the truth is strong."""
        truth = numpy.where(self.truth <= BeamCondition.EMPTY, self.truth, BeamCondition.EMPTY)
        probabilities = numpy.eye(len(BeamCondition), dtype=numpy.float32)[truth]
        return integrate(self.patched, BeamMap(probabilities, self.patched.grid)).strong

    def share(self, condition: BeamCondition) -> numpy.ndarray:
        """``(n_frames,)`` float64: part of each frame's lit patches that is of a condition."""
        of_it = (self.truth == condition).sum(axis=(1, 2))
        lit = (self.truth < BeamCondition.EMPTY).sum(axis=(1, 2))
        return of_it / numpy.maximum(lit, 1)
