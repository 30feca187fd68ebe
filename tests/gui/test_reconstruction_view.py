"""The window of a reconstruction, on the lines of small volumes; there is no OpenGL here."""

import time

import h5py
import numpy
import pytest
from silx.gui import qt

from darfix_wb.dislocation_lines.network import LineNetwork
from darfix_wb.dislocation_lines.network_file import read_network, write_network
from darfix_wb.gui.reconstruction import space
from darfix_wb.gui.reconstruction.coloring import SCHEMES
from darfix_wb.gui.reconstruction.view import ReconstructionView
from darfix_wb.reconstruction.files import reconstruct_file
from darfix_wb.reconstruction.options import ReconstructionOptions

SPACING = (1.0, 0.2, 0.1)


@pytest.fixture(autouse=True)
def _no_opengl(monkeypatch):
    """Also where the tests have a screen."""
    monkeypatch.setattr(space, "opengl_problem", lambda monitor: "no screen")


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
def drawn_file(folder, drawn_network):
    """Lines without a volume."""
    path = folder / "drawn.h5"
    write_network(path, drawn_network)
    return path


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
    assert "could not be determined" in view.note.toolTip()


def test_without_opengl_the_layer_is_shown_and_the_tab_says_why(opened, lines_file):
    view = opened(lines_file)
    assert view.tabs.currentWidget() is view.layer
    assert "The 3D view needs OpenGL, which is not available here (no screen)" in view.space.text
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


def test_the_mouse_selects_a_line(opened, lines_file, app):
    view = opened(lines_file)
    view.tabs.setCurrentWidget(view.projections)
    for _ in range(5):
        app.processEvents()
    _, row, column = view._loaded.lines.path(1)[30]
    plot = view.projections.plots[2, 1]
    canvas = plot.getWidgetHandle()
    place = qt.QPointF(*(float(value) for value in plot.dataToPixel(column, row)))
    left = qt.Qt.MouseButton.LeftButton
    for kind in ("MouseMove", "MouseButtonPress", "MouseButtonRelease"):
        event = qt.QMouseEvent(
            getattr(qt.QEvent.Type, kind), place, canvas.mapToGlobal(place), left, left,
            qt.Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        qt.QApplication.sendEvent(canvas, event)
    assert view.table.selected() == 1


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


def test_lines_from_elsewhere_are_shown_without_images(opened, drawn_file):
    view = opened(drawn_file)
    assert view.table.rowCount() == 4
    assert cells(view, 1) == ["through", "through", "in layer", "-"]
    assert cells(view, 6) == ["0", "0", "-", "-"]
    assert "names none" in view.note.text()
    assert "names none" in view.layer.pictures.text
    assert not view.layer.isEnabled()
    view.select_line(2)
    assert "cannot be shown" in view.curve.text
    assert "Nothing was compared" in view.comparison.text


def test_lines_without_layers_are_in_none(opened, drawn_network, folder):
    path = folder / "placeless.h5"
    write_network(path, LineNetwork(drawn_network.lines[2:3], drawn_network.bounds_um))
    view = opened(path)
    assert cells(view, 3) == ["-"]
    view.select_line(0)
    assert view.projections.plots[2, 1].getCurve("selected line") is not None


def test_lines_are_shown_where_their_volume_is_gone(opened, make_volume, folder):
    volume, path = folder / "gone.h5", folder / "left.h5"
    make_volume(volume)
    reconstruct_file(volume, SPACING, path, ReconstructionOptions())
    volume.unlink()
    view = opened(path)
    assert view.table.rowCount() == 3
    assert "Images are not shown" in view.note.text()
    assert "gone.h5" in view.note.toolTip()


def test_images_of_a_volume_that_has_changed_are_not_shown(opened, make_volume, folder):
    volume, path = folder / "grows.h5", folder / "first.h5"
    make_volume(volume, failed=(11,))
    reconstruct_file(volume, SPACING, path, ReconstructionOptions())
    volume.unlink()
    make_volume(volume)
    view = opened(path)
    assert view.table.rowCount() == 3
    assert "grows.h5 has 12" in view.note.toolTip()
    assert not view.layer.isEnabled()


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


def test_the_comparison_is_shown_beside_chance(opened, compared_file, wait):
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
    assert view.layer.panel.plot.getCurve("reference") is None
    view.show_file(str(compared_file))
    wait(lambda: view.is_busy())
    wait(lambda: not view.is_busy())
    assert not view.projections.plots[2, 1].getCurve("reference").isVisible()
    view.reference.setChecked(True)
    assert view.layer.panel.plot.getCurve("reference") is not None


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
