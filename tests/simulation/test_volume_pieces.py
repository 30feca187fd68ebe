"""Pieces of lines, cut where they cease to show and joined where they go on."""

import numpy as np

from darfix_wb.dislocation_lines.line import DislocationLine
from darfix_wb.dislocation_lines.network import LineNetwork
from darfix_wb.simulation.volume_pieces import cut, joined, long_runs, tidy

BURGERS = np.array([0.0, 0.0, 2e-4])


def straight(start, end, nodes=(-1, -1), burgers=BURGERS):
    points = np.linspace(start, end, 11)
    return DislocationLine(points, nodes=nodes, burgers_um=burgers)


def test_short_runs_go_to_their_neighbours():
    flags = np.array([0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 0], bool)
    expected = np.array([1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0], bool)
    np.testing.assert_array_equal(long_runs(flags, 3), expected)
    assert not long_runs(np.zeros(2, bool), 3).any()


def test_pieces_share_their_ends_and_keep_their_nodes():
    line = straight([0, 0, 0], [10, 0, 0], nodes=(4, 5))
    flags = np.array([1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1], bool)
    shown, hidden = cut(line, flags, True), cut(line, flags, False)
    assert [piece.nodes for piece in shown] == [(4, -1), (-1, 5)]
    assert [piece.points_um[[0, -1], 0].tolist() for piece in shown] == [[0, 4], [8, 10]]
    assert [piece.points_um[[0, -1], 0].tolist() for piece in hidden] == [[4, 8]]


def test_two_lines_that_meet_alone_are_one():
    """Whatever way they run; its Burgers vector is known only where both have the same."""
    first = straight([0, 0, 0], [5, 0, 0], nodes=(-1, 0))
    for burgers, known in ((-BURGERS, True), (2 * BURGERS, False)):
        second = straight([9, 3, 0], [5, 0, 0], nodes=(1, 0), burgers=burgers)
        (line,) = joined([first, second])
        assert round(line.length_um, 9) == 10
        assert line.nodes == (-1, 1)
        np.testing.assert_array_equal(line.points_um[[0, -1]], [[0, 0, 0], [9, 3, 0]])
        assert np.isfinite(line.burgers_um).all() == known


def test_three_lines_that_meet_stay_three():
    ends = [[5, 0, 0], [0, 5, 0], [0, 0, 5]]
    lines = [straight([0, 0, 0], end, nodes=(0, -1)) for end in ends]
    assert joined(lines) == lines


def test_chain_of_lines_becomes_one():
    places = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [2, 1, 0]]
    nodes = [(-1, 0), (0, 1), (1, 2)]
    lines = [straight(a, b, nodes=n) for a, b, n in zip(places, places[1:], nodes, strict=False)]
    (line,) = joined([lines[1], lines[0], lines[2]])
    assert round(line.length_um, 9) == 3
    assert set(line.nodes) == {-1, 2}


def test_lines_that_close_stay_closed():
    lines = [straight([0, 0, 0], [1, 0, 0], (0, 1)), straight([1, 0, 0], [0, 0, 0], (1, 0))]
    (line,) = joined(lines)
    assert len(set(line.nodes)) == 1
    assert joined([line]) == [line]


def test_nodes_without_lines_are_left_out():
    nodes = np.arange(9.0).reshape(3, 3)
    network = LineNetwork((), np.array([[0, 0, 0], [9, 9, 9]]), nodes_um=nodes)
    line = DislocationLine(nodes[[2, 1]], nodes=(2, -1), burgers_um=np.full(3, np.nan))
    found = tidy(network, [line])
    np.testing.assert_array_equal(found.nodes_um, nodes[2:])
    assert found.lines[0].nodes == (0, -1)
    assert found.lines[0].burgers_um is None
