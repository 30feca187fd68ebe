"""Lines of a simulated scan that show, and their classes."""

import dataclasses

import numpy
import pytest

from darfix_wb.simulation import read_truth
from darfix_wb.simulation.crystal import Dislocations
from darfix_wb.simulation.shown_lines import line_classes, line_truth
from darfix_wb.truth import LineClass


def dislocations(angles, boundary):
    """Lines at some angles to the layer."""
    n = len(angles)
    line = numpy.stack([numpy.cos(angles), numpy.zeros(n), numpy.sin(angles)], axis=1)
    point = numpy.zeros((n, 3))
    flat = numpy.zeros(n)
    return Dislocations(point, line, point, flat, flat, numpy.array(boundary, dtype=numpy.int32))


def test_lines_are_lone_in_a_boundary_or_nearly_in_the_layer():
    angles = [0.0, 0.19, -0.19, 0.21, -0.21, numpy.pi / 2, 0.1, 1.0]
    classes = line_classes(dislocations(angles, [-1] * 6 + [0, 3]))
    assert classes.dtype == numpy.uint8
    names = [LineClass(kind).name for kind in classes]
    assert names == ["IN_LAYER"] * 3 + ["LONE"] * 3 + ["BOUNDARY"] * 2


@pytest.fixture
def maps(simulated_layers):
    return read_truth(simulated_layers[0])


def test_lines_that_show_are_told_from_those_that_do_not(maps):
    line_map = numpy.full(maps.frame_shape, -1, dtype=numpy.int16)
    line_map[10:20, 10:50] = 1
    line_map[30:40, 10:50] = 0
    shown = line_map == 1
    shown[:, 40:] = False
    two = dislocations([0.1, 0.5], [-1, 2])
    changed = {"line_map": line_map, "shown_lines": shown, "dislocations": two}
    truth = line_truth(dataclasses.replace(maps, **changed))
    assert truth.present().tolist() == [1]
    numpy.testing.assert_array_equal(truth.mask, shown)
    numpy.testing.assert_array_equal(truth.hidden, (line_map >= 0) & ~shown)
    assert truth.classes.tolist() == [LineClass.IN_LAYER, LineClass.BOUNDARY]


def test_a_file_of_this_version_has_them(maps):
    truth = line_truth(maps)
    numpy.testing.assert_array_equal(truth.mask | truth.hidden, maps.line_map >= 0)
    assert len(truth.classes) == len(maps.dislocations.boundary)


def test_earlier_files_do_not_tell(maps):
    assert line_truth(dataclasses.replace(maps, line_map=None, shown_lines=None)) is None
