"""The graph of a skeleton: which voxels follow each other, where they end and where they meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

FREE = -1


@dataclass(frozen=True, eq=False)
class Branch:
    """A chain of points of a skeleton.

    Attributes
    ----------
    points : numpy.ndarray
        ``(n, 3)`` float64, from one end to the other, junctions included.
    ends : tuple of int
        Numbers of the junctions at its ends, -1 where it ends freely.
    """

    points: numpy.ndarray
    ends: tuple[int, int]

    @property
    def length(self) -> float:
        """Length along the points, in their unit."""
        return float(numpy.linalg.norm(numpy.diff(self.points, axis=0), axis=1).sum())


def branches_of(voxels: numpy.ndarray, places: numpy.ndarray) -> tuple[list[Branch], numpy.ndarray]:
    """Follow the voxels of a skeleton from end to end and from junction to junction.

    Parameters
    ----------
    voxels : numpy.ndarray
        ``(n, 3)`` int: numbers of the layers, rows and columns, each voxel once.
    places : numpy.ndarray
        ``(n, 3)`` float64: where they are, e.g. in um.

    Returns
    -------
    branches : list of Branch
        Of two points at least; a ring begins and ends at the same point, freely.
    junctions : numpy.ndarray
        ``(n_junctions, 3)`` float64: mean of the voxels that make each.
    """
    links = _links(voxels)
    degree = numpy.diff(links.indptr)
    is_junction = degree >= 3
    count, label = connected_components(_among(links, is_junction), directed=False)
    used = numpy.unique(label[is_junction])
    number = numpy.full(count, FREE)
    number[used] = numpy.arange(len(used))
    junction = numpy.where(is_junction, number[label], FREE)
    junctions = numpy.zeros((len(used), 3))
    numpy.add.at(junctions, junction[is_junction], places[is_junction])
    junctions /= numpy.bincount(junction[is_junction], minlength=len(used))[:, None]
    return _Walk(links, junction, places, junctions).branches(), junctions


def _links(voxels: numpy.ndarray) -> csr_array:
    """Neighbours, without diagonals past a voxel that is a nearer neighbour of both."""
    pairs = cKDTree(voxels).query_pairs(1.8, output_type="ndarray")
    steps = ((voxels[pairs[:, 0]] - voxels[pairs[:, 1]]) ** 2).sum(axis=1)
    for longest in (2, 3):
        nearer = _matrix(pairs[steps < longest], len(voxels))
        detours = (nearer @ nearer)[pairs[:, 0], pairs[:, 1]] if len(pairs) else numpy.empty(0)
        kept = (steps != longest) | (numpy.asarray(detours).ravel() == 0)
        pairs, steps = pairs[kept], steps[kept]
    return _matrix(pairs, len(voxels))


def _matrix(pairs: numpy.ndarray, size: int) -> csr_array:
    rows, columns = numpy.concatenate([pairs, pairs[:, ::-1]]).T
    return coo_array((numpy.ones(len(rows), numpy.int32), (rows, columns)), (size, size)).tocsr()


def _among(links: csr_array, chosen: numpy.ndarray) -> csr_array:
    found = links.tocoo()
    kept = chosen[found.row] & chosen[found.col]
    return coo_array((found.data[kept], (found.row[kept], found.col[kept])), found.shape).tocsr()


class _Walk:
    """Walks along the chains of a skeleton, each once."""

    def __init__(
        self,
        links: csr_array,
        junction: numpy.ndarray,
        places: numpy.ndarray,
        junctions: numpy.ndarray,
    ) -> None:
        self._links, self._junction = links, junction
        self._places, self._junctions = places, junctions
        self._left = junction == FREE

    def branches(self) -> list[Branch]:
        """All chains: first those that begin at an end or beside a junction, then rings."""
        found = []
        inner = [
            sum(self._junction[one] == FREE for one in self._neighbours(voxel)) < 2
            for voxel in range(len(self._left))
        ]
        for starts in (numpy.flatnonzero(inner), range(len(self._left))):
            for voxel in starts:
                if self._left[voxel]:
                    found.append(self._branch(int(voxel)))
        return [one for one in found if one is not None]

    def _neighbours(self, voxel: int) -> numpy.ndarray:
        return self._links.indices[self._links.indptr[voxel] : self._links.indptr[voxel + 1]]

    def _branch(self, start: int) -> Branch | None:
        chain = [start]
        self._left[start] = False
        while True:
            onward = [one for one in self._neighbours(chain[-1]) if self._left[one]]
            if not onward:
                break
            chain.append(int(onward[0]))
            self._left[chain[-1]] = False
        points = self._places[chain]
        if len(chain) > 2 and start in self._neighbours(chain[-1]):
            return Branch(numpy.concatenate([points, points[:1]]), (FREE, FREE))
        first, last = self._ends(chain)
        if first != FREE:
            points = numpy.concatenate([self._junctions[[first]], points])
        if last != FREE:
            points = numpy.concatenate([points, self._junctions[[last]]])
        short_loop = first == last != FREE and len(chain) < 3
        return None if len(points) < 2 or short_loop else Branch(points, (first, last))

    def _ends(self, chain: list[int]) -> tuple[int, int]:
        """Junctions beside the first and the last voxel of a chain."""
        first, last = (
            [int(self._junction[one]) for one in self._neighbours(voxel)]
            for voxel in (chain[0], chain[-1])
        )
        first = [one for one in first if one != FREE]
        last = [one for one in last if one != FREE]
        if len(chain) == 1:
            last = first[1:]
        return (first or [FREE])[0], (last or [FREE])[0]
