"""The beads and streaks of a volume: the traces of all its layers in one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy

from .traces import Traces


@dataclass(frozen=True, eq=False)
class Beads:
    """The traces of all layers, one after the other.

    Attributes
    ----------
    layer : numpy.ndarray
        ``(n,)`` int64: number of the layer, ascending.
    place_um : numpy.ndarray
        ``(n, 3)`` float64 (layer, row, column).
    half_um : numpy.ndarray
        ``(n, 2)`` float64, as of `Traces`.
    score, uncertainty_um : numpy.ndarray
        ``(n,)`` float64, as of `Traces`.
    paths, crests : tuple
        As of `Traces`.
    """

    layer: numpy.ndarray
    place_um: numpy.ndarray
    half_um: numpy.ndarray
    score: numpy.ndarray
    uncertainty_um: numpy.ndarray
    paths: tuple[numpy.ndarray | None, ...]
    crests: tuple[numpy.ndarray | None, ...]

    def __len__(self) -> int:
        return len(self.layer)

    @property
    def extent_um(self) -> numpy.ndarray:
        """``(n,)`` float64: length of each trace beyond the size of a spot."""
        return 2 * numpy.linalg.norm(self.half_um, axis=1)

    @classmethod
    def of(cls, traces: Sequence[Traces], layers_um: numpy.ndarray) -> Beads:
        """The traces of layers at the given positions."""
        counts = [len(one) for one in traces]
        layer = numpy.repeat(numpy.arange(len(traces)), counts)
        place = numpy.concatenate([numpy.empty((0, 2)), *(one.place_um for one in traces)])
        return cls(
            layer=layer,
            place_um=numpy.column_stack([numpy.asarray(layers_um, float)[layer], place]),
            half_um=numpy.concatenate([numpy.empty((0, 2)), *(one.half_um for one in traces)]),
            score=numpy.concatenate([numpy.empty(0), *(one.score for one in traces)]),
            uncertainty_um=numpy.concatenate(
                [numpy.empty(0), *(one.uncertainty_um for one in traces)]
            ),
            paths=tuple(path for one in traces for path in one.paths),
            crests=tuple(crest for one in traces for crest in one.crests),
        )

    def displaced(self, offsets_um: numpy.ndarray) -> Beads:
        """The same beads, those of each layer moved by its ``(n_layers, 2)`` offset."""
        place = self.place_um.copy()
        place[:, 1:] += offsets_um[self.layer]
        paths = (
            None if path is None else path + offsets_um[layer]
            for path, layer in zip(self.paths, self.layer, strict=True)
        )
        return replace(self, place_um=place, paths=tuple(paths))

    def chosen(self, keep: numpy.ndarray) -> Beads:
        """Those for which `keep`, ``(n,)`` bool, is true."""
        return Beads(
            self.layer[keep],
            self.place_um[keep],
            self.half_um[keep],
            self.score[keep],
            self.uncertainty_um[keep],
            tuple(path for path, kept in zip(self.paths, keep, strict=True) if kept),
            tuple(crest for crest, kept in zip(self.crests, keep, strict=True) if kept),
        )

    def brightest(self, count: int) -> numpy.ndarray:
        """``(n,)`` bool: the beads with the highest scores of each layer, at most `count`."""
        order = numpy.lexsort((-self.score, self.layer))
        first = numpy.searchsorted(self.layer, self.layer)
        keep = numpy.zeros(len(self), bool)
        keep[order] = numpy.arange(len(self)) - first < count
        return keep

    def parted(self, streaks: numpy.ndarray) -> Beads:
        """The beads with each of some streaks, ``(n,)`` numbers, replaced by its crests."""
        keep = numpy.ones(len(self), bool)
        keep[streaks] = False
        rest = self.chosen(keep)
        crests = [self.crests[streak] for streak in streaks]
        of = numpy.repeat(streaks, [len(crest) for crest in crests])
        crest = numpy.concatenate([numpy.empty((0, 3)), *crests])
        layer = numpy.concatenate([rest.layer, self.layer[of]])
        order = numpy.argsort(layer, kind="stable")
        place = numpy.column_stack([self.place_um[of, 0], crest[:, :2]])
        nothing = (None,) * len(of)
        paths, crests = (*rest.paths, *nothing), (*rest.crests, *nothing)
        return Beads(
            layer[order],
            numpy.concatenate([rest.place_um, place])[order],
            numpy.concatenate([rest.half_um, numpy.zeros((len(of), 2))])[order],
            numpy.concatenate([rest.score, crest[:, 2]])[order],
            numpy.concatenate([rest.uncertainty_um, self.uncertainty_um[of]])[order],
            tuple(paths[k] for k in order),
            tuple(crests[k] for k in order),
        )
