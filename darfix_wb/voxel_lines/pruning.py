"""Short side branches of a skeleton, cut off; what goes on straight through, joined."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable

import numpy

from .graph import FREE, Branch


def pruned(branches: Iterable[Branch], shortest: float) -> list[Branch]:
    """Cut off side branches that end freely, the shortest first, and join the rest.

    Parameters
    ----------
    branches : iterable of Branch
        Of a skeleton.
    shortest : float
        Side branches below this length are cut off, in the unit of the points.

    Returns
    -------
    list of Branch
        Every junction at which two of them are left has become a point of one.

    Examples
    --------
    >>> line = [Branch(numpy.array([[0.0, 0, x], [0, 0, x + 5]]), ends)
    ...         for x, ends in ((0, (-1, 0)), (5, (0, -1)))]
    >>> spur = Branch(numpy.array([[0.0, 0, 5], [0, 1, 5]]), (0, -1))
    >>> [one.length for one in pruned([*line, spur], 2.0)]
    [10.0]
    """
    graph = _Graph(branches)
    spurs = [(one.length, number) for number, one in graph.branches.items()]
    heapq.heapify(spurs)
    while spurs:
        length, number = heapq.heappop(spurs)
        if length < shortest and graph.is_spur(number):
            junction = max(graph.branches[number].ends)
            graph.remove(number)
            joined = graph.join(junction)
            if joined is not None:
                heapq.heappush(spurs, (graph.branches[joined].length, joined))
    for junction in list(graph.meeting):
        graph.join(junction)
    return list(graph.branches.values())


class _Graph:
    """Branches by number, and at each junction the numbers and sides of those that end there."""

    def __init__(self, branches: Iterable[Branch]) -> None:
        self.branches: dict[int, Branch] = {}
        self.meeting: dict[int, set[tuple[int, int]]] = defaultdict(set)
        self._next = 0
        for branch in branches:
            self._add(branch)

    def is_spur(self, number: int) -> bool:
        """Whether a branch is there still, ends freely, and leaves from a junction of others."""
        branch = self.branches.get(number)
        if branch is None or (branch.ends[0] == FREE) == (branch.ends[1] == FREE):
            return False
        return len(self.meeting[max(branch.ends)]) >= 3

    def remove(self, number: int) -> Branch:
        """Take a branch out."""
        branch = self.branches.pop(number)
        for side, end in enumerate(branch.ends):
            self.meeting[end].discard((number, side))
        return branch

    def join(self, junction: int) -> int | None:
        """Make one of the two branches at a junction, if there are two; its number."""
        sides = sorted(self.meeting[junction])
        if len(sides) != 2 or sides[0][0] == sides[1][0]:
            return None
        (first, side), (second, other) = sides
        ahead, behind = self.remove(first), self.remove(second)
        points = ahead.points if side == 1 else ahead.points[::-1]
        more = behind.points if other == 0 else behind.points[::-1]
        ends = (ahead.ends[1 - side], behind.ends[1 - other])
        return self._add(Branch(numpy.concatenate([points, more[1:]]), ends))

    def _add(self, branch: Branch) -> int:
        number, self._next = self._next, self._next + 1
        self.branches[number] = branch
        for side, end in enumerate(branch.ends):
            if end != FREE:
                self.meeting[end].add((number, side))
        return number
