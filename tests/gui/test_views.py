"""Frames, grid, overlay and rocking curve; real mouse events."""

import numpy
import pytest
from silx.gui import qt

from darfix_wb.beam import BeamCondition
from darfix_wb.errors import DarfixWBError
from darfix_wb.gui.plots.condition_colors import condition_rgba
from darfix_wb.gui.plots.curve_view import CurveView
from darfix_wb.gui.plots.frame_view import FrameView
from darfix_wb.gui.plots.image_bar import ImageColorBar
from darfix_wb.scan import RockingScan


@pytest.fixture
def frames(show, patched):
    view = show(FrameView())
    view.set_scan(patched.scan)
    view.set_grid(patched.grid)
    return show(view)


def place_of(view, row, column):
    size = 16
    x, y = view.plot.dataToPixel(column * size + size / 2, row * size + size / 2)
    return qt.QPointF(float(x), float(y))


def mouse(view, kind, place, button=qt.Qt.MouseButton.LeftButton):
    canvas = view.plot.getWidgetHandle()
    event = qt.QMouseEvent(
        getattr(qt.QEvent.Type, kind),
        place,
        canvas.mapToGlobal(place),
        button,
        button,
        qt.Qt.KeyboardModifier.NoModifier,
    )
    qt.QApplication.sendEvent(canvas, event)


def test_the_colour_bar_follows_the_frame_and_the_colours_that_are_chosen(frames):
    bar = frames.findChild(ImageColorBar)
    frames.set_frame(0)
    weak = bar.labels
    frames.set_frame(5)
    assert weak != bar.labels
    assert bar.labels[-1].endswith(" counts")
    frames.plot.getActiveImage().getColormap().setVRange(100, 400)
    assert bar.labels == ("100", "200", "400 counts")
    frames.set_scan(None)
    assert bar.labels == ()


def test_frames_and_angles(frames, patched):
    seen = []
    frames.frame_changed.connect(seen.append)
    frames.set_frame(3)
    assert seen == [3]
    numpy.testing.assert_array_equal(frames.image(), patched.scan.frame(3))
    assert frames.plot.getGraphTitle() == "phi = -0.0160 degree  (frame 3)"
    frames.set_frame(99)
    assert frames.frame == patched.scan.n_frames - 1


def test_click_and_rectangle_while_painting(frames):
    clicks, drags = [], []
    frames.patch_clicked.connect(lambda *patch: clicks.append(patch))
    frames.patches_dragged.connect(lambda *patches: drags.append(patches))
    frames.set_painting(True)
    mouse(frames, "MouseButtonPress", place_of(frames, 1, 2))
    mouse(frames, "MouseButtonRelease", place_of(frames, 1, 2))
    mouse(frames, "MouseButtonPress", place_of(frames, 3, 4))
    mouse(frames, "MouseMove", place_of(frames, 2, 2))
    mouse(frames, "MouseButtonRelease", place_of(frames, 1, 1))
    assert clicks == [(1, 2)]
    assert drags == [(1, 1, 3, 4)]


def test_hovering_tells_the_patch_once(frames, app):
    seen = []
    frames.patch_hovered.connect(lambda *patch: seen.append(patch))
    for shift in (0, 1, 2):
        place = place_of(frames, 2, 3) + qt.QPointF(shift, 0)
        mouse(frames, "MouseMove", place, qt.Qt.MouseButton.NoButton)
        app.processEvents()
    assert seen == [(2, 3)]


def test_overlay_covers_the_patches(frames, patched):
    conditions = numpy.full(patched.grid.shape, BeamCondition.STRONG, dtype=numpy.uint8)
    frames.set_overlay(condition_rgba(conditions))
    overlay = frames.plot.getImage("conditions")
    assert overlay.getData(copy=False).shape == (*patched.grid.shape, 4)
    height, width = patched.grid.frame_shape
    assert overlay.getBounds() == (0, width, 0, height)
    frames.set_overlay(None)
    assert frames.plot.getImage("conditions") is None


def test_a_frame_that_cannot_be_read_is_told(frames, make_scan):
    class Damaged:
        shape, dtype = (3, 16, 16), numpy.dtype("uint16")

        def __getitem__(self, index):
            raise DarfixWBError("Every frame must be readable, and frame 2 is not.")

    frames.set_scan(RockingScan(Damaged(), [0.0, 1.0, 2.0]))
    frames.set_frame(2)
    assert "frame 2 is not" in frames.plot.getGraphTitle()
    assert frames.image() is None
    frames.set_scan(None)
    assert not frames.isEnabled()


def test_rocking_curve_of_a_patch(show, patched):
    view = show(CurveView())
    conditions = numpy.zeros(patched.curves.shape, dtype=numpy.uint8)
    conditions[5] = BeamCondition.STRONG
    view.show_patch(patched.scan, patched.curves, 4, 1, 2, conditions)
    assert view.plot.getXAxis().getLabel() == "phi (degree)"
    x, y, *_ = view.plot.getCurve("strong").getData()
    assert x == [patched.scan.angles[5]]
    assert y == [patched.curves[5, 1, 2]]
    assert not view.probability_plot.isVisible()
    probabilities = numpy.full((*patched.curves.shape, 3), 1 / 3)
    view.show_patch(patched.scan, patched.curves, 4, 1, 2, conditions, probabilities)
    assert view.probability_plot.isVisible()
    view.clear()
    assert not view.plot.getAllCurves()
