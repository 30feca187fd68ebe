"""Lines of drawn volumes, found again."""

import numpy
import pytest

from darfix_wb.dislocation_lines.line import DislocationLine, LineKind
from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.progress import Monitor
from darfix_wb.reconstruction.layer_stack import open_stack
from darfix_wb.reconstruction.options import ReconstructionOptions
from darfix_wb.reconstruction.reconstruct import reconstruct
from darfix_wb.volume.options import LayerOptions
from darfix_wb.volume.region import Region
from darfix_wb.volume_comparison.line_metrics import compare_lines

from .conftest import PITCH, SHAPE, network_of, random_lines, straight, write_volume

LAYERS = numpy.arange(12.0)
SPACING = (1.0, *PITCH)


def found_in(path, spacing=SPACING, **options):
    return reconstruct(open_stack(path, spacing), ReconstructionOptions(**options)).network


def nearest_to(line, network):
    middle = line.points_um.mean(axis=0)
    away = [numpy.linalg.norm(one.resampled(0.1) - middle, axis=1).min() for one in network.lines]
    return network.lines[int(numpy.argmin(away))]


def test_length_and_direction_of_known_lines(tmp_path, three_lines):
    network = found_in(write_volume(tmp_path / "v.h5", three_lines, LAYERS))
    assert len(network.lines) == 3
    for line in three_lines:
        found = nearest_to(line, network)
        assert found.length_um == pytest.approx(line.length_um, rel=0.05)
        angle = numpy.degrees(numpy.arccos(min(abs(found.direction @ line.direction), 1)))
        assert angle < 1.0
        assert found.kind == LineKind.THROUGH_LAYERS
        assert 0 < found.uncertainty_um < 0.2


@pytest.mark.parametrize("seed", range(4))
def test_random_lines_are_found_where_they_are(tmp_path, seed):
    path = write_volume(tmp_path / "v.h5", random_lines(seed, 9), LAYERS)
    stack = open_stack(path, SPACING)
    true = network_of(random_lines(seed, 9), stack)
    comparison = compare_lines(reconstruct(stack).network, true, n_shifts=1)
    scores = comparison.figures.scores
    assert scores.f1_at(0.5) > 0.93
    assert scores.f1_at(1.0) > 0.95
    figures = comparison.figures.lines
    assert figures.length_a_um == pytest.approx(figures.length_b_um, rel=0.07)


def flipped(line, axis, size):
    points = line.points_um.copy()
    points[:, axis] = size - points[:, axis]
    return DislocationLine(points)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_mirrored_crystal_gives_the_mirrored_lines(tmp_path, axis):
    lines = random_lines(7, 6)
    size = [11.0, (SHAPE[0] - 1) * PITCH[0], (SHAPE[1] - 1) * PITCH[1]][axis]
    mirrored = [flipped(line, axis, size) for line in lines]
    one = found_in(write_volume(tmp_path / "a.h5", lines, LAYERS))
    other = found_in(write_volume(tmp_path / "b.h5", mirrored, LAYERS))
    assert len(one.lines) == len(other.lines)
    for line in one.lines:
        image = flipped(line, axis, size)
        found = nearest_to(image, other)
        assert found.length_um == pytest.approx(line.length_um, rel=0.05)


def test_nothing_depends_on_the_order_of_the_layers_in_the_file(tmp_path, three_lines):
    order = numpy.random.default_rng(1).permutation(12)
    one = found_in(write_volume(tmp_path / "a.h5", three_lines, LAYERS))
    other = found_in(write_volume(tmp_path / "b.h5", three_lines, LAYERS[order]))
    assert len(one.lines) == len(other.lines) == 3
    for line in one.lines:
        numpy.testing.assert_allclose(nearest_to(line, other).points_um, line.points_um, atol=0.15)


def test_nothing_depends_on_the_number_of_threads(tmp_path, three_lines, monkeypatch):
    import numba

    path = write_volume(tmp_path / "v.h5", three_lines, LAYERS)
    one = found_in(path)
    monkeypatch.setattr(numba, "get_num_threads", lambda: 1)
    other = found_in(path)
    for line, same in zip(one.lines, other.lines, strict=True):
        numpy.testing.assert_array_equal(line.points_um, same.points_um)


def test_a_curved_line_is_followed(tmp_path):
    z = numpy.linspace(-0.5, 11.5, 60)
    curved = DislocationLine(
        numpy.column_stack([z, 9 + 4 * numpy.sin(z / 5), 8 + 3 * numpy.cos(z / 5)])
    )
    network = found_in(write_volume(tmp_path / "v.h5", [curved], LAYERS))
    assert len(network.lines) == 1
    true = network_of([curved], open_stack(tmp_path / "v.h5", SPACING))
    scores = compare_lines(network, true, n_shifts=1).figures.scores
    assert scores.f1_at(0.5) > 0.97


def test_three_lines_that_meet_make_a_junction(tmp_path):
    node = numpy.array([5.5, 9.0, 8.0])
    arms = [
        straight(node, [-0.5, 5.0, 4.0]),
        straight(node, [-0.5, 13.0, 5.0]),
        straight(node, [11.5, 10.0, 13.0]),
    ]
    network = found_in(write_volume(tmp_path / "v.h5", arms, LAYERS))
    assert len(network.junctions_um) == 1
    assert numpy.linalg.norm(network.junctions_um[0] - node) < 1.0
    assert len(network.lines) == 3


def test_lines_that_cross_far_from_each_other_do_not_meet(tmp_path):
    lines = [
        straight([-0.5, 4.0, 8.0], [11.5, 14.0, 8.0]),
        straight([-0.5, 14.0, 11.0], [11.5, 4.0, 11.0]),
    ]
    network = found_in(write_volume(tmp_path / "v.h5", lines, LAYERS))
    assert len(network.lines) == 2
    assert len(network.junctions_um) == 0


def test_a_line_in_a_layer_is_a_streak(tmp_path):
    line = straight([6.0, 3.0, 4.0], [6.0, 13.0, 12.0])
    network = found_in(write_volume(tmp_path / "v.h5", [line], LAYERS))
    assert [one.kind for one in network.lines] == [LineKind.IN_LAYER]
    found = network.lines[0]
    assert found.length_um == pytest.approx(line.length_um, rel=0.08)
    assert numpy.abs(found.points_um[:, 0] - 6).max() < 0.01


def test_a_line_between_two_layers_is_found_once(tmp_path):
    line = straight([6.45, 3.0, 4.0], [6.45, 13.0, 12.0])
    network = found_in(write_volume(tmp_path / "v.h5", [line], LAYERS))
    assert len(network.lines) == 1
    assert 6.2 < network.lines[0].points_um[0, 0] < 6.8


def test_lines_too_dense_to_be_told_apart_are_a_wall(tmp_path):
    rows = numpy.arange(3.0, 13.0, 0.15)
    lines = [straight([-0.5, row, 4.0], [11.5, row, 10.0]) for row in rows]
    network = found_in(write_volume(tmp_path / "v.h5", lines, LAYERS))
    walls = [one for one in network.boundaries if numpy.isnan(one.spacing_um)]
    assert len(walls) == 1
    expected = numpy.cross([0, 1, 0], lines[0].direction)
    angle = numpy.degrees(numpy.arccos(abs(walls[0].normal @ expected)))
    assert angle < 3
    assert any("too dense" in warning for warning in network.warnings)


def test_parallel_lines_side_by_side_are_a_boundary(tmp_path):
    rows = numpy.arange(2.0, 16.0, 1.8)
    lines = [straight([-0.5, row, 4.0], [11.5, row + 1.0, 9.0]) for row in rows]
    lines.append(straight([-0.5, 3.0, 13.0], [11.5, 9.0, 14.0]))
    network = found_in(write_volume(tmp_path / "v.h5", lines, LAYERS), burgers_um=2.86e-4)
    (boundary,) = network.boundaries
    direction = lines[0].direction
    expected = numpy.cross([0, 1, 0], direction)
    expected /= numpy.linalg.norm(expected)
    angle = numpy.degrees(numpy.arccos(min(abs(boundary.normal @ expected), 1)))
    assert angle < 2
    spacing = 1.8 * numpy.sqrt(1 - direction[1] ** 2)
    assert boundary.spacing_um == pytest.approx(spacing, rel=0.05)
    assert boundary.misorientation_urad == pytest.approx(286 / spacing, rel=0.05)
    assert sum(line.boundary == 0 for line in network.lines) == len(rows)


def test_warm_pixels_are_no_lines(tmp_path, three_lines):
    warm = [(20, 120), (90, 30), (60, 20), (100, 100)]
    network = found_in(write_volume(tmp_path / "v.h5", three_lines, LAYERS, warm=warm))
    assert len(network.lines) == 3


@pytest.mark.parametrize("seed", range(3))
def test_jitter_is_told_by_the_beads(tmp_path, seed):
    rng = numpy.random.default_rng(seed)
    offsets = 0.2 * rng.normal(size=(12, 2))
    path = write_volume(tmp_path / "v.h5", random_lines(seed, 9), LAYERS, offsets=offsets)
    stack = open_stack(path, SPACING)
    true = network_of(random_lines(seed, 9), stack)
    left, taken = (
        compare_lines(
            reconstruct(stack, ReconstructionOptions(correct_jitter=taken)).network,
            true,
            n_shifts=1,
        ).figures.scores
        for taken in (False, True)
    )
    assert taken.f1_at(0.5) > 0.9
    assert taken.median_a_um < left.median_a_um


def test_lines_end_at_a_gap(tmp_path, three_lines):
    path = write_volume(tmp_path / "v.h5", three_lines, LAYERS, failed=(5, 6))
    network = found_in(path)
    assert len(network.lines) == 6
    for line in network.lines:
        z = line.points_um[:, 0]
        assert z.max() <= 4.51 or z.min() >= 6.49
    assert any("2 of 12 layers are not done" in warning for warning in network.warnings)
    assert any("gaps between layers" in warning for warning in network.warnings)


def test_noise_gives_no_line_and_a_sentence(tmp_path):
    network = found_in(write_volume(tmp_path / "v.h5", [], LAYERS))
    assert network.lines == ()
    assert any("No line was found" in warning for warning in network.warnings)


def test_places_are_those_of_the_motor_and_of_the_whole_frame(tmp_path, three_lines):
    region = Region(100, 100 + SHAPE[0], 50, 50 + SHAPE[1])
    moved = [
        DislocationLine(line.points_um + numpy.array([40, 100 * PITCH[0], 50 * PITCH[1]]))
        for line in three_lines
    ]
    lines = [DislocationLine(line.points_um + numpy.array([40, 0, 0])) for line in three_lines]
    path = write_volume(
        tmp_path / "v.h5", lines, LAYERS + 40, unit="mm", options=LayerOptions(region=region)
    )
    network = found_in(path)
    for line in moved:
        found = nearest_to(line, network)
        distance = numpy.linalg.norm(
            found.resampled(0.1).mean(axis=0) - line.resampled(0.1).mean(axis=0)
        )
        assert distance < 0.3


def test_positions_without_a_motor_are_told(tmp_path, three_lines):
    path = write_volume(tmp_path / "v.h5", three_lines, LAYERS, motor="", unit="")
    network = found_in(path)
    assert len(network.lines) == 3
    assert any("No motor tells" in warning for warning in network.warnings)


def test_spacing_against_the_motor(tmp_path, three_lines):
    path = write_volume(tmp_path / "v.h5", three_lines, LAYERS)
    stack = open_stack(path, (0.5, *PITCH))
    assert any("Check it" in warning for warning in stack.warnings)
    stack = open_stack(path, (0.98, *PITCH))
    assert stack.warnings == ()
    assert stack.layers_um[-1] == pytest.approx(11 * 0.98)


@pytest.mark.parametrize(
    "spacing", [(), (1, 2), (1, 2, 0), (1, -1, 1), (1, 2, numpy.nan), ("a", 1, 1), 3, None]
)
def test_a_spacing_that_is_none_is_refused(tmp_path, three_lines, spacing):
    path = write_volume(tmp_path / "v.h5", three_lines, LAYERS[:2])
    with pytest.raises(DarfixWBError, match="three distances above 0 in um"):
        open_stack(path, spacing)


def test_layers_at_one_place_are_refused(tmp_path, three_lines):
    path = write_volume(tmp_path / "v.h5", three_lines, [0.0, 1.0, 1.0, 2.0, 3.0])
    with pytest.raises(DarfixWBError, match=r"layer_01 and layer_02 .* lie at the same place"):
        open_stack(path, SPACING)


def test_volumes_that_cannot_be_used_are_refused(tmp_path, three_lines):
    path = write_volume(
        tmp_path / "v.h5", three_lines, LAYERS[:3], options=LayerOptions(find_dislocations=False)
    )
    with pytest.raises(DarfixWBError, match="without --no-lines"):
        open_stack(path, SPACING)
    path = write_volume(tmp_path / "w.h5", three_lines, LAYERS[:3], failed=(0, 1))
    with pytest.raises(DarfixWBError, match="At least two layers must be done"):
        open_stack(path, SPACING)


def test_it_stops_when_asked(tmp_path, three_lines):
    path = write_volume(tmp_path / "v.h5", three_lines, LAYERS)
    told = []
    monitor = Monitor(told.append, cancelled=lambda: len(told) > 3)
    with pytest.raises(OperationCancelled, match="reconstruction was cancelled"):
        reconstruct(open_stack(path, SPACING), monitor=monitor)
    assert told == sorted(told)
