"""From counts to what a network sees: background, and the scaling of each patch.

A patch is scaled either by itself alone (`PatchScaling`) or by constants that travel with the
model (`LogScaling`), never by the other frames at hand: its label cannot depend on them.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

import numba
import numpy

from .blocks import Blocks
from .errors import DarfixWBError
from .patches import PatchGrid

DARKEST_SHARE = 0.02
N_FEATURES = 2


@dataclass(frozen=True)
class Background:
    """What the detector counts without X-rays.

    Attributes
    ----------
    level : float or numpy.ndarray
        Counts of a dark pixel, one for the detector or ``(height, width)``.
    sigma : float
        Standard deviation of a dark pixel, counts.
    source : str
        Where the level comes from: ``"given"``, ``"dark images"`` or ``"estimated"``; empty where
        that is not known.
    """

    level: float | numpy.ndarray
    sigma: float
    source: str = field(default="", compare=False)

    @property
    def mean_level(self) -> float:
        """Mean counts of a dark pixel."""
        return float(numpy.mean(self.level))

    def describe_level(self) -> float | str:
        """The level for a record: its counts or, of an image, words that tell it from others."""
        if numpy.ndim(self.level) == 0:
            return float(self.level)
        digest = hashlib.sha256(numpy.ascontiguousarray(self.level).tobytes()).hexdigest()
        return f"an image of mean {self.mean_level:.6g} counts (SHA-256 {digest[:16]})"

    def subtract(self, frame: numpy.ndarray) -> numpy.ndarray:
        """The frame's counts above the dark level, ``(height, width)`` float32."""
        return numpy.subtract(frame, self.level, dtype=numpy.float32)


def estimate_background(blocks: Blocks) -> Background:
    """Dark level and noise, from the darkest places of the darkest frames.

    Of all blocks of 16x16 px in all frames, the 2 % of lowest mean are taken as dark: level is the
    mean of their means, sigma the median of their standard deviations. Blocks are chosen by their
    even columns and measured on their odd ones, so that choosing the lowest does not make the
    level too low. Blocks of one constant value (dead or masked regions) are left out, unless they
    are more than a quarter of all: then the background was set to that value beforehand.

    Parameters
    ----------
    blocks : Blocks
        Of all frames.

    Raises
    ------
    DarfixWBError
        If every pixel of every frame has the same value.

    Examples
    --------
    >>> frames = numpy.random.default_rng(0).normal(100, 4, (5, 64, 64))
    >>> background = estimate_background(Blocks.of(frames))
    >>> round(background.level), round(background.sigma)
    (100, 4)
    """
    ranks, means, spreads = (part.ravel() for part in (blocks.ranks, blocks.means, blocks.spreads))
    varying = spreads > 0
    if not varying.any():
        raise DarfixWBError(
            f"Frames must show some signal or noise, got the constant value {means[0]:g} in every "
            "block of pixels. Check that the right data set was chosen."
        )
    constant_means = means[~varying]
    if constant_means.size > 0.25 * means.size:
        faintest = numpy.sort(spreads[varying])
        return Background(
            float(numpy.median(constant_means)),
            float(numpy.median(faintest[: faintest.size // 4 + 1])),
        )
    ranks, means, spreads = ranks[varying], means[varying], spreads[varying]
    darkest = ranks <= numpy.quantile(ranks, DARKEST_SHARE)
    return Background(float(means[darkest].mean()), float(numpy.median(spreads[darkest])))


def background_from_dark(dark: numpy.ndarray | float, estimated: Background) -> Background:
    """A known dark level, with the noise estimated from the frames."""
    level = numpy.asarray(dark, dtype=numpy.float32)
    if not numpy.isfinite(level).all():
        raise DarfixWBError(
            "The dark level must be finite, got NaN or infinite values. Give a number of counts, "
            "or nothing to have it estimated."
        )
    return Background(float(level) if level.ndim == 0 else level, estimated.sigma)


@dataclass(frozen=True)
class PatchScaling:
    """Each patch by itself: ``asinh((I - dark) / sigma)``, minus its mean, over its spread.

    What the scaling takes away is kept as two features: the mean (the level of the patch in
    units of noise, logarithmic above a few sigma) and the logarithm of the spread.
    """

    kind: str = "asinh-patch"
    per_patch: bool = True

    def transform(self, counts: numpy.ndarray, background: Background) -> numpy.ndarray:
        """Scaled counts of any shape, float32."""
        scaled = background.subtract(counts)
        scaled /= numpy.float32(background.sigma)
        return numpy.arcsinh(scaled, out=scaled)

    def to_dict(self) -> dict:
        """Plain literals from which `scaling_from_dict` makes it again."""
        return {"kind": self.kind}


@dataclass(frozen=True)
class LogScaling:
    """The published scaling, with the constants of the training data: ``(log I - mean) / std``.

    Counts above the dark level below 1 are taken as 1, so that a zero pixel has a logarithm.

    Source: arXiv 2509.05017, section 2; there each data set used constants of its own.
    """

    mean: float
    std: float
    kind: str = "log-constants"
    per_patch: bool = False

    def transform(self, counts: numpy.ndarray, background: Background) -> numpy.ndarray:
        """Scaled counts of any shape, float32."""
        scaled = numpy.log(numpy.maximum(background.subtract(counts), 1.0))
        scaled -= numpy.float32(self.mean)
        scaled /= numpy.float32(self.std)
        return scaled

    def to_dict(self) -> dict:
        """Plain literals from which `scaling_from_dict` makes it again."""
        return {"kind": self.kind, "mean": self.mean, "std": self.std}

    @classmethod
    def fit(cls, frames: Iterable[numpy.ndarray], background: Background) -> LogScaling:
        """Constants of the frames that a network is trained on."""
        unit = cls(0.0, 1.0)
        logs = numpy.concatenate([unit.transform(frame, background).ravel() for frame in frames])
        return cls(float(logs.mean(dtype=float)), max(float(logs.std(dtype=float)), 1e-6))


Scaling = PatchScaling | LogScaling


def scaling_from_dict(values: dict) -> Scaling:
    """The scaling that `to_dict` described.

    Raises
    ------
    DarfixWBError
        If this version knows no such scaling.
    """
    kind = values.get("kind")
    if kind == PatchScaling().kind:
        return PatchScaling()
    if kind == LogScaling.kind:
        return LogScaling(float(values["mean"]), float(values["std"]))
    raise DarfixWBError(
        f"The model's normalisation must be '{PatchScaling.kind}' or '{LogScaling.kind}', got "
        f"{kind!r}. Update darfix-wb, or train the model again."
    )


class PatchNormalizer:
    """Cuts frames into scaled patches, reusing its buffers from frame to frame.

    Parameters
    ----------
    scaling : PatchScaling or LogScaling
        How counts are scaled.
    grid : PatchGrid
        Where the patches lie.
    background : Background
        Dark level and noise of the scan.
    """

    def __init__(self, scaling: Scaling, grid: PatchGrid, background: Background) -> None:
        self._scaling = scaling
        self._grid = grid
        self._background = background
        self._table = self._make_table() if numpy.ndim(background.level) == 0 else None
        self._of_thread = threading.local()

    def __call__(
        self, frame: numpy.ndarray, *, patches: numpy.ndarray | None = None
    ) -> tuple[numpy.ndarray, numpy.ndarray]:
        """Network input of a frame.

        Parameters
        ----------
        frame : numpy.ndarray
            ``(height, width)`` counts.
        patches : numpy.ndarray, optional
            Flat indices of the patches wanted; all if not given.

        Returns
        -------
        images : numpy.ndarray
            ``(n_patches, 1, patch_size, patch_size)`` float32.
        features : numpy.ndarray
            ``(n_patches, 2)`` float32, level and log spread; zeros where patches are not scaled
            by themselves.
        """
        wanted = numpy.arange(self._grid.n_patches) if patches is None else patches
        return self._cut(self.scale(frame), wanted, *self._buffers(len(wanted)))

    def scale(self, frame: numpy.ndarray) -> numpy.ndarray:
        """A frame, ``(height, width)`` counts, as `cut` takes it.

        Returns
        -------
        numpy.ndarray
            ``(height, width)``: scaled counts, or the frame itself where they are looked up.
        """
        if frame.dtype == numpy.uint16 and self._table is not None:
            return numpy.ascontiguousarray(frame)
        return self._scaling.transform(frame, self._background).astype(numpy.float32, copy=False)

    def cut(
        self, scaled: numpy.ndarray, patches: numpy.ndarray
    ) -> tuple[numpy.ndarray, numpy.ndarray]:
        """Network input of some patches of a frame.

        Several threads may cut at the same time.

        Parameters
        ----------
        scaled : numpy.ndarray
            From `scale`.
        patches : numpy.ndarray
            Flat indices of the patches.

        Returns
        -------
        images, features : numpy.ndarray
            As `__call__` gives them, in buffers of the calling thread: valid until it cuts again.
        """
        n = len(patches)
        buffers = getattr(self._of_thread, "buffers", None)
        if buffers is None or len(buffers[0]) < n:
            buffers = self._of_thread.buffers = self._buffers(n)
        images, features = buffers
        return self._cut(scaled, patches, images[:n], features[:n])

    def _cut(
        self,
        scaled: numpy.ndarray,
        patches: numpy.ndarray,
        images: numpy.ndarray,
        features: numpy.ndarray,
    ) -> tuple[numpy.ndarray, numpy.ndarray]:
        origins, of_patch = self._grid.origins[patches], self._scaling.per_patch
        if scaled.dtype == numpy.uint16:
            _cut_counts(scaled, self._table, origins, of_patch, images[:, 0], features)
        else:
            _cut(scaled, origins, of_patch, images[:, 0], features)
        return images, features

    def _buffers(self, n_patches: int) -> tuple[numpy.ndarray, numpy.ndarray]:
        size = self._grid.patch_size
        images = numpy.empty((n_patches, 1, size, size), dtype=numpy.float32)
        return images, numpy.zeros((n_patches, N_FEATURES), dtype=numpy.float32)

    def _make_table(self) -> numpy.ndarray:
        counts = numpy.arange(2**16, dtype=numpy.float32)
        return self._scaling.transform(counts, self._background)


@numba.njit(nogil=True, cache=True)
def _cut(scaled, origins, per_patch, images, features):
    """Copy patches, continued by reflection at the border, and scale each by itself."""
    height, width = scaled.shape
    size = images.shape[1]
    for index in range(len(origins)):
        top, left = origins[index]
        inside = min(size, width - left)
        for i in range(size):
            row = _reflected(top + i, height)
            images[index, i, :inside] = scaled[row, left : left + inside]
            for j in range(inside, size):
                images[index, i, j] = scaled[row, _reflected(left + j, width)]
        if per_patch:
            features[index, 0], features[index, 1] = _standardise(images[index].reshape(-1))


@numba.njit(nogil=True, cache=True)
def _cut_counts(counts, table, origins, per_patch, images, features):
    """As `_cut`, of counts whose scaled value is in a table."""
    height, width = counts.shape
    size = images.shape[1]
    for index in range(len(origins)):
        top, left = origins[index]
        inside = min(size, width - left)
        for i in range(size):
            row = _reflected(top + i, height)
            own, into = counts[row, left : left + inside], images[index, i]
            for j in range(inside):
                into[j] = table[own[j]]
            for j in range(inside, size):
                into[j] = table[counts[row, _reflected(left + j, width)]]
        if per_patch:
            features[index, 0], features[index, 1] = _standardise(images[index].reshape(-1))


@numba.njit(nogil=True, cache=True)
def _reflected(place, side):
    return place if place < side else 2 * side - 2 - place


@numba.njit(nogil=True, cache=True, fastmath={"reassoc"})
def _standardise(values):
    """Take mean and spread away, in place; sums in any order, which lets the compiler vectorise."""
    total = 0.0
    squares = 0.0
    for k in range(values.size):
        value = numpy.float64(values[k])
        total += value
        squares += value * value
    mean = total / values.size
    spread = max(numpy.sqrt(max(squares / values.size - mean * mean, 0.0)), 1e-3)
    factor = numpy.float32(1.0 / spread)
    offset = numpy.float32(mean)
    for k in range(values.size):
        values[k] = (values[k] - offset) * factor
    return mean, numpy.log(spread)
