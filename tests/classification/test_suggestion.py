"""The patches a model would like to be told."""

import numpy
import pytest

from darfix_wb.beam import BeamMap
from darfix_wb.classification.suggestion import entropy, suggest
from darfix_wb.errors import DarfixWBError
from darfix_wb.extraction import extract


@pytest.fixture(scope="module")
def patched(scan):
    return extract(scan, patch_size=16)


@pytest.fixture(scope="module")
def opinion(patched):
    """Sure of all patches but those of frames 3 and 7."""
    probabilities = numpy.zeros((*patched.curves.shape, 3), dtype=numpy.float32)
    probabilities[..., 0] = 1
    probabilities[[3, 7]] = (0.5, 0.4, 0.1)
    probabilities[3, 2, 2] = (1 / 3, 1 / 3, 1 / 3)
    return BeamMap(probabilities, patched.grid)


def test_entropy_in_bits():
    assert entropy(numpy.array([0.5, 0.5, 0.0])) == pytest.approx(1)
    assert entropy(numpy.array([1.0, 0.0, 0.0])) == pytest.approx(0, abs=1e-9)


def test_uncertain_patches_come_first_and_once(patched, opinion):
    nothing = numpy.zeros(patched.curves.shape, dtype=bool)
    suggested = suggest(patched, opinion, nothing, n=4)
    assert suggested[0] == (3, 2, 2)
    assert len(set(suggested)) == 4
    assert {frame for frame, _, _ in suggested} == {3, 7}
    assert suggested == suggest(patched, opinion, nothing, n=4)


@pytest.fixture
def two_sides(patched):
    """The frames from 5 on are likelier strong; frame 5 itself is the least sure."""
    probabilities = numpy.zeros((*patched.curves.shape, 3), dtype=numpy.float32)
    probabilities[:5] = (0.9, 0.1, 0)
    probabilities[5:] = (0.1, 0.9, 0)
    probabilities[5] = (0.4, 0.6, 0)
    return BeamMap(probabilities, patched.grid)


@pytest.mark.parametrize("n", [1, 2, 7, 20])
def test_both_sides_of_the_boundary_are_asked_by_turns(patched, two_sides, n):
    nothing = numpy.zeros(patched.curves.shape, dtype=bool)
    suggested = suggest(patched, two_sides, nothing, n=n)
    strong = [frame >= 5 for frame, _, _ in suggested]
    assert suggested[0][0] == 5
    assert strong == [index % 2 == 0 for index in range(n)]


@pytest.mark.parametrize("n_left", [0, 3])
def test_one_side_fills_up_for_the_other(patched, two_sides, n_left):
    labelled = numpy.zeros(patched.curves.shape, dtype=bool)
    labelled[5:] = True
    lit = numpy.argwhere(~patched.empty)[:n_left]
    labelled[5, lit[:, 0], lit[:, 1]] = False
    suggested = suggest(patched, two_sides, labelled, n=12)
    assert len(set(suggested)) == 12
    assert sum(frame >= 5 for frame, _, _ in suggested) == n_left


def test_labelled_and_dark_patches_are_left_out(patched, opinion):
    labelled = numpy.zeros(patched.curves.shape, dtype=bool)
    labelled[3] = True
    suggested = suggest(patched, opinion, labelled, n=8)
    assert 3 not in {frame for frame, _, _ in suggested}
    assert not any(patched.empty[row, column] for _, row, column in suggested)
    assert suggest(patched, opinion, numpy.ones_like(labelled)) == []


def test_an_opinion_on_another_grid_is_refused(patched, opinion, scan):
    other = extract(scan, patch_size=32)
    with pytest.raises(DarfixWBError, match="on the grid of the patches"):
        suggest(other, opinion, numpy.zeros(other.curves.shape, dtype=bool))
