"""The lines of a dislocation map: selected in the picture or in the table, and their curves."""

import time
from dataclasses import replace

import numpy
import pytest

from darfix_wb.beam import BeamMap, ClassificationRecord
from darfix_wb.classification.angle_rule import angle_rule
from darfix_wb.gui.integration.line_curve import dark_level, read_line_curve
from darfix_wb.gui.integration.line_overlay import LINE_COLOR, segments
from darfix_wb.gui.integration.lines_panel import NO_LINES
from darfix_wb.gui.integration.pictures import PICTURES
from darfix_wb.gui.integration.view import IntegrationView
from darfix_wb.integration import integrate
from darfix_wb.io.nexus import Axis
from darfix_wb.scan import RockingScan

SLANTED, ACROSS, SPOT = range(3)


@pytest.fixture(scope="module")
def beam_map(patched):
    return angle_rule(patched)


@pytest.fixture(scope="module")
def images(patched, beam_map, make_dislocations):
    warnings = ("Two frames are missing.",)
    return replace(integrate(patched, beam_map), dislocations=make_dislocations(warnings=warnings))


@pytest.fixture
def view(show, settle, images, beam_map, patched):
    view = show(IntegrationView(), 1100, 700)
    view.set_result(images, beam_map, patched.scan)
    settle()
    yield view
    view.stop()


@pytest.fixture
def wait_for_curve(app):
    def wait(view):
        deadline = time.monotonic() + 20
        while view.curve.is_reading():
            assert time.monotonic() < deadline, "no curve arrived"
            app.processEvents()
            time.sleep(0.002)

    return wait


@pytest.fixture
def click(drag, settle):
    """Clicks a place of the picture, ``(row, column)`` in pixels."""

    def click(view, row, column):
        drag(view.picture.plot, (column + 0.5, row + 0.5), (column + 0.5, row + 0.5))
        settle()

    return click


class BrokenFrames:
    """Frames that cannot be read."""

    shape, dtype = (11, 64, 96), numpy.dtype("uint16")

    def __getitem__(self, index):
        raise OSError("the file is gone")


def selected(view):
    item = view.lines.table.currentItem()
    return None if item is None else view.lines.table._line_of(item)


def points(view, legend):
    curve = view.picture.plot.getCurve(legend)
    return None if curve is None else curve.getXData(copy=False)


def texts(table, column):
    return [table.item(row, column).text() for row in range(table.rowCount())]


def test_the_table_lists_the_lines(view):
    table = view.lines.table
    assert texts(table, 0) == ["30", "10", "50"]
    assert texts(table, 2) == ["28", "31", "1"]
    assert texts(table, 5) == ["+0.50", "-0.25", "+0.00"]
    assert view.lines.caption.text() == "3 lines\nTwo frames are missing."


@pytest.mark.parametrize("name", list(PICTURES))
def test_a_click_on_a_line_selects_it_in_any_picture(view, click, wait_for_curve, name):
    view.choose(name)
    click(view, 26, 35)
    assert selected(view) == SLANTED
    assert points(view, "selected line") is not None
    wait_for_curve(view)
    assert view.curve.title.text() == "Line at row 30, column 40"
    assert view.curve.plot.getCurve("line").getXData().size == 11
    assert view.curve.isVisible()


def test_before_a_line_is_selected_the_curve_says_what_to_do(view, wait_for_curve):
    assert not view.curve.has_content()
    assert view.curve.text.startswith("Click a line")
    view.select_line(SLANTED)
    assert view.curve.text == "Line at row 30, column 40: reading its rocking curve…"
    wait_for_curve(view)
    assert view.curve.has_content()
    view.select_line(SPOT)
    assert view.curve.has_content()
    assert view.curve.plot.getAllCurves() == []
    assert "reading" in view.curve.title.text()
    wait_for_curve(view)


def test_a_click_beside_all_lines_changes_nothing(view, click):
    click(view, 10, 20)
    click(view, 60, 80)
    assert selected(view) == ACROSS


def test_a_row_selects_the_line_after_sorting(view, wait_for_curve):
    table = view.lines.table
    table.sortItems(0)
    assert texts(table, 0) == ["10", "30", "50"]
    table.setCurrentCell(1, 3)
    assert selected(view) == SLANTED
    wait_for_curve(view)
    assert view.curve.title.text() == "Line at row 30, column 40"
    table.setCurrentCell(2, 3)
    wait_for_curve(view)
    assert view.curve.title.text() == "Line at row 50, column 20"
    assert points(view, "selected line spot").tolist() == [20.5]
    assert points(view, "selected line") is None
    view.select_line(ACROSS)
    assert table.currentRow() == 0


def test_the_picture_moves_to_a_line_that_is_out_of_view(view, settle):
    view.picture.plot.setLimits(60, 90, 40, 60)
    settle()
    left, right = view.picture.plot.getXAxis().getLimits()
    view.lines.table.setCurrentCell(SPOT, 0)
    settle()
    now = view.picture.plot.getXAxis().getLimits()
    assert now[1] - now[0] == pytest.approx(right - left)
    assert now[0] < 20.5 < now[1]
    low, high = view.picture.plot.getYAxis().getLimits()
    assert low < 50.5 < high


def test_the_picture_stays_where_the_line_is_in_view(view, settle):
    view.picture.plot.setLimits(5, 60, 5, 55)
    settle()
    before = view.picture.plot.getXAxis().getLimits()
    view.select_line(SLANTED)
    settle()
    assert view.picture.plot.getXAxis().getLimits() == before


def test_lines_lie_where_the_axes_put_them(view, images, click):
    rows, columns = Axis("y", 10 + 0.5 * numpy.arange(64)), Axis("x", 0.25 * numpy.arange(96))
    view.set_result(images, None, None, (rows, columns))
    joined = points(view, "centre lines")
    assert numpy.nanmin(joined) == pytest.approx(0.25 * 10)
    assert numpy.nanmax(joined) == pytest.approx(0.25 * 50)


def test_lines_are_shown_and_hidden(view):
    for legend in ("centre lines", "spots"):
        curve = view.picture.plot.getCurve(legend)
        assert curve.isVisible()
        assert curve.getColor() == pytest.approx(
            (*(v / 255 for v in bytes.fromhex(LINE_COLOR[1:])), 1.0)
        )
    view._show_lines.setChecked(False)
    assert not view.picture.plot.getCurve("centre lines").isVisible()
    assert not view.picture.plot.getCurve("spots").isVisible()
    view.select_line(SLANTED)
    assert view.picture.plot.getCurve("selected line").isVisible()


def test_hidden_lines_stay_hidden_in_another_result(view, images):
    view._show_lines.setChecked(False)
    view.set_result(images)
    assert not view.picture.plot.getCurve("centre lines").isVisible()


def test_no_lines_are_said_to_be_none(view, images, make_dislocations, settle):
    none = make_dislocations(found=False, warnings=("The crystal is a mosaic.",))
    view.set_result(replace(images, dislocations=none))
    settle()
    assert view.lines.isVisible()
    assert not view.lines.has_content()
    assert view.lines.text == f"{NO_LINES}\n\nThe crystal is a mosaic."
    assert view.picture.plot.getCurve("centre lines") is None
    assert view.picture.plot.getCurve("selected line") is None
    assert not view.curve.isVisible()
    view.choose("binary_map")
    settle()
    assert view.histogram.isVisible()
    assert not view.curve.isVisible()


def test_another_run_keeps_the_line_that_is_selected(view, images, patched, wait_for_curve):
    view.select_line(SPOT)
    wait_for_curve(view)
    view.set_result(None)
    view.set_result(images, None, patched.scan)
    assert selected(view) == SPOT
    wait_for_curve(view)
    assert view.curve.title.text() == "Line at row 50, column 20"


def test_without_a_scan_the_curve_says_what_it_needs(view, images):
    view.set_result(images)
    view.select_line(SLANTED)
    assert "connect the dataset" in view.curve.text


def test_a_scan_that_cannot_be_read_is_one_sentence(view, images, patched, wait_for_curve):
    told = []
    view.failed.connect(told.append)
    view.set_result(images, None, RockingScan(BrokenFrames(), patched.scan.angles))
    view.select_line(SLANTED)
    wait_for_curve(view)
    assert len(told) == 1
    assert "the file is gone" in told[0]
    assert view.curve.text == "The rocking curve could not be read."
    assert not view.curve.has_content()


def test_only_the_line_selected_last_is_shown(view, wait_for_curve):
    for line in (SLANTED, ACROSS, SPOT, ACROSS):
        view.select_line(line)
    wait_for_curve(view)
    assert view.curve.title.text() == "Line at row 10, column 25"


def test_the_flanks_part_at_the_peak(view, wait_for_curve, patched):
    view.select_line(SLANTED)
    wait_for_curve(view)
    below, above = (view.curve.plot.getCurve(name).getXData() for name in ("WB-", "WB+"))
    peak = view.curve.plot._getMarker("peak").getXPosition()
    assert below.max() < peak <= above.min()
    assert below.size + above.size == 11
    assert abs(peak) < 0.008
    assert view.curve.plot.getGraphYLabel() == "counts above dark"
    assert view.curve.plot.getGraphXLabel() == "phi (degree)"


def test_what_is_nearly_nothing_does_not_flatten_the_curve(view, wait_for_curve, images, patched):
    frames = numpy.full((11, 64, 96), 100.0)
    frames[5] += 1000
    frames[0] += 1e-6
    view.set_result(images, None, RockingScan(frames, patched.scan.angles), dark=100.0)
    view.select_line(SLANTED)
    wait_for_curve(view)
    low, high = view.curve.plot.getYAxis().getLimits()
    assert high / low == pytest.approx(1.5**2)
    assert low < 1000 < high
    view.curve.log.setChecked(False)
    low, high = view.curve.plot.getYAxis().getLimits()
    assert low <= 0
    assert high >= 1000


# --- The curve itself ------------------------------------------------------------------------


def bright_line_scan(make_dislocations):
    """Known counts on the line across, around it, and in a pixel of it that is invalid."""
    lines = make_dislocations().lines
    heights = numpy.array([1.0, 2, 3, 30, 100, 40, 4, 3, 2])
    frames = numpy.full((9, 64, 96), 100.0)
    frames[:, 7:14, 7:44] += heights[:, None, None]
    frames[:, 0:5, 10:41] += 0.5
    frames[:, 10, 20] = 60000
    angles = numpy.linspace(-0.4, 0.4, 9)
    invalid = numpy.zeros((64, 96), dtype=bool)
    invalid[10, 20] = True
    return RockingScan(frames, angles, "phi", "degree"), lines, heights, invalid


def test_the_curve_is_the_mean_above_dark_of_the_pixels_near_the_line(make_dislocations):
    scan, lines, heights, invalid = bright_line_scan(make_dislocations)
    curve = read_line_curve(scan, lines, ACROSS, dark=100.0, invalid=invalid)
    numpy.testing.assert_allclose(curve.counts, heights)
    numpy.testing.assert_array_equal(curve.angles, scan.angles)
    assert (curve.around >= 0).all()
    assert (curve.around < 1).all()
    assert curve.above_dark
    weights = heights - 1
    weights[weights <= 0.2 * 99] = 0
    assert curve.peak == pytest.approx((weights * scan.angles).sum() / weights.sum())


def test_a_dark_image_is_taken_where_the_line_is(make_dislocations):
    scan, lines, heights, invalid = bright_line_scan(make_dislocations)
    dark = numpy.full((64, 96), 7.0)
    dark[7:14, 7:44] = 100
    curve = read_line_curve(scan, lines, ACROSS, dark=dark, invalid=invalid)
    numpy.testing.assert_allclose(curve.counts, heights)


def test_without_a_dark_level_counts_are_as_recorded(make_dislocations):
    scan, lines, heights, invalid = bright_line_scan(make_dislocations)
    curve = read_line_curve(scan, lines, ACROSS, invalid=invalid)
    numpy.testing.assert_allclose(curve.counts, heights + 100)
    assert not curve.above_dark
    assert abs(curve.peak) < 0.05


def test_of_several_curves_the_one_with_the_highest_peak_is_read(make_dislocations):
    scan, lines, heights, invalid = bright_line_scan(make_dislocations)
    frames = numpy.concatenate([100 + 0.2 * (scan.frames - 100), scan.frames])
    angles = numpy.tile(scan.angles, 2)
    curves = (numpy.arange(9), 9 + numpy.arange(9))
    both = RockingScan(frames, angles, "phi", "degree", curves=curves).leave_out({9: "black"})
    curve = read_line_curve(both, lines, ACROSS, dark=100.0, invalid=invalid)
    numpy.testing.assert_allclose(curve.counts, heights[1:])
    numpy.testing.assert_array_equal(curve.angles, scan.angles[1:])


def test_a_line_of_invalid_pixels_has_no_counts(make_dislocations):
    scan, lines, *_ = bright_line_scan(make_dislocations)
    curve = read_line_curve(scan, lines, SPOT, dark=100.0, invalid=numpy.ones((64, 96), dtype=bool))
    assert numpy.isnan(curve.counts).all()
    assert numpy.isnan(curve.around).all()
    assert numpy.isnan(curve.peak)


def test_such_a_curve_can_be_shown(view, images, patched, wait_for_curve):
    nothing = replace(images, invalid=numpy.ones((64, 96), dtype=bool))
    view.set_result(nothing, None, patched.scan, dark=100.0)
    view.select_line(SPOT)
    wait_for_curve(view)
    assert view.curve.text == "Line at row 50, column 20: all of its pixels are invalid."
    assert not view.curve.has_content()


def test_a_curve_without_a_peak_has_no_flanks(view, images, patched, wait_for_curve):
    level = RockingScan(numpy.full((11, 64, 96), 105.0), patched.scan.angles)
    view.set_result(images, None, level, dark=100.0)
    view.select_line(SLANTED)
    wait_for_curve(view)
    assert view.curve.plot.getCurve("line").getYData().tolist() == [5.0] * 11
    assert view.curve.plot.getCurve("WB+") is None
    assert view.curve.plot._getMarker("peak") is None


@pytest.mark.parametrize(
    ("recorded", "of_scan", "expected"),
    [(99.5, None, 99.5), (99.5, 3.0, 99.5), ("an image of mean 100 counts", 3.0, 3.0),
     (None, 3.0, 3.0), (None, None, None)],
)  # fmt: skip
def test_the_dark_level_is_that_of_the_classification(patched, recorded, of_scan, expected):
    dark = None if of_scan is None else numpy.full((64, 96), of_scan)
    scan = replace(patched.scan, dark=dark)
    record = None if recorded is None else ClassificationRecord(recorded, "", 4.0, "phi")
    probabilities = numpy.full((11, *patched.grid.shape, 3), 1 / 3, dtype="float32")
    level = dark_level(BeamMap(probabilities, patched.grid, record=record), scan)
    assert level is None if expected is None else numpy.all(level == expected)


def test_every_pixel_of_a_centre_line_is_joined_or_stands_alone(make_dislocations):
    index_map = make_dislocations().lines.index_map
    pixels = numpy.argwhere(index_map >= 0)
    joined, alone = segments(index_map, pixels)
    ends = joined[~numpy.isnan(joined[:, 0])]
    seen = {*map(tuple, ends.astype(int)), *map(tuple, alone)}
    assert seen == set(map(tuple, pixels))
    assert alone.tolist() == [[50, 20]]
    steps = numpy.abs(joined[1::3] - joined[0::3])
    assert steps.max() == 1


def test_lines_that_touch_are_not_joined():
    index_map = numpy.array([[0, 0, 1, 1]], dtype="int32")
    joined, alone = segments(index_map, numpy.argwhere(index_map >= 0))
    assert joined[:, 1].tolist()[0:2] == [0.0, 1.0]
    assert len(joined) == 6
    assert len(alone) == 0
