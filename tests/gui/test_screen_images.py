"""Large frames: what is drawn, held and hidden of them."""

import numpy
import pytest
from silx.gui import qt
from silx.gui.colors import Colormap
from silx.gui.plot import PlotWidget

from darfix_wb.gui.plots.frame_view import FrameView
from darfix_wb.gui.plots.grid_lines import LEAST_CELL_PX
from darfix_wb.gui.plots.markers import mark
from darfix_wb.gui.plots.patch_cells import PatchCells
from darfix_wb.gui.plots.screen_image import show_cells, show_image
from darfix_wb.gui.plots.screen_window import block_means, some_pixels, window_of
from darfix_wb.patches import PatchGrid
from darfix_wb.scan import RockingScan

SHAPE = (1203, 1501)
"""Larger than any plot of the tests, and no multiple of a block."""


@pytest.fixture(scope="module")
def large():
    """Three frames of noise with a square of 40 px at the row 800 and the column 300."""
    frames = numpy.random.default_rng(0).poisson(100, (3, *SHAPE)).astype("uint16")
    frames[:, 800:840, 300:340] = 5000
    return RockingScan(frames, [0.0, 1.0, 2.0], "phi", "degree")


@pytest.fixture
def frames(show, large):
    view = show(FrameView(), 700, 500)
    view.set_scan(large)
    view.set_grid(PatchGrid(SHAPE, 32, 16))
    return show(view, 700, 500)


@pytest.fixture
def plot(show):
    plot = PlotWidget()
    plot.setKeepDataAspectRatio(True)
    return show(plot, 400, 300)


def grey_at(plot, x, y):
    """Grey that is seen at a place of a plot."""
    place = plot.dataToPixel(x, y)
    picture = plot.getWidgetHandle().grab().toImage()
    return qt.QColor(picture.pixel(*(int(value) for value in place))).lightness()


def test_the_grid_is_drawn_only_where_its_cells_are_wide_enough(frames, app):
    assert not frames.grid_lines.are_shown()
    width = frames.plot.getPlotBoundsInPixels()[2]
    for px, shown in ((LEAST_CELL_PX + 1, True), (LEAST_CELL_PX - 1, False)):
        seen = 16 * width / px
        frames.plot.setLimits(400, 400 + seen, 300, 300 + seen / 4)
        app.processEvents()
        assert frames.grid_lines.are_shown() == shown
    frames.plot.setLimits(400, 420, 300, 320)
    assert frames.grid_lines.are_shown()
    frames.reset_zoom()
    assert not frames.grid_lines.are_shown()


def test_a_larger_window_has_room_for_the_grid(show, patched, settle):
    view = show(FrameView(), 260, 200)
    view.set_scan(patched.scan)
    view.set_grid(PatchGrid(patched.grid.frame_shape, 8, 4))
    settle()
    assert not view.grid_lines.are_shown()
    view.resize(1400, 1000)
    settle()
    assert view.grid_lines.are_shown()


def test_the_frame_is_held_once_and_drawn_as_large_as_the_screen(frames, large, app):
    item = frames.plot.getImage("frame")
    assert numpy.shares_memory(item.getData(copy=False), large.frames)
    width, height = frames.plot.getPlotBoundsInPixels()[2:]
    rows, columns = item.drawn.shape
    assert rows * columns < 4 * width * height < SHAPE[0] * SHAPE[1]
    frames.plot.setLimits(280, 320, 790, 820)
    app.processEvents()
    assert item.drawn.block == (1, 1)
    assert item.drawn.shape[0] * item.drawn.shape[1] < 100 * 100
    frames.reset_zoom()
    app.processEvents()
    assert item.drawn.shape == (rows, columns)


def test_what_is_drawn_is_in_its_place_from_near_and_from_far(frames, app):
    for limits in (None, (200, 500, 700, 900), (330, 350, 830, 850)):
        if limits is None:
            frames.reset_zoom()
        else:
            frames.plot.setLimits(*limits)
        app.processEvents()
        margin = 12 if limits is None else 2
        assert grey_at(frames.plot, 340 - margin, 840 - margin) > 240
        assert grey_at(frames.plot, 340 + margin, 840 - margin) < 200
        assert grey_at(frames.plot, 340 - margin, 840 + margin) < 200


@pytest.mark.parametrize("scale", [(1.0, 1.0), (-0.5, 0.25), (0.02, -0.01)])
def test_every_part_that_is_seen_is_drawn(plot, scale):
    rng, origin = numpy.random.default_rng(1), (-3.0, 7.0)
    ends = [
        (start, start + side * step)
        for start, side, step in zip(origin, SHAPE[::-1], scale, strict=True)
    ]
    for _ in range(20):
        plot.setLimits(*(place for end in ends for place in sorted(rng.uniform(*sorted(end), 2))))
        window = window_of(plot, SHAPE, origin, scale)
        limits = plot.getYAxis().getLimits(), plot.getXAxis().getLimits()
        for axis in range(2):
            start, step = origin[1 - axis], scale[1 - axis]
            begin, end = sorted((limit - start) / step for limit in limits[axis])
            assert window.first[axis] <= max(begin, 0)
            assert window.last[axis] >= min(end, SHAPE[axis])
            assert window.first[axis] % window.block[axis] == 0
    plot.setLimits(1e6, 2e6, 1e6, 2e6)
    assert window_of(plot, SHAPE, origin, scale) is None


@pytest.mark.parametrize("block", [(1, 1), (2, 2), (3, 5), (40, 1)])
@pytest.mark.parametrize("missing", [False, True])
def test_blocks_hold_the_mean_of_what_is_known(block, missing):
    image = numpy.random.default_rng(2).normal(5, 1, (31, 22)).astype("float32")
    if missing:
        image[3:9, 4:15] = image[0, 0] = numpy.nan
    means = block_means(image, block)
    for (row, column), mean in numpy.ndenumerate(means):
        rows, columns = (
            slice(n * b, (n + 1) * b) for n, b in zip((row, column), block, strict=True)
        )
        own = image[rows, columns]
        own = own[numpy.isfinite(own)]
        assert mean == pytest.approx(own.mean() if own.size else numpy.nan, rel=1e-5, nan_ok=True)


def test_cells_are_spread_where_their_patches_are(plot, app):
    grid = PatchGrid((90, 130), 16, 11)
    cells = PatchCells(grid)
    rgba = numpy.random.default_rng(3).integers(0, 256, (*grid.shape, 4), dtype="uint8")
    item = show_cells(plot, rgba, cells, "cells")
    for limits in ((0, 130, 0, 90), (20, 45, 60, 75)):
        plot.setLimits(*limits)
        app.processEvents()
        window = item.drawn
        assert window.block == (1, 1)
        drawn = cells.spread(rgba, places=window.centres())
        numpy.testing.assert_array_equal(drawn, cells.spread(rgba)[window.part])


def test_the_colours_go_by_some_of_the_pixels(plot):
    image = numpy.random.default_rng(4).lognormal(3, 1, SHAPE).astype("float32")
    colormap = Colormap("gray", autoscaleMode=Colormap.PERCENTILE)
    colormap.setAutoscalePercentiles((1.0, 99.8))
    show_image(plot, image, "image", colormap=colormap)
    found = colormap.getColormapRange(plot.getImage("image"))
    assert found == pytest.approx(numpy.percentile(image, (1.0, 99.8)), rel=0.15)
    assert some_pixels(image).size < image.size / 5
    colormap.setAutoscaleMode(Colormap.MINMAX)
    assert colormap.getColormapRange(plot.getImage("image")) == (image.min(), image.max())
    show_image(plot, image + 1000, "image", colormap=colormap)
    colormap.setAutoscaleMode(Colormap.PERCENTILE)
    assert colormap.getColormapRange(plot.getImage("image"))[0] > 1000


@pytest.mark.parametrize("autoscale", [Colormap.MINMAX, Colormap.PERCENTILE])
@pytest.mark.parametrize("shape", [(20, 30), SHAPE])
def test_an_image_that_is_read_only_is_shown(plot, app, errors_in_slots, shape, autoscale):
    image = numpy.full(shape, 50.0, dtype="float32")
    image[: shape[0] // 2] = 1
    image.setflags(write=False)
    colormap = Colormap("gray", normalization="log", autoscaleMode=autoscale)
    show_image(plot, image, legend="image", colormap=colormap)
    plot.resetZoom()
    app.processEvents()
    low, high = (grey_at(plot, shape[1] / 2, shape[0] * part) for part in (0.25, 0.75))
    assert low < high


def test_a_marker_is_moved_not_replaced(plot):
    mark(plot, "here", x=1.5)
    mark(plot, "there", y=2.0)
    before = plot.getItems()
    mark(plot, "here", x=3.5)
    assert plot.getItems() == before
    assert [item.getPosition() for item in before] == [(3.5, None), (None, 2.0)]
