"""The window of a reconstruction, on the lines of small volumes; there is no OpenGL here."""

import time

import h5py
import numpy
import pytest

from darfix_wb.dislocation_lines.boundary import SmallAngleBoundary
from darfix_wb.dislocation_lines.line import DislocationLine, LineKind
from darfix_wb.dislocation_lines.network import LineNetwork
from darfix_wb.dislocation_lines.network_file import read_network, write_network
from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.gui.reconstruction.coloring import SCHEMES, UNKNOWN_COLOR, coloring
from darfix_wb.gui.reconstruction.comparison_panel import sentence
from darfix_wb.gui.reconstruction.layer_images import fine_step_um, values_along
from darfix_wb.gui.reconstruction.loading import layer_distance_um, load
from darfix_wb.gui.reconstruction.sampled import SampledNetwork
from darfix_wb.gui.reconstruction.spacing import Spacing
from darfix_wb.gui.reconstruction.view import ReconstructionView
from darfix_wb.gui.reconstruction.volume_field import read_field, surface_at
from darfix_wb.progress import Monitor
from darfix_wb.reconstruction.files import reconstruct_file
from darfix_wb.reconstruction.layer_stack import open_stack
from darfix_wb.reconstruction.options import ReconstructionOptions

SPACING = (1.0, 0.2, 0.1)
BOUNDS = numpy.array([[-0.5, 0, 0], [11.5, 20, 10]])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("lines")


@pytest.fixture(scope="module")
def lines_file(volume_file, folder):
    """Lines of the volume."""
    path = folder / "lines.h5"
    reconstruct_file(volume_file, SPACING, path, ReconstructionOptions())
    return path


@pytest.fixture(scope="module")
def compared_file(volume_file, lines_file, folder):
    """The same, compared with themselves."""
    path = folder / "compared.h5"
    given = {"reference": str(lines_file)}
    reconstruct_file(volume_file, SPACING, path, ReconstructionOptions(), **given)
    return path


@pytest.fixture(scope="module")
def drawn_file(folder):
    """Four lines of all kinds, two of them of a boundary, without a volume."""
    path = folder / "drawn.h5"
    write_network(path, drawn_network())
    return path


def drawn_network():
    ends = (((0, 2, 2), (11, 4, 3)), ((0, 2, 5), (11, 4, 6)), ((5, 9, 1), (5, 9, 9)))
    lines = [
        DislocationLine(
            numpy.array(pair, float),
            score=10.0 * (number + 1),
            kind=LineKind.IN_LAYER if number == 2 else LineKind.THROUGH_LAYERS,
            boundary=0 if number < 2 else -1,
        )
        for number, pair in enumerate(ends)
    ]
    lines.append(DislocationLine(numpy.array([[1.0, 15, 5], [2.0, 15, 5]])))
    boundary = SmallAngleBoundary(numpy.ones(3), numpy.array([0.0, 1, 0]), (11.0, 3.0), 3.0)
    layers = numpy.arange(12.0)
    return LineNetwork(lines, BOUNDS, boundaries=(boundary,), layers_um=layers)


@pytest.fixture
def wait(app):
    def wait(holds, seconds=20.0):
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, "it took too long"
            app.processEvents()
            time.sleep(0.005)
        app.processEvents()

    return wait


@pytest.fixture
def opened(show, wait):
    """A window that has read a file."""
    made = []

    def opened(path):
        view = show(ReconstructionView(), 1000, 620)
        made.append(view)
        view.show_file(str(path))
        wait(lambda: view.network is not None and not view.is_busy())
        return view

    yield opened
    for view in made:
        view.stop()


def cells(view, column):
    return [view.table.item(row, column).text() for row in range(view.table.rowCount())]


def test_it_says_what_to_do_until_there_are_lines(show):
    assert "Choose a volume" in show(ReconstructionView()).text


def test_a_file_without_lines_is_one_sentence(show, wait, volume_file):
    view = show(ReconstructionView())
    view.show_file(str(volume_file))
    wait(lambda: "must hold the reconstruction" in view.text)
    assert not view.has_content()


def test_the_lines_are_in_the_table(opened, lines_file):
    view = opened(lines_file)
    network = read_network(lines_file)
    assert view.table.rowCount() == len(network.lines) == 3
    assert cells(view, 1) == ["through"] * 3
    lengths = sorted(float(text) for text in cells(view, 2))
    numpy.testing.assert_allclose(lengths, [12.2, 14.27, 15.2], atol=0.2)
    assert set(cells(view, 3)) == {"0 to 11"}
    assert "3 lines" in view.note.text()
    assert "could not be told" in view.note.toolTip()


def test_without_opengl_the_layer_is_shown_and_the_tab_says_why(opened, lines_file):
    view = opened(lines_file)
    assert view.tabs.currentWidget() is view.layer
    assert "There is no OpenGL here" in view.space.text
    assert not view.space.has_content()


def places_in_layer(view, index, wait):
    """Columns and rows of the lines in the image of a layer, um."""
    view.layer.slider.setValue(index)
    wait(lambda: not view.layer.is_reading())
    assert f"layer {index}:" in view.layer.panel.title.text()
    curves = view.layer.panel.plot.getAllCurves()
    shown = [one.getData()[:2] for one in curves if one.getLegend().startswith("color")]
    return numpy.concatenate(shown, axis=1)


def test_a_layer_shows_its_image_in_um_with_the_lines_on_the_beads(opened, lines_file, wait):
    view = opened(lines_file)
    columns, rows = places_in_layer(view, 3, wait)
    expected = view._loaded.stack.read("dislocation_image", 3)
    image = view.layer.panel.plot.getImage("image")
    assert image.getScale() == (0.1, 0.2)
    assert image.getOrigin() == (-0.05, -0.1)
    pixels = numpy.rint([rows / 0.2, columns / 0.1]).astype(int)
    assert numpy.median(expected[tuple(pixels)]) > 8


def test_the_lines_are_drawn_where_a_displaced_layer_shows_them(opened, lines_file, folder, wait):
    moved = folder / "moved.h5"
    moved.write_bytes(lines_file.read_bytes())
    with h5py.File(moved, "a") as file:
        offset = file["entry/reconstruction/displacement/offset"]
        offset[3] = offset[3] + (2.0, -1.0)
    here, there = (places_in_layer(opened(path), 3, wait) for path in (lines_file, moved))
    numpy.testing.assert_allclose((there - here).T, [[-1.0, 2.0]] * here.shape[1], atol=1e-6)


def test_a_click_on_a_row_shows_the_line_everywhere(opened, lines_file, wait):
    view = opened(lines_file)
    view.table.sortItems(2)
    view.table.setCurrentCell(0, 2)
    number = int(view.table.item(0, 0).text())
    assert number == view.table.selected()
    wait(lambda: not view.is_busy())
    assert view.layer.index == 5
    path = view._loaded.lines.path(number)
    for (x, y), plot in view.projections.plots.items():
        shown = plot.getCurve("selected line").getData()[:2]
        numpy.testing.assert_array_equal(shown, path[:, [x, y]].T)
    assert view.layer.panel.plot.getCurve("selected line") is not None
    along, heights = view.curve.values()
    assert along[-1] <= view.network.lines[number].length_um
    assert 15 < numpy.median(heights) < 30
    assert f"Line {number}: dislocation image in 12 layers" in view.curve.title.text()


def test_a_click_in_a_view_selects_the_line_that_is_nearest(opened, lines_file, app):
    view = opened(lines_file)
    view.tabs.setCurrentWidget(view.projections)
    app.processEvents()
    for number in (2, 0):
        _, row, column = view._loaded.lines.path(number)[20]
        plot = view.projections.plots[2, 1]
        click = {"event": "mouseClicked", "button": "left", "x": column, "y": row}
        plot.sigPlotSignal.emit(click)
        assert view.table.selected() == number
    plot.sigPlotSignal.emit({**click, "x": column + 4.0, "y": 18.0})
    assert view.table.selected() == 0


def test_the_three_views_are_on_one_scale_and_hold_the_volume(opened, lines_file, app, wait):
    view = opened(lines_file)
    view.tabs.setCurrentWidget(view.projections)
    for _ in range(5):
        app.processEvents()
    scales = []
    for (x, y), plot in view.projections.plots.items():
        for axis, limits, side in (
            (x, plot.getXAxis().getLimits(), plot.getPlotBoundsInPixels()[2]),
            (y, plot.getYAxis().getLimits(), plot.getPlotBoundsInPixels()[3]),
        ):
            low, high = view.network.bounds_um[:, axis]
            assert limits[0] < low < high < limits[1]
            scales.append((limits[1] - limits[0]) / side)
    numpy.testing.assert_allclose(scales, scales[0], rtol=0.02)
    assert view.projections.plots[2, 1].getYAxis().isInverted()
    assert not view.projections.plots[2, 0].getYAxis().isInverted()


def test_every_scheme_colours_every_line(opened, drawn_file):
    view = opened(drawn_file)
    plot = view.projections.plots[2, 1]
    for place, scheme in enumerate(SCHEMES):
        view.legend.choice.setCurrentIndex(place)
        assert view.legend.scheme == scheme
        curves = [one for one in plot.getAllCurves() if one.getLegend().startswith("color")]
        pieces = sum(numpy.isfinite(curve.getData()[0]).sum() // 2 for curve in curves)
        assert pieces == view._loaded.lines.joined.sum()
        assert view.legend.bar.isVisible() == (scheme in ("layer", "length", "score"))
    assert "in layer" in view.legend.names.text()
    assert "unknown" in view.legend.names.text()


def test_colours_stand_for_what_the_legend_says():
    network = drawn_network()
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


def test_lines_from_elsewhere_are_shown_without_images(opened, drawn_file):
    view = opened(drawn_file)
    assert view.table.rowCount() == 4
    assert cells(view, 1) == ["through", "through", "in layer", "unknown"]
    assert cells(view, 6) == ["0", "0", "-", "-"]
    assert "tells none" in view.note.text()
    assert "tells none" in view.layer.pictures.text
    assert not view.layer.isEnabled()
    view.select_line(2)
    assert "cannot be shown" in view.curve.text
    assert "Nothing was compared" in view.comparison.text


def test_lines_are_shown_where_their_volume_is_gone(opened, make_volume, folder):
    volume, path = folder / "gone.h5", folder / "left.h5"
    make_volume(volume)
    reconstruct_file(volume, SPACING, path, ReconstructionOptions())
    volume.unlink()
    view = opened(path)
    assert view.table.rowCount() == 3
    assert "Images are not shown" in view.note.text()
    assert "gone.h5" in view.note.toolTip()


def test_a_volume_without_lines(opened, make_volume, folder):
    volume, path = make_volume(folder / "plain.h5", lines=()), folder / "none.h5"
    reconstruct_file(volume, SPACING, path, ReconstructionOptions())
    view = opened(path)
    assert "No line was found" in view.lines.text
    assert not view.lines.has_content()
    assert view.note.text().startswith("No line was found.")
    assert view.layer.pictures.has_content()
    for place in range(len(SCHEMES)):
        view.legend.choice.setCurrentIndex(place)


def test_the_comparison_is_shown_beside_chance(opened, compared_file):
    view = opened(compared_file)
    panel = view.comparison
    view.tabs.setCurrentWidget(panel)
    assert panel.has_content()
    assert panel.sentence.text().startswith("F1 at 1 µm is 1.00")
    rows = {panel.table.item(row, 0).text(): row for row in range(panel.table.rowCount())}
    found, chance = (
        float(panel.table.item(rows["F1 at 1 um"], column).text()) for column in (1, 2)
    )
    assert found == 1
    assert 0 <= chance < 0.8
    counts = panel.plot.getHistogram("distances").getValueData()
    assert counts[0] == counts.sum() > 100
    assert view.reference.isVisible()
    curve = view.projections.plots[2, 1].getCurve("reference")
    assert curve.isVisible()
    view.reference.setChecked(False)
    assert not view.projections.plots[2, 1].getCurve("reference").isVisible()


def test_voxels_of_a_reference_are_dots(opened, volume_file, folder):
    mask = numpy.zeros((12, 96, 96), bool)
    mask[:, 30, 40] = True
    numpy.save(folder / "mask.npy", mask)
    path = folder / "masked.h5"
    given = {"reference": str(folder / "mask.npy")}
    reconstruct_file(volume_file, SPACING, path, ReconstructionOptions(), **given)
    view = opened(path)
    x, y = view.projections.plots[2, 1].getCurve("reference").getData()[:2]
    numpy.testing.assert_allclose(x, 4.0)
    numpy.testing.assert_allclose(y, 6.0)
    assert view.comparison.has_content()


@pytest.mark.parametrize(
    ("found", "chance", "ratio", "words"),
    [
        (0.9, 0.1, 9.0, "9 times that of random shifts (0.10): the lines lie where"),
        (0.3, 0.1, 3.0, "more than chance, but not clearly"),
        (0.11, 0.1, 1.1, "no better than chance"),
        (0.5, 0.0, None, "no point so near"),
        (0.5, None, None, "chance cannot be told"),
        (None, None, None, "no distance can be told"),
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


def test_missing_layers_are_empty_in_the_3d_view(make_volume, folder):
    volume = make_volume(folder / "gap.h5", failed=(4, 5))
    field = read_field(open_stack(volume, SPACING))
    assert len(field.values) == 12
    assert not field.values[4:6].any()
    assert field.values[6].max() > 15


def test_reading_the_field_is_cancelled(volume_file):
    stack = open_stack(volume_file, SPACING)
    with pytest.raises(OperationCancelled):
        read_field(stack, monitor=Monitor(cancelled=lambda: True))


def test_the_distance_of_layers_comes_from_the_motor(volume_file, make_volume, folder):
    assert layer_distance_um(str(volume_file)) == 1.0
    assert layer_distance_um(str(make_volume(folder / "numbered.h5", motor=""))) is None
    with pytest.raises(DarfixWBError):
        layer_distance_um(str(folder / "drawn.h5"))


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


def test_a_reconstruction_tells_how_it_was_made(compared_file, lines_file, volume_file):
    loaded = load(str(compared_file))
    assert loaded.saved.volume_file == str(volume_file)
    assert loaded.saved.spacing_um == SPACING
    assert loaded.saved.reference == str(lines_file)
    assert loaded.saved.figures["lines"] == 3
    assert not loaded.problems
