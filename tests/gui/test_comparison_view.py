"""Methods side by side: images, a line, a patch, and files; real mouse events."""

import h5py
import numpy
import pytest
from silx.gui import qt

from darfix_wb.beam import BeamCondition
from darfix_wb.comparison.compare import compare
from darfix_wb.comparison.result import Comparison, MethodOutcome
from darfix_wb.extraction import extract
from darfix_wb.gui.comparison.grid import SMALLEST, FailedPanel, best_columns
from darfix_wb.gui.comparison.profile_line import sample_line
from darfix_wb.gui.comparison.verdict_strips import cell_edges
from darfix_wb.gui.comparison.view import ComparisonView
from darfix_wb.io.nexus import Axis
from darfix_wb.methods.method import MethodOptions
from darfix_wb.methods.registry import make_methods


@pytest.fixture
def view(show, make_comparison, patched, settle):
    view = show(ComparisonView(), 1000, 600)
    view.set_dataset(patched.scan)
    view.set_result(make_comparison())
    settle()
    return view


def plots_of(view):
    return [panel.plot for panel in view.images.grid.panels.values()]


# --- Before there is a result --------------------------------------------------------------


def test_sentences_until_there_is_something_to_see(show, patched):
    view = show(ComparisonView())
    assert not view.has_content()
    assert "Connect a dataset" in view.text
    view.set_dataset(patched.scan)
    assert view.has_content()
    assert view.tabs.currentWidget() is view.regions
    assert view.regions.frames.frame == 5
    assert not view.tabs.widget(0).has_content()
    view.set_dataset(None)
    assert not view.has_content()


# --- Images --------------------------------------------------------------------------------


def test_every_image_is_shown_on_one_scale_and_a_failed_method_says_why(view, make_comparison):
    comparison = make_comparison()
    panels = view.images.grid.panels
    assert list(panels) == ["method 0", "method 2", "method 3"]
    for name, panel in panels.items():
        numpy.testing.assert_array_equal(panel.image(), comparison[name].contrast)
    maps = {panel.plot.getImage("image").getColormap().getVRange() for panel in panels.values()}
    assert len(maps) == 1
    (failed,) = view.images.grid.content.findChildren(FailedPanel)
    assert failed.text.text() == comparison["vgg16"].error
    assert view.images._bar.labels[2].endswith("sigma")


def test_each_in_its_own_unit(view, make_comparison):
    view.images.scale.setCurrentIndex(1)
    panels = view.images.grid.panels
    numpy.testing.assert_array_equal(
        panels["method 2"].image(), make_comparison()["method 2"].weak_image
    )
    assert panels["method 2"].title.text() == "method 2 (counts)"
    ranges = [one.plot.getImage("image").getColormap().getVRange() for one in panels.values()]
    assert len(set(ranges)) == 3
    assert not view.images._bar.isVisible()


def test_the_brightest_colour_can_be_chosen(view):
    view.images.high.setValue(7.5)
    for plot in plots_of(view):
        assert plot.getImage("image").getColormap().getVMax() == 7.5


def test_zooming_one_zooms_all(view):
    plots = plots_of(view)
    plots[1].setLimits(10, 40, 5, 25)
    for plot in plots:
        assert plot.getXAxis().getLimits() == pytest.approx(plots[1].getXAxis().getLimits())


def limits_of(plot):
    return (*plot.getXAxis().getLimits(), *plot.getYAxis().getLimits())


def test_what_is_seen_stays_when_the_place_changes(view, make_comparison, settle):
    plots = plots_of(view)
    for zoomed in (False, True):
        if zoomed:
            plots[1].setLimits(20, 50, 10, 40)
            settle()
        for size in ((1000, 600), (700, 500), (1300, 720), (900, 640), (1000, 600)):
            view.resize(*size)
            settle()
            view.images.scale.setCurrentIndex(1 - view.images.scale.currentIndex())
            settle()
            for plot in plots:
                left, right, top, bottom = limits_of(plot)
                shown = (20, 50, 10, 40) if zoomed else (0, 96, 0, 64)
                assert left <= shown[0] + 1
                assert right >= shown[1] - 1
                assert top <= shown[2] + 1
                assert bottom >= shown[3] - 1
                assert right - left < 4 * (shown[1] - shown[0])


def test_another_run_keeps_what_is_zoomed_into(view, make_comparison, settle):
    plots_of(view)[1].setLimits(20, 50, 10, 40)
    before = limits_of(plots_of(view)[0])
    for n in (4, 6):
        view.set_result(make_comparison(n))
        settle()
        assert len(plots_of(view)) == n - 1
        for plot in plots_of(view):
            left, right, top, bottom = limits_of(plot)
            assert (left + right) / 2 == pytest.approx((before[0] + before[1]) / 2, abs=1)
            assert (top + bottom) / 2 == pytest.approx((before[2] + before[3]) / 2, abs=1)
            assert right - left < 80
    view.images.grid.show_whole()
    view.set_result(make_comparison())
    settle()
    assert_whole(plots_of(view), 96, 64)


def assert_whole(plots, width, height):
    for plot in plots:
        left, right, top, bottom = limits_of(plot)
        assert max(left, top) <= 0
        assert right >= width
        assert bottom >= height
        assert left > -width or top > -height


def test_images_of_another_shape_are_shown_whole(view, make_scan, settle):
    plots_of(view)[1].setLimits(20, 50, 10, 40)
    other = extract(make_scan(shape=(96, 64), margin=0), patch_size=16)
    view.set_result(compare(other, make_methods(["angle-rule", "darfix-nstd"], MethodOptions())))
    settle()
    assert_whole(plots_of(view), 64, 96)


def test_a_right_click_goes_back_to_the_whole_images(view, drag, settle):
    plots = plots_of(view)
    drag(plots[1], (20.0, 10.0), (50.0, 40.0))
    settle()
    assert limits_of(plots[2])[1] < 80
    view.resize(1200, 700)
    settle()
    plots[1].getLimitsHistory().pop()
    view.resize(900, 640)
    settle()
    assert_whole(plots, 96, 64)


def test_the_value_under_the_mouse_is_told_for_each_method(view, make_comparison):
    view.images.grid.hovered.emit(20, 30)
    value = make_comparison()["method 3"].contrast[20, 30]
    assert view.images.grid.panels["method 3"].title.text() == f"method 3: {value:.3g}"
    view.images.grid.hovered.emit(0, 0)
    assert view.images.grid.panels["method 3"].title.text() == "method 3: never"


def test_methods_that_make_an_image_only_are_shown_and_have_no_strip(view, with_images, settle):
    view.set_result(with_images)
    settle()
    panels = view.images.grid.panels
    assert list(panels) == ["rule", "matched", "detector"]
    assert view.images.grid.content.findChildren(FailedPanel)[3:] == []
    for name, panel in panels.items():
        numpy.testing.assert_array_equal(panel.image(), with_images[name].contrast)
    assert view.verdicts.strips._names == ("rule",)
    assert view.profiles.plot.getCurve("detector") is not None
    assert panels["matched"].title.text() == "matched"
    assert panels["detector"].title.text() == "detector (probability)"
    colors = panels["detector"].plot.getImage("image").getColormap()
    assert numpy.nanmax(panels["detector"].image()) == pytest.approx(colors.getVMax())
    row, column = numpy.argwhere(with_images["detector"].weak_image == 1)[0].tolist()
    view.images.grid.hovered.emit(row, column)
    assert panels["detector"].title.text() == "detector: 1"
    value = with_images["matched"].contrast[row, column]
    assert panels["matched"].title.text() == f"matched: {value:.3g}"
    view.images.scale.setCurrentIndex(1)
    assert panels["detector"].title.text() == "detector (probability)"
    numpy.testing.assert_array_equal(panels["detector"].image(), with_images["detector"].weak_image)


def test_images_alone_are_shown(view, with_images, settle):
    alone = with_images.outcomes[1:]
    view.set_result(Comparison(with_images.patched, alone, numpy.full((2, 2), numpy.nan)))
    settle()
    assert list(view.images.grid.panels) == ["matched", "detector"]
    assert view.verdicts.strips._names == ()
    view.show_patch(0, 0)
    assert "No accuracy" in view.table.caption.text()


@pytest.mark.parametrize("count", [2, 5, 11])
def test_other_methods_take_the_place(view, make_comparison, settle, count):
    view.set_result(make_comparison(count))
    settle()
    cells = view.images.grid._cells.values()
    assert len(cells) == count
    for cell in cells:
        assert cell.width() >= SMALLEST[0]
        assert cell.height() >= SMALLEST[1]
    assert len({cell.size().height() for cell in cells}) <= 2


def test_all_failed(view, patched, settle):
    failed = tuple(MethodOutcome(name, error="It needs labels.") for name in ("vgg16", "resnet18"))
    view.set_result(Comparison(patched, failed, numpy.full((2, 2), numpy.nan)))
    settle()
    assert len(view.images.grid.content.findChildren(FailedPanel)) >= 2
    assert not view.images._bar.isVisible()
    view.images.grid.show_whole()


def test_columns_by_the_largest_image():
    assert best_columns(2, (600, 300), 1.0, SMALLEST) == 2
    assert best_columns(2, (300, 600), 1.0, SMALLEST) == 1
    assert best_columns(11, (600, 300), 1.0, SMALLEST) == 4
    assert best_columns(1, (100, 100), 1.0, SMALLEST) == 1


# --- A line --------------------------------------------------------------------------------


def test_a_line_drawn_in_one_image_is_on_all_and_gives_profiles(
    view, make_comparison, settle, drag
):
    plots = plots_of(view)
    view.images.draw.setChecked(True)
    drag(plots[1], (20.0, 40.0), (60.0, 10.0))
    settle()
    assert not view.images.draw.isChecked()
    assert plots[1].getInteractiveMode()["mode"] == "zoom"
    start, end = view.images.line.ends
    assert start == pytest.approx((20, 40), abs=1)
    assert end == pytest.approx((60, 10), abs=1)
    for _, _, line in view.images.line._lines:
        assert line.isVisible()
        assert line.getEndPoints()[0] == pytest.approx(start)
    x, y, *_ = view.profiles.plot.getCurve("method 2").getData()
    assert x[-1] == pytest.approx(50, abs=1)
    contrast = make_comparison()["method 2"].contrast
    expected = sample_line(contrast, start[::-1], end[::-1], view.profiles.across.value())[1]
    numpy.testing.assert_allclose(y, expected, atol=1e-6)
    view.profiles.across.setValue(1)
    assert not numpy.allclose(view.profiles.plot.getCurve("method 2").getYData(), expected)


def test_an_end_of_the_line_can_be_dragged(view, settle, drag):
    plot = plots_of(view)[2]
    start, end = view.images.line.ends
    drag(plot, end, (end[0] - 10, end[1] + 12))
    settle()
    assert view.images.line.ends[0] == pytest.approx(start)
    assert view.images.line.ends[1] == pytest.approx((end[0] - 10, end[1] + 12), abs=1)


def test_a_profile_can_be_hidden_and_stays_so(view, make_comparison):
    view.profiles.methods.item(1).setCheckState(qt.Qt.CheckState.Unchecked)
    assert not view.profiles.plot.getCurve("method 2").isVisible()
    view.set_result(make_comparison(5))
    assert not view.profiles.plot.getCurve("method 2").isVisible()
    assert view.profiles.plot.getCurve("method 4").isVisible()


def test_values_along_a_line():
    image = numpy.arange(20.0).reshape(4, 5)
    way, values = sample_line(image, (1.5, 0.5), (1.5, 4.5))
    numpy.testing.assert_allclose(way, [0, 0.25, 0.5, 0.75, 1])
    numpy.testing.assert_allclose(values, [5, 6, 7, 8, 9])
    assert numpy.isnan(sample_line(image, (1.5, -3.0), (1.5, 2.0))[1][0])
    image[1, 2] = 1000
    values = sample_line(image, (1.5, 0.5), (1.5, 4.5), width=3)[1]
    numpy.testing.assert_allclose(values, [5, 6, 12, 8, 9])
    values = sample_line(image, (0.5, 2.5), (3.5, 2.5), width=3)[1]
    numpy.testing.assert_allclose(values, [2, 8, 12, 17])


def test_positions_are_in_the_unit_of_the_axes(view, make_comparison):
    rows = Axis("y", 10 + 0.5 * numpy.arange(64), "um")
    columns = Axis("x", -3 + 0.25 * numpy.arange(96), "um")
    view.set_result(make_comparison(), (rows, columns))
    x = view.profiles.plot.getCurve("method 2").getData()[0]
    assert x[-1] == pytest.approx(0.8 * 96 * 0.25)
    assert "µm" in view.profiles.plot.getGraphXLabel()
    item = plots_of(view)[0].getImage("image")
    assert item.getOrigin() == (-3.125, 9.75)


# --- A patch -------------------------------------------------------------------------------


def test_a_click_shows_what_each_method_says_of_the_patch(view, make_comparison, settle, drag):
    plot = plots_of(view)[1]
    drag(plot, (40.0, 56.0), (40.0, 56.0))
    settle()
    assert view.verdicts.curve.title.text() == "Patch at row 3, column 2"
    strips = view.verdicts.strips
    assert strips._names == ("method 0", "method 2", "method 3")
    expected = make_comparison()["method 3"].beam_map.condition()[:, 3, 2]
    numpy.testing.assert_array_equal(strips._conditions[2], expected)
    for one in plots_of(view):
        (mark,) = [item for item in one.getItems() if item.getName() == "patch"]
        assert mark.getPoints().min(axis=0).tolist() == [32, 48]


def test_strips_are_under_their_angles(view, patched):
    strips = view.verdicts.strips
    middle = strips._pixel_of(patched.scan.angles[1:2])[0]
    condition = view.images._comparison["method 2"].beam_map.condition()[1, 2, 3]
    assert condition == BeamCondition.STRONG
    text = strips.text_at(middle, 1.5 * strips._row_height)
    assert text == "method 2 at -0.032: strong"
    assert strips.text_at(3, 3) == ""
    picture = strips.grab().toImage()
    color = picture.pixelColor(round(middle), round(1.5 * strips._row_height))
    assert color.name().upper() == "#D55E00"


def test_borders_half_way_between_angles():
    numpy.testing.assert_allclose(cell_edges(numpy.array([0.0, 1, 3])), [-0.5, 0.5, 2, 4])
    numpy.testing.assert_allclose(cell_edges(numpy.array([2.0])), [1.5, 2.5])


# --- Regions -------------------------------------------------------------------------------


def test_the_regions_of_gso_are_outlined_in_its_image(view, patched, settle):
    assert "SB" not in view.images._legend.text()
    both = compare(patched, make_methods(["gso", "angle-rule"], MethodOptions()))
    rows = Axis("y", 10 + 0.5 * numpy.arange(64), "um")
    columns = Axis("x", -3 + 0.25 * numpy.arange(96), "um")
    view.set_result(both, (rows, columns))
    settle()
    gso, rule = ({item.getName(): item for item in plot.getItems()} for plot in plots_of(view))
    row, column, height, width = both["gso"].regions.weak_high
    corners = [
        [-3.125 + 0.25 * column, 9.75 + 0.5 * row],
        [-3.125 + 0.25 * (column + width), 9.75 + 0.5 * (row + height)],
    ]
    numpy.testing.assert_allclose(gso["WB+"].getPoints(), corners)
    assert {"SB", "WB-"} <= set(gso)
    assert "SB" not in rule
    assert "gso: " in view.images._legend.text()
    assert "WB+ (high flank)" in view.images._legend.text()


# --- Saving --------------------------------------------------------------------------------


def test_saved_as_nexus_png_and_csv(view, tmp_path, make_comparison):
    said = []
    view.saved.connect(said.append)
    view.failed.connect(said.append)
    view.save.save_nexus(str(tmp_path / "all.h5"))
    with h5py.File(tmp_path / "all.h5") as file:
        numpy.testing.assert_array_equal(
            file["entry/comparison/method 2/weak_beam/weak_beam"][()],
            make_comparison()["method 2"].weak_image,
        )
    assert (tmp_path / "all.png").is_file()
    view.save.save_png(str(tmp_path / "seen.png"))
    assert qt.QImage(str(tmp_path / "seen.png")).width() > 300
    view.save.save_csv(str(tmp_path / "table.csv"))
    assert (tmp_path / "table.csv").read_text() == (tmp_path / "all.csv").read_text()
    assert [text.split()[-1] for text in said] == ["all.h5.", "seen.png.", "table.csv."]


def test_a_file_that_exists_is_not_replaced_silently(view, tmp_path):
    failures = []
    view.failed.connect(failures.append)
    (tmp_path / "all.csv").write_text("mine")
    view.save.save_nexus(str(tmp_path / "all.h5"))
    assert len(failures) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["all.csv"]
