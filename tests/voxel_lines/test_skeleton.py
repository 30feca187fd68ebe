"""Lines through the middle of masks: nothing is lost, and lengths are right."""

from __future__ import annotations

from itertools import product

import numpy
import pytest

from darfix_wb.dislocation_lines.line import DislocationLine
from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.progress import Monitor
from darfix_wb.voxel_lines.lines import cured_skeleton

SPACING = numpy.array([0.984, 0.209, 0.074])
"""Of the published volume, um."""


def tube(shape, *lines, radius_um=0.15):
    """Voxels whose centres are within `radius_um` of polylines, in the layer they pass."""
    mask = numpy.zeros(shape, bool)
    rows, columns = (numpy.arange(n) * step for n, step in zip(shape[1:], SPACING[1:], strict=True))
    for points in lines:
        for layer, row, column in DislocationLine(points).resampled(0.05):
            near = (rows[:, None] - row) ** 2 + (columns - column) ** 2 <= radius_um**2
            mask[round(layer / SPACING[0])] |= near
    return mask


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("widths", list(product(range(1, 7), repeat=2)))
def test_a_bar_of_any_width_leaves_one_line_as_long(axis, widths):
    shape = [16, 16, 16]
    shape[axis] = 60
    place = [slice(4, 4 + width) for width in widths]
    place.insert(axis, slice(5, 55))
    mask = numpy.zeros(shape, bool)
    mask[tuple(place)] = True
    network = cured_skeleton(mask, (1.0, 1.0, 1.0))
    assert len(network.lines) == 1
    assert abs(network.lines[0].direction[axis]) > 0.995
    assert 48 - max(widths) <= network.length_um <= 50.5
    middle = numpy.insert(3.5 + numpy.array(widths) / 2, axis, 29.5)
    offset = network.lines[0].points_um.mean(axis=0) - middle
    assert numpy.abs(numpy.delete(offset, axis)).max() <= 1.01


@pytest.mark.parametrize("elevation_deg", [5, 15, 30, 45, 60, 75, 90])
@pytest.mark.parametrize("azimuth_deg", [0, 35, 90])
def test_lines_of_known_length_and_direction(elevation_deg, azimuth_deg):
    elevation, azimuth = numpy.deg2rad([elevation_deg, azimuth_deg])
    direction = numpy.array(
        [
            numpy.sin(elevation),
            numpy.cos(elevation) * numpy.cos(azimuth),
            numpy.cos(elevation) * numpy.sin(azimuth),
        ]
    )
    centre = numpy.array([14.0, 13.0, 13.0]) * [0.984, 1, 1]
    half = 11.0 * direction
    mask = tube((30, 130, 360), numpy.stack([centre - half, centre + half]))
    network = cured_skeleton(mask, SPACING)
    assert len(network.lines) == 1
    assert network.length_um == pytest.approx(22.0, rel=0.05)
    angle = numpy.rad2deg(numpy.arccos(min(abs(network.lines[0].direction @ direction), 1)))
    assert angle < 1.5


def test_three_lines_meet_at_one_junction():
    centre = numpy.array([9.84, 10.0, 10.0])
    ends = centre + numpy.array([[-7.0, 6, 0], [0.0, -8, 4], [7.0, 0, -5]])
    mask = tube((21, 96, 270), *(numpy.stack([centre, end]) for end in ends))
    network = cured_skeleton(mask, SPACING)
    assert len(network.lines) == 3
    assert network.degrees.tolist() == [3]
    assert numpy.linalg.norm(network.junctions_um[0] - centre) < 1.0
    wanted = sorted(numpy.linalg.norm(ends - centre, axis=1))
    assert sorted(line.length_um for line in network.lines) == pytest.approx(wanted, rel=0.12)


def test_a_ring_is_one_closed_line():
    angle = numpy.linspace(0, 2 * numpy.pi, 200)
    ring = numpy.stack([0 * angle, 10 + 6 * numpy.cos(angle), 10 + 6 * numpy.sin(angle)], axis=1)
    mask = tube((1, 100, 280), ring)
    network = cured_skeleton(mask, SPACING)
    assert len(network.lines) == 1
    assert network.length_um == pytest.approx(12 * numpy.pi, rel=0.05)
    points = network.lines[0].points_um
    numpy.testing.assert_allclose(points[0], points[-1])


def test_lines_apart_stay_apart_and_short_side_branches_go():
    mask = numpy.zeros((5, 40, 60), bool)
    mask[2, 10, 5:55] = mask[2, 30, 5:55] = True
    mask[2, 11:14, 30] = True
    assert len(cured_skeleton(mask, (1, 0.2, 0.2)).lines) == 2
    assert len(cured_skeleton(mask, (1, 0.2, 0.2), spur_um=0.1).lines) == 4
    mask[2, 20, 20:24] = True
    assert len(cured_skeleton(mask, (1, 0.2, 0.2)).lines) == 3
    assert len(cured_skeleton(mask, (1, 0.2, 0.2), shortest_um=2.0).lines) == 2


def test_a_single_voxel_makes_no_line_and_is_mentioned():
    mask = numpy.zeros((4, 5, 6), bool)
    mask[1, 2, 3] = True
    network = cured_skeleton(mask, SPACING)
    assert network.lines == ()
    assert network.warnings == (
        "1 part of the mask is thinned to a single voxel and makes no line.",
    )


def test_an_empty_mask_is_an_empty_network():
    network = cured_skeleton(numpy.zeros((4, 5, 6), bool), SPACING)
    assert network.lines == ()
    assert network.warnings == ()
    numpy.testing.assert_allclose(network.bounds_um, [[0, 0, 0], SPACING * [3, 4, 5]])


def test_the_result_does_not_depend_on_empty_surroundings():
    line = numpy.array([[0.0, 3.0, 3.0], [8.0, 8.0, 6.0]])
    mask = tube((10, 60, 120), line)
    padded = numpy.pad(mask, ((3, 2), (4, 1), (5, 9)))
    alone, within = (cured_skeleton(one, SPACING) for one in (mask, padded))
    moved = within.lines[0].points_um - SPACING * [3, 4, 5]
    numpy.testing.assert_allclose(moved, alone.lines[0].points_um, atol=1e-9)


@pytest.mark.parametrize(
    ("mask", "spacing"),
    [
        (numpy.zeros((4, 5), bool), SPACING),
        (numpy.zeros((4, 5, 6)), SPACING),
        (numpy.zeros((4, 5, 6), bool), (1.0, 1.0)),
        (numpy.zeros((4, 5, 6), bool), (1.0, 0.0, 1.0)),
    ],
)
def test_what_is_no_mask_is_refused(mask, spacing):
    with pytest.raises(DarfixWBError, match="drawn through a mask"):
        cured_skeleton(mask, spacing)


def test_thinning_can_be_cancelled():
    mask = numpy.zeros((4, 5, 6), bool)
    mask[1, 2, 1:5] = True
    with pytest.raises(OperationCancelled, match="was cancelled"):
        cured_skeleton(mask, SPACING, monitor=Monitor(cancelled=lambda: True))
