"""What the window of a reconstruction shows, without the window."""

import numpy
import pytest

from darfix_wb.dislocation_lines.line import DislocationLine
from darfix_wb.dislocation_lines.network import LineNetwork
from darfix_wb.dislocation_lines.network_file import write_network
from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.gui.reconstruction.coloring import UNKNOWN_COLOR, coloring
from darfix_wb.gui.reconstruction.comparison_panel import sentence
from darfix_wb.gui.reconstruction.layer_images import fine_step_um, values_along
from darfix_wb.gui.reconstruction.loading import layer_distance_um, load
from darfix_wb.gui.reconstruction.sampled import MOST_POINTS, SampledNetwork
from darfix_wb.gui.reconstruction.spacing import Spacing
from darfix_wb.gui.reconstruction.tubes import tubes
from darfix_wb.gui.reconstruction.volume_field import read_field, surface_at
from darfix_wb.progress import Monitor
from darfix_wb.reconstruction.files import reconstruct_file
from darfix_wb.reconstruction.layer_stack import open_stack
from darfix_wb.reconstruction.options import ReconstructionOptions

SPACING = (1.0, 0.2, 0.1)


def test_colours_stand_for_what_the_legend_says(drawn_network):
    network = drawn_network
    lines = SampledNetwork.of(network)
    by_score = coloring(network, lines, "score")
    assert by_score.colormap.getVRange() == (10.0, 30.0)
    levels = [by_score.levels[lines.numbers == number][0] for number in range(4)]
    assert levels == [0, 8, 15, 16]
    numpy.testing.assert_allclose(by_score.colors[16][:3], 0xC8 / 255, atol=1e-6)
    by_layer = coloring(network, lines, "layer")
    first = by_layer.levels[lines.numbers == 0]
    assert (first[0], first[-1]) == (0, 15)
    assert len(set(by_layer.levels[lines.numbers == 2])) == 1
    by_boundary = coloring(network, lines, "boundary")
    assert by_boundary.names[-1] == (UNKNOWN_COLOR, "none")
    assert [by_boundary.levels[lines.numbers == number][0] for number in range(4)] == [0, 0, 1, 1]


def test_a_boundary_that_is_not_described_is_none(drawn_network):
    network = LineNetwork(drawn_network.lines, drawn_network.bounds_um)
    found = coloring(network, SampledNetwork.of(network), "boundary")
    assert set(found.levels) == {0}
    assert found.names == ((UNKNOWN_COLOR, "none"),)


@pytest.mark.parametrize(
    ("found", "chance", "ratio", "words"),
    [
        (0.9, 0.1, 9.0, "9 times that of random shifts (0.10): the lines lie where"),
        (0.3, 0.1, 3.0, "more than chance, but not clearly"),
        (0.11, 0.1, 1.1, "no better than chance"),
        (0.5, 0.0, None, "no point so near"),
        (0.5, None, None, "chance cannot be estimated"),
        (None, None, None, "no distance can be measured"),
    ],
)
def test_the_null_ratio_in_words(found, chance, ratio, words):
    told = {"n_shifts": 20, "least_shift_um": 20.0, "border_um": 1.0, "notes": ["A note."]}
    text = sentence({"table": [["F1 at 1 um", found, chance]], "null_ratio": ratio, **told})
    assert words in text.splitlines()[0]
    assert "Left out at the sides: 1 µm." in text
    assert text.endswith("A note.")


def test_heights_along_a_streak_are_read_in_its_layer(volume_file):
    stack = open_stack(volume_file, SPACING)
    path = numpy.array([[5.0, 4.0, 1.0], [5.0, 4.0, 9.0]])
    line = DislocationLine(path).resampled(fine_step_um(stack))
    found = values_along(stack, numpy.zeros((12, 2)), line)
    assert set(found.layers) == {5}
    assert len(found.values) == len(line)
    expected = stack.read("dislocation_image", 5)[19:22]
    assert found.values[40] == expected[:, 49:52].max()
    between = line + numpy.array([0.5, 0, 0])
    assert len(values_along(stack, numpy.zeros((12, 2)), between).values) == 0


def test_the_field_of_the_3d_view_is_binned_and_in_place(volume_file):
    stack = open_stack(volume_file, SPACING)
    whole = read_field(stack)
    assert (whole.binning, whole.values.shape) == (1, (12, 96, 96))
    binned = read_field(stack, most_bytes=whole.values.nbytes // 4)
    assert binned.values.shape == (12, 48, 48)
    assert binned.pitch_um == (1.0, 0.4, 0.2)
    numpy.testing.assert_allclose(binned.origin_um, (0.0, 0.1, 0.05))
    assert binned.values.max() == whole.values.max()
    for field in (whole, binned):
        vertices = surface_at(field, 10.0).vertices_um
        assert len(vertices) > 100
        near = numpy.abs(vertices[:, 0] - 3) < 0.1
        row, column = 4 + 8 * 3 / 11, 2 + 3 * 3 / 11
        away = numpy.hypot(vertices[near, 1] - row, vertices[near, 2] - column)
        assert 0.1 < away.min() < 0.6


def test_missing_layers_are_empty_in_the_3d_view(make_volume, tmp_path):
    volume = make_volume(tmp_path / "gap.h5", failed=(4, 5))
    field = read_field(open_stack(volume, SPACING))
    assert len(field.values) == 12
    assert not field.values[4:6].any()
    assert field.values[6].max() > 15


def test_reading_the_field_is_cancelled(volume_file):
    stack = open_stack(volume_file, SPACING)
    with pytest.raises(OperationCancelled):
        read_field(stack, monitor=Monitor(cancelled=lambda: True))


def test_the_distance_of_layers_comes_from_the_motor(
    volume_file, make_volume, drawn_network, tmp_path
):
    assert layer_distance_um(str(volume_file)) == 1.0
    assert layer_distance_um(str(make_volume(tmp_path / "numbered.h5", motor=""))) is None
    write_network(tmp_path / "lines.h5", drawn_network)
    with pytest.raises(DarfixWBError, match="must hold the volume"):
        layer_distance_um(str(tmp_path / "lines.h5"))


def test_spacing_is_told_when_all_three_are_given(app):
    control = Spacing("spacing", "Distances")
    heard = []
    control.changed.connect(lambda: heard.append(control.value()))
    control.suggest_layers(1.25)
    assert control.sides["layers"].value() == 1.25
    control.suggest_layers(0.5)
    assert control.sides["layers"].value() == 0.5
    control.suggest_layers(None)
    control.sides["layers"].widget.setValue(2.0)
    control.suggest_layers(0.5)
    control.set_value(None)
    control.sides["rows"].widget.setValue(0.144)
    assert control.value() is None
    control.sides["columns"].widget.setValue(0.0444)
    assert control.value() == [2.0, 0.144, 0.0444] == heard[-1]
    assert all(value is None for value in heard[:-1])
    control.set_value(None)
    assert control.sides["layers"].value() is None


def test_a_reconstruction_tells_how_it_was_made(volume_file, tmp_path):
    path, reference = tmp_path / "lines.h5", tmp_path / "mask.npy"
    numpy.save(reference, numpy.ones((12, 96, 96), bool))
    options = ReconstructionOptions()
    reconstruct_file(volume_file, SPACING, path, options, reference=str(reference))
    loaded = load(str(path))
    assert loaded.saved.volume_file == str(volume_file)
    assert loaded.saved.spacing_um == SPACING
    assert loaded.saved.reference == str(reference)
    assert loaded.saved.figures["lines"] == len(loaded.rows) == 3
    assert not loaded.problems
    assert len(loaded.reference) <= MOST_POINTS
    reference.unlink()
    (problem,) = load(str(path)).problems
    assert problem.startswith("The reference is not shown")


def test_tubes_lie_around_their_lines(drawn_network):
    lines = SampledNetwork.of(drawn_network)
    found = tubes(lines, 0.2)
    away = numpy.linalg.norm(found.vertices_um - lines.points_um[found.points], axis=1)
    numpy.testing.assert_allclose(away, 0.2, rtol=1e-5)
    assert len(found.indices) == 2 * 6 * lines.joined.sum()
    numbers = lines.numbers[found.points[found.indices]]
    assert (numbers == numbers[:, :1]).all()
    corners = found.vertices_um[found.indices]
    across = numpy.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    outwards = found.normals[found.indices].sum(axis=1)
    assert (numpy.abs((across * outwards).sum(axis=1)) > 0).all()
