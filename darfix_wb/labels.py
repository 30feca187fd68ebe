"""Labels that a person gave to patches, and splits that keep an evaluation fair."""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy

from .beam import CONDITION_NAMES, UNLABELLED, BeamCondition, condition_from_name
from .errors import DarfixWBError
from .patches import PatchGrid


@dataclass(frozen=True)
class LabelMap:
    """The condition that a person gave to each patch of each frame.

    Attributes
    ----------
    values : numpy.ndarray
        ``(n_frames, rows, columns)`` uint8: a `BeamCondition`, AMBIGUOUS or UNLABELLED. A copy
        that cannot be written to.
    grid : PatchGrid
        Where the patches lie in the frame.
    source : str
        URL of the scan that they were made on; empty where that is not known.

    Examples
    --------
    >>> labels = LabelMap.unlabelled(n_frames=5, grid=PatchGrid((128, 192), 64))
    >>> labels = labels.with_frames({"weak": [0, 4], "strong": [2]})
    >>> labels = labels.with_patches([(4, 0, 2, "ambiguous")])
    >>> labels.counts()
    {'weak': 11, 'strong': 6, 'empty': 0, 'ambiguous': 1, 'unlabelled': 12}
    """

    values: numpy.ndarray
    grid: PatchGrid
    source: str = ""

    def __post_init__(self) -> None:
        values = numpy.asarray(self.values)
        if values.ndim != 3 or values.shape[1:] != self.grid.shape:
            raise DarfixWBError(
                f"Labels must have the shape (n_frames, {self.grid.shape[0]}, "
                f"{self.grid.shape[1]}) of their grid, got {values.shape}. "
                "Use the patch_size, stride and frames with which they were made."
            )
        unknown = set(numpy.unique(values).tolist()) - {int(known) for known in CONDITION_NAMES}
        if unknown:
            raise DarfixWBError(
                f"Labels must be among {sorted(int(known) for known in CONDITION_NAMES)}, got "
                f"{sorted(unknown)}. Use the values of BeamCondition."
            )
        values = values.astype(numpy.uint8)
        values.setflags(write=False)
        object.__setattr__(self, "values", values)

    @classmethod
    def unlabelled(cls, n_frames: int, grid: PatchGrid, source: str = "") -> LabelMap:
        """A map without labels."""
        values = numpy.full((n_frames, *grid.shape), UNLABELLED, dtype=numpy.uint8)
        return cls(values, grid, source)

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self.values.shape[0]

    @property
    def trainable(self) -> numpy.ndarray:
        """``(n_frames, rows, columns)`` bool: patches of a known class, ambiguous ones left out."""
        return self.values < len(BeamCondition)

    @property
    def hash(self) -> str:
        """SHA-256 of the labels and their grid."""
        grid = (self.grid.frame_shape, self.grid.patch_size, self.grid.stride)
        return hashlib.sha256(repr(grid).encode() + self.values.tobytes()).hexdigest()

    def counts(self) -> dict[str, int]:
        """Number of patches by name of their condition."""
        return {
            name: int(numpy.count_nonzero(self.values == value))
            for value, name in CONDITION_NAMES.items()
        }

    def with_frames(
        self, frames: Mapping[str, Iterable[int]], *, empty: numpy.ndarray | None = None
    ) -> LabelMap:
        """Label whole frames.

        Parameters
        ----------
        frames : mapping
            Indices of frames by name of condition, e.g. ``{"weak": [3, 4], "strong": [9]}``.
        empty : numpy.ndarray, optional
            ``(rows, columns)`` bool: patches outside the crystal or the beam. They become EMPTY in
            each labelled frame, whatever the frame's label.

        Returns
        -------
        LabelMap
            A copy with these labels, too.

        Raises
        ------
        DarfixWBError
            If a condition is unknown, a frame does not exist or has two labels.
        """
        conditions: dict[int, int] = {}
        for name, indices in frames.items():
            condition = condition_from_name(name)
            for index in indices:
                self._check_frame(index)
                if conditions.setdefault(int(index), condition) != condition:
                    raise DarfixWBError(
                        f"A frame must have one label, got two for frame {index}. "
                        "Remove it from one list, or label its patches one by one."
                    )
        values = self.values.copy()
        for index, condition in conditions.items():
            values[index] = condition
            if empty is not None:
                values[index][empty] = BeamCondition.EMPTY
        return replace(self, values=values)

    def with_patches(self, patches: Iterable[Sequence]) -> LabelMap:
        """Label patches one by one.

        Parameters
        ----------
        patches : iterable
            ``(frame, row, column, condition)`` each, e.g. ``(3, 0, 7, "weak")``; later ones win.

        Returns
        -------
        LabelMap
            A copy with these labels, too.

        Raises
        ------
        DarfixWBError
            If an entry has another form, or names a patch or condition that does not exist.
        """
        values = self.values.copy()
        for entry in patches:
            try:
                *position, name = entry
                frame, row, column = map(operator.index, position)
            except (TypeError, ValueError):
                raise DarfixWBError(
                    "A patch label must be [frame, row, column, condition], "
                    f"got {entry!r}. Write e.g. [3, 0, 7, 'weak']."
                ) from None
            self._check_frame(frame)
            if not (0 <= row < values.shape[1] and 0 <= column < values.shape[2]):
                raise DarfixWBError(
                    f"A patch must lie in the grid of {values.shape[1]} rows and "
                    f"{values.shape[2]} columns, got row {row}, column {column}. "
                    "Count patches from 0."
                )
            values[frame, row, column] = condition_from_name(name)
        return replace(self, values=values)

    def on_grid(self, grid: PatchGrid) -> LabelMap:
        """The labels of those patches that are on another grid, too.

        A grid of half the stride holds the same patches and others between them. Patches that
        reach beyond the border and are not on the other grid lose their label.

        Parameters
        ----------
        grid : PatchGrid
            The other grid, of patches of the same size.

        Returns
        -------
        LabelMap
            Labels on that grid.

        Raises
        ------
        DarfixWBError
            If patches differ in size, or no labelled patch is on the other grid.
        """
        if grid == self.grid:
            return self
        values = numpy.full((self.n_frames, *grid.shape), UNLABELLED, dtype=numpy.uint8)
        same = (grid.frame_shape, grid.patch_size) == (self.grid.frame_shape, self.grid.patch_size)
        rows, columns = (
            self._common_steps(grid, axis) if same else (numpy.zeros(0, int),) * 2
            for axis in range(2)
        )
        values[:, rows[1][:, None], columns[1]] = self.values[:, rows[0][:, None], columns[0]]
        labels = LabelMap(values, grid, self.source)
        if not labels.trainable.any():
            self.check_fits(self.n_frames, grid)
        return labels

    def _common_steps(self, grid: PatchGrid, axis: int) -> tuple[numpy.ndarray, numpy.ndarray]:
        """Indices, here and on the other grid, of the patches that begin at the same pixel."""
        here, there = (numpy.arange(one.shape[axis]) * one.stride for one in (self.grid, grid))
        return numpy.intersect1d(here, there, return_indices=True)[1:]

    def check_fits(self, n_frames: int, grid: PatchGrid) -> None:
        """Refuse labels that were made for other frames or another grid.

        Raises
        ------
        DarfixWBError
            With both grids.
        """
        own, wanted = (self.n_frames, self.grid), (n_frames, grid)
        if own != wanted:
            raise DarfixWBError(
                f"Labels must be made on the grid of the patches ({_describe(*wanted)}), got "
                f"labels for {_describe(*own)}. Extract the patches with the labels' patch_size "
                "and stride, or label again."
            )

    def _check_frame(self, index: int) -> None:
        if not 0 <= int(index) < self.n_frames:
            raise DarfixWBError(
                f"A labelled frame must be one of 0 to {self.n_frames - 1}, got {index}. "
                "Count frames from 0."
            )


def _describe(n_frames: int, grid: PatchGrid) -> str:
    height, width = grid.frame_shape
    return (
        f"{n_frames} frames of {height}x{width} px, patch_size {grid.patch_size}, "
        f"stride {grid.stride}"
    )


def check_classes(labels: Sequence[LabelMap]) -> None:
    """Refuse labels from which weak and strong cannot be learnt.

    Raises
    ------
    DarfixWBError
        If no patch, or no patch of one of the two classes, is labelled.
    """
    present = {
        condition.name.lower()
        for condition in (BeamCondition.WEAK, BeamCondition.STRONG)
        for part in labels
        if (part.values == condition).any()
    }
    if present != {"weak", "strong"}:
        raise DarfixWBError(
            "Both weak and strong patches must be labelled to train a network, got "
            f"{'only ' + present.pop() if present else 'neither'}. Label some of the other class."
        )


def split_by_frame(
    labels: LabelMap, *, validation_share: float = 0.25, seed: int = 0
) -> tuple[LabelMap, LabelMap]:
    """Hold out whole frames for validation: patches of one frame are never on both sides.

    Of the frames in which each condition is the most frequent, some are drawn until they hold a
    share of its patches: a frame with a stray label is not all of the validation. At least one
    frame stays in training, also of a condition that has no other.

    Parameters
    ----------
    labels : LabelMap
        The labels.
    validation_share : float
        Share of the patches of each condition kept aside, at least.
    seed : int
        Seed of the draw.

    Returns
    -------
    training, validation : LabelMap
        Each with the other's frames UNLABELLED.
    """
    rng = numpy.random.default_rng(seed)
    aside = numpy.zeros(labels.n_frames, dtype=bool)
    majority = _majority_by_frame(labels)
    for condition in BeamCondition:
        frames = rng.permutation(numpy.flatnonzero(majority == condition))
        if len(frames) > 1:
            patches = (labels.values[frames] == condition).sum(axis=(1, 2)).cumsum()
            n_aside = 1 + int((patches >= validation_share * patches[-1]).argmax())
            aside[frames[: min(n_aside, len(frames) - 1)]] = True
    return _keep_frames(labels, ~aside), _keep_frames(labels, aside)


def _majority_by_frame(labels: LabelMap) -> numpy.ndarray:
    """The most frequent condition of each frame, lit ones first; -1 where none is labelled."""
    flat = labels.values.reshape(labels.n_frames, -1)
    counts = numpy.stack([(flat == condition).sum(axis=1) for condition in BeamCondition], axis=1)
    lit = counts[:, : BeamCondition.EMPTY]
    majority = numpy.where(lit.any(axis=1), lit.argmax(axis=1), BeamCondition.EMPTY)
    return numpy.where(counts.any(axis=1), majority, -1)


def _keep_frames(labels: LabelMap, keep: numpy.ndarray) -> LabelMap:
    values = labels.values.copy()
    values[~keep] = UNLABELLED
    return replace(labels, values=values)
