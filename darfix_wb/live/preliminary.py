"""The output file while a scan goes on: whole at any moment, and said to be preliminary."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import h5py
import numpy

from ..io.classification_files import write_classification
from ..io.output import InputFile, new_hdf5
from ..io.provenance import Provenance
from ..scan import RockingScan
from .classifying import LiveClassifier
from .following import ScanFollower

EVERY_S = 5.0
"""Least time between two writings, seconds."""

LARGEST_SHARE = 0.02
"""Of the time, for writing: frames that land meanwhile wait."""


class PreliminaryFile:
    """What was found so far, written now and then under the name of the output.

    A file takes the place of the one before when it is complete, so that whoever has the old one
    open can read on, and that what is there is whole if this process is killed. Its classification
    begins its warnings with a sentence that says how far the scan is; the attribute
    ``preliminary`` of its root, which the final file does not have, is true.

    Parameters
    ----------
    path : pathlib.Path
        From `darfix_wb.io.output.check_output`.
    overwrite : bool
        Whether a file that is there before the first writing may be replaced.
    inputs : sequence of InputFile
        Files that may never be replaced.
    """

    def __init__(self, path: Path, *, overwrite: bool, inputs: Sequence[InputFile]) -> None:
        self.path = path
        self._overwrite, self._inputs = overwrite, inputs
        self._due = time.monotonic()

    @property
    def is_due(self) -> bool:
        """Whether it is time to write again."""
        return time.monotonic() >= self._due

    def write(self, follower: ScanFollower, classifier: LiveClassifier, state: str) -> None:
        """Write what there is.

        Parameters
        ----------
        follower, classifier
            The scan and its labels; at least one frame was classified.
        state : str
            How far the scan is, or why it was left, a sentence.

        Raises
        ------
        DarfixWBError
            If the file cannot be written.
        """
        begin = time.monotonic()
        frames = classifier.frames
        sentence = f"Preliminary, each frame by itself: {state}"
        beam_map = replace(classifier.beam_map(), warnings=(sentence,))
        scan = scan_so_far(follower, frames)
        provenance = Provenance(beam_map.parameters, scan.source, beam_map.model_hash)
        with new_hdf5(self.path, overwrite=self._overwrite, inputs=self._inputs) as file:
            group = write_classification(file, beam_map, scan, provenance=provenance)
            group["frames"] = numpy.array(frames, dtype=numpy.int64)
            group["state"] = numpy.array(sentence, dtype=h5py.string_dtype())
            file.attrs["preliminary"] = True
        self._overwrite = True
        cost = time.monotonic() - begin
        self._due = time.monotonic() + max(EVERY_S, cost / LARGEST_SHARE)


def scan_so_far(follower: ScanFollower, frames: Sequence[int]) -> RockingScan:
    """Some frames of a scan that goes on, without their counts.

    Parameters
    ----------
    follower : ScanFollower
        The scan.
    frames : sequence of int
        Numbers of frames that came.

    Returns
    -------
    RockingScan
        By the positions of the rocking motor; by the frames' numbers while one is not known.
    """
    numbers = numpy.asarray(frames, dtype=numpy.int64)
    angles = follower.angles
    known = numbers[-1] < len(angles)
    return RockingScan(
        numpy.broadcast_to(numpy.uint8(0), (len(numbers), *follower.shape[1:])),
        angles[numbers] if known else numbers.astype(float),
        follower.motor if known else "frame",
        follower.unit if known else "",
        source=follower.url,
    )
