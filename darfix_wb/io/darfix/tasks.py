"""darfix's own decompositions, weak-beam filter and maps. They are imported when used."""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy

from ...errors import DarfixWBError

if TYPE_CHECKING:
    from .dataset import Dataset

METHODS = ("PCA", "NMF", "NICA", "NICA_NMF")
"""Of `darfix.tasks.blind_source_separation`."""

NON_NEGATIVE = ("NMF", "NICA_NMF")
"""Methods that take no counts below 0."""

_one_at_a_time = threading.Lock()


def separate_with_darfix(
    frames: numpy.ndarray, method: str, n_components: int, seed: int
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Components of a stack of frames, by darfix's task "blind source separation".

    darfix takes its random numbers from numpy's global generator: it is seeded here and put back
    as it was, one call at a time. The task cannot be interrupted.

    Parameters
    ----------
    frames : numpy.ndarray
        ``(n_frames, height, width)`` float32, dark subtracted. Not changed: darfix sees a
        read-only view of them, or a copy where negative counts must become 0.
    method : str
        One of `METHODS`.
    n_components : int
        Never None, which darfix takes for one component per pixel (NMF) or fails on (NICA_NMF).
    seed : int
        Of numpy's global generator.

    Returns
    -------
    images : numpy.ndarray
        ``(n, height, width)``, `n` being `n_components`.
    curves : numpy.ndarray
        ``(n_frames, n)``, the weight of each image in each frame. PCA subtracts the mean frame
        first: its curves sum to 0. NICA whitens: its images and curves have no common scale.

    Raises
    ------
    DarfixWBError
        If darfix has no such method.

    Warns
    -----
    sklearn.exceptions.ConvergenceWarning
        If NMF did not converge in the iterations that darfix allows (100).
    """
    if method not in METHODS:
        raise DarfixWBError(
            f"method must be one of {', '.join(METHODS)}, got {method!r}. Choose one."
        )
    from darfix.core.dataset import Dataset
    from darfix.tasks.blind_source_separation import BlindSourceSeparation

    # A view of its own, since darfix makes what it is given read-only.
    data = numpy.maximum(frames, 0) if method in NON_NEGATIVE else frames.view()
    inputs = {"dataset": Dataset("", raw_data=data), "method": method, "n_comp": int(n_components)}
    # darfix draws its progress on the standard output.
    with _numpy_seed(seed), contextlib.redirect_stdout(io.StringIO()):
        task = BlindSourceSeparation(inputs=inputs)
        task.run()
    values = task.get_output_values()
    return numpy.asarray(values["comp"]), numpy.asarray(values["W"])


def weak_beam_of_darfix(frames: numpy.ndarray, n: float) -> numpy.ndarray:
    """Frames in which every value above `n` standard deviations of its pixel's curve is 0.

    By `darfix.core.dataset.Dataset.recover_weak_beam`, on which darfix's task "weak beam" rests.

    Parameters
    ----------
    frames : numpy.ndarray
        ``(n_frames, height, width)`` float32, dark subtracted: with an offset, every value of a
        weak pixel lies above. Not changed.
    n : float
        In standard deviations.

    Returns
    -------
    numpy.ndarray
        Shape and dtype of `frames`, read-only.
    """
    from darfix.core.dataset import Dataset

    return Dataset("", raw_data=frames.view()).recover_weak_beam(float(n)).as_array3d()


def grain_maps(
    dataset: Dataset, path: str, *, dimensions: tuple[int, int] = (0, 1), kernel_size: int = 1
) -> object:
    """Maps of the rocking curves of a dataset, by darfix's task "grain plot".

    Parameters
    ----------
    dataset : darfix.core.dataset.Dataset
        With its dimensions defined.
    path : str
        HDF5 file to write; darfix replaces one that exists.
    dimensions : tuple of int
        Dimensions of the maps of orientation, of a dataset with several.
    kernel_size : int
        Of the map of the average misorientation, in pixels.

    Returns
    -------
    darfix.core.dataset_with_moments.DatasetWithMoments
        The dataset with the moments of its rocking curves.
    """
    from darfix.tasks.grain_plot import GrainPlot

    inputs = {
        "dataset": dataset,
        "filename": path,
        "dimensions": dimensions,
        "kernel_average_misorientation_size": kernel_size,
    }
    task = GrainPlot(inputs=inputs)
    task.run()
    return task.get_output_values()["dataset_with_moments"]


@contextlib.contextmanager
def _numpy_seed(seed: int) -> Iterator[None]:
    """Seed numpy's global generator, and put it back as it was."""
    with _one_at_a_time:
        before = numpy.random.get_state()  # noqa: NPY002
        numpy.random.seed(seed)  # noqa: NPY002
        try:
            yield
        finally:
            numpy.random.set_state(before)  # noqa: NPY002
