"""PCA, NMF and NICA of a scan, by darfix's own tasks, and which components show weak beam."""

from __future__ import annotations

import warnings

import numpy
from scipy.optimize import nnls
from sklearn.exceptions import ConvergenceWarning

from ..errors import DarfixWBError
from ..extraction import PatchedScan
from ..io.darfix.tasks import separate_with_darfix
from ..progress import SILENT, Monitor
from .binning import automatic_binning, binned_stack, enlarged
from .result import Decomposition, log_shares, steps_of

METHODS = {"pca": "PCA", "nmf": "NMF", "nica": "NICA", "nica-nmf": "NICA_NMF"}
"""Their names here, and in darfix."""

LEAST_COMPONENTS = 2
TAIL_BEYOND = 1.5
"""Where a tail begins, in standard deviations of the reference's curve."""

TAIL_SHARE = 0.25
READING_SHARE = 0.5
"""Of the progress; darfix does not tell its own."""


def separate(
    patched: PatchedScan,
    *,
    method: str = "nmf",
    n_components: int = 3,
    seed: int = 0,
    binning: int | None = None,
    monitor: Monitor = SILENT,
) -> Decomposition:
    """Decompose a scan without prior knowledge of it.

    Frames are read one at a time into a stack of binned pixels, dark subtracted, and negative
    counts set to 0 except for PCA. The components that darfix makes of it are put on the scale of
    the frames: PCA's curves get back the mean frame, which it subtracts (they would sum to 0), and
    are turned so that they are mostly positive; NICA's, which it whitens, get the amplitudes,
    none below 0, with which they come closest to the frames. `weak_components` tells which are
    weak beam.

    Parameters
    ----------
    patched : PatchedScan
        Scan, grid and background.
    method : str
        ``"pca"``, ``"nmf"``, ``"nica"`` or ``"nica-nmf"``.
    n_components : int
        At least 2 and at most the number of frames; three mimic Gram-Schmidt.
    seed : int
        Of the random numbers.
    binning : int, optional
        Side in px of the squares of pixels that are averaged; 1 for small scans, 4 for full frames
        if not given (`automatic_binning`).
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    Decomposition
        Components in the order of darfix. `weak_image` is the sum of the weak components, each
        times the sum of its curve: counts, summed over the frames, with the binned pixels' size.
        `scores` compare ``|W[k, j]|`` times the patch's mean of ``|image_j|``, summed over strong
        and over weak components, each plus one sigma of the patch's noise.

    Raises
    ------
    DarfixWBError
        If there is no such method, or too few components or frames.
    OperationCancelled
        If the monitor is asked to stop.
    """
    _check(patched, method, n_components)
    if binning is None:
        binning = automatic_binning(patched.scan)
    stack = binned_stack(patched, binning, monitor=monitor.part(0, READING_SHARE))
    if method != "pca":
        numpy.maximum(stack, 0, out=stack)
    monitor.check("The decomposition was cancelled.")
    images, curves, notes = _components(stack, method, n_components, seed)
    weak, sure = weak_components(images, curves, steps_of(patched.scan))
    if not sure:
        notes.append("no component is weak beam by its curve: the farthest one is taken")
    if binning > 1:
        notes.insert(0, f"binned {binning}x{binning}")
    monitor.report(1.0)
    shape = patched.scan.frame_shape
    image = numpy.tensordot(curves.sum(axis=0)[weak], images[weak], axes=1)
    return Decomposition(
        method=method,
        images=images.astype(numpy.float32),
        curves=curves,
        weak=weak,
        weak_image=enlarged(image, binning, shape).astype(numpy.float32),
        unit="counts",
        scores=_scores(patched, images, curves, weak, binning),
        note="; ".join(notes),
        binning=binning,
    )


def weak_components(
    images: numpy.ndarray, curves: numpy.ndarray, steps: numpy.ndarray
) -> tuple[numpy.ndarray, bool]:
    """Which components show weak beam, by the moments of their curves.

    The reference is the component of largest energy ``|W_j|^2 |image_j|^2``, with mean mu_0 and
    standard deviation s_0 of the weights ``max(W_j, 0)`` over the steps. Weak are those with
    ``|mu_j - mu_0| > s_0``, or with more than a quarter of their weight in each tail, beyond
    ``mu_0 -+ 1.5 s_0``.

    Parameters
    ----------
    images : numpy.ndarray
        ``(n, ...)``.
    curves : numpy.ndarray
        ``(n_frames, n)``.
    steps : numpy.ndarray
        ``(n_frames,)``, the place of each frame in its rocking curve.

    Returns
    -------
    weak : numpy.ndarray
        ``(n,)`` bool.
    sure : bool
        False where none is weak by the rule, and the one whose mean is farthest was taken.
    """
    energy = (curves**2).sum(axis=0) * (images.reshape(len(images), -1) ** 2).sum(axis=1)
    reference = int(energy.argmax())
    weight = numpy.maximum(curves, 0)
    total = weight.sum(axis=0)
    weight = numpy.divide(weight, total, out=numpy.zeros_like(weight), where=total > 0)
    mean = numpy.where(total > 0, steps @ weight, (steps @ weight)[reference])
    spread = numpy.sqrt(((steps - mean[reference]) ** 2) @ weight[:, reference])
    low = weight[steps < mean[reference] - TAIL_BEYOND * spread].sum(axis=0)
    high = weight[steps > mean[reference] + TAIL_BEYOND * spread].sum(axis=0)
    distance = numpy.abs(mean - mean[reference])
    weak = (distance > spread) | (numpy.minimum(low, high) > TAIL_SHARE)
    weak[reference] = False
    if weak.any():
        return weak, True
    distance[reference] = -1
    weak[distance.argmax()] = True
    return weak, False


def _check(patched: PatchedScan, method: str, n_components: int) -> None:
    if method not in METHODS:
        raise DarfixWBError(
            f"method must be one of {', '.join(METHODS)}, got {method!r}. Choose one."
        )
    if not LEAST_COMPONENTS <= n_components <= patched.scan.n_frames:
        raise DarfixWBError(
            f"n_components must be at least {LEAST_COMPONENTS} and at most the number of frames "
            f"({patched.scan.n_frames}), got {n_components}. Choose another number."
        )


def _components(
    stack: numpy.ndarray, method: str, n_components: int, seed: int
) -> tuple[numpy.ndarray, numpy.ndarray, list[str]]:
    """Images and float64 curves in the scale of the frames; what the user must know of them.

    The stack is put in another unit, in place: NMF starts from its mean in places where its first
    guess is 0, which in counts outweighs all else and ends it after a few iterations.
    """
    unit = 1.0
    if method != "pca" and stack.any():
        pixels_per_frame = stack[0].size
        unit = float(stack.mean(dtype=float)) * (pixels_per_frame / len(stack)) ** 0.5
    stack /= unit
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ConvergenceWarning)
        images, curves = separate_with_darfix(stack, METHODS[method], n_components, seed)
    unfinished = [one for one in told if issubclass(one.category, ConvergenceWarning)]
    for one in told:
        if one not in unfinished:
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
    pixels = stack.reshape(len(stack), -1)
    flat = images.reshape(len(images), -1)
    curves = curves.astype(float)
    if method == "pca":
        curves += flat @ pixels.mean(axis=0)
        sign = numpy.where(curves.sum(axis=0) < 0, -1, 1)
        images, curves = images * sign[:, None, None], curves * sign
    elif method == "nica":
        curves *= _amplitudes(pixels, flat, curves)
    return images * unit, curves, ["darfix's NMF did not converge"] if unfinished else []


def _amplitudes(pixels: numpy.ndarray, flat: numpy.ndarray, curves: numpy.ndarray) -> numpy.ndarray:
    """``a`` of least ``|pixels - sum_j a_j curves_j flat_j|``, not below 0."""
    gram = (curves.T @ curves) * (flat @ flat.T)
    target = numpy.einsum("kj,jk->j", curves, flat @ pixels.T)
    root = numpy.linalg.cholesky(gram + 1e-9 * numpy.trace(gram) * numpy.eye(len(gram)))
    return nnls(root.T, numpy.linalg.solve(root, target))[0]


def _scores(
    patched: PatchedScan,
    images: numpy.ndarray,
    curves: numpy.ndarray,
    weak: numpy.ndarray,
    binning: int,
) -> numpy.ndarray:
    shape = patched.scan.frame_shape
    means = numpy.array(
        [patched.grid.means(enlarged(numpy.abs(image), binning, shape)) for image in images]
    )
    shares = numpy.abs(curves)[:, :, None, None] * means
    strong, faint = (shares[:, which].sum(axis=1) for which in (~weak, weak))
    return log_shares(patched, strong, faint, patched.noise)
