"""The images of an integration: linked, cut by the threshold, and saved."""

import h5py
import numpy
import pytest
from fabio import open as open_image
from silx.gui import qt

from darfix_wb.classification.angle_rule import angle_rule
from darfix_wb.gui.integration.view import PANELS, IntegrationView
from darfix_wb.gui.plots.beam_colors import NEVER_SEEN
from darfix_wb.integration import integrate
from darfix_wb.io.nexus import Axis


@pytest.fixture(scope="module")
def beam_map(patched):
    return angle_rule(patched)


@pytest.fixture(scope="module")
def images(patched, beam_map):
    return integrate(patched, beam_map)


@pytest.fixture
def view(show, images, beam_map, patched):
    view = show(IntegrationView(), 1100, 700)
    view.set_result(images, beam_map, patched.scan)
    for _ in range(3):
        qt.QApplication.processEvents()
    return view


def test_nothing_but_a_sentence_before_there_is_a_result(show):
    view = show(IntegrationView())
    assert not view.has_content()
    assert "Weak-beam classifier" in view.text
    view.set_threshold(3.0)


def test_every_image_is_shown_as_it_is(view, images):
    for name, _ in PANELS:
        numpy.testing.assert_array_equal(view.panels[name].image(), getattr(images, name))


def test_zooming_one_zooms_all_and_whole_images_undoes_it(view):
    plots = [panel.plot for panel in view.panels.values()]
    whole = plots[0].getXAxis().getLimits()
    assert whole[0] <= 0
    assert whole[1] >= 96
    plots[3].setLimits(10, 40, 5, 25)
    for plot in plots:
        assert plot.getXAxis().getLimits() == pytest.approx(plots[3].getXAxis().getLimits())
        assert plot.getYAxis().getLimits() == pytest.approx(plots[3].getYAxis().getLimits())
    plots[0].resetZoom()
    assert plots[5].getXAxis().getLimits() == pytest.approx(whole, abs=1)


def test_pixels_never_seen_have_a_colour_of_their_own(view):
    colormap = view.panels["weak"].plot.getImage("image").getColormap()
    assert colormap.getNaNColor().name() == NEVER_SEEN
    lut = colormap.getNColors(256)[:, :3].astype(int)
    grey = numpy.array(bytearray.fromhex(NEVER_SEEN[1:]), dtype=int)
    assert numpy.abs(lut - grey).sum(axis=1).min() > 60


def test_the_weak_images_share_one_scale(view):
    ranges = {
        view.panels[name].plot.getImage("image").getColormap().getVRange()
        for name in ("weak", "weak_low", "weak_high")
    }
    assert len(ranges) == 1


@pytest.mark.parametrize("scale", range(4))
def test_every_colour_scale_shows(view, scale):
    view._scale.setCurrentIndex(scale)
    assert view.grab().width() == 1100


def test_dragging_the_threshold_cuts_the_map(view, images):
    told = []
    view.threshold_changed.connect(told.append)
    marker = view.histogram._marker
    marker.setPosition(2.0, 0)
    marker.sigDragFinished.emit()
    assert told == [2.0]
    shown = view.panels["binary_map"].image()
    numpy.testing.assert_array_equal(shown, numpy.nan_to_num(images.excess) > 2.0)
    assert shown.sum() > images.binary_map.sum()


def test_pixel_positions_are_those_of_the_axes(view, images):
    rows = Axis("y", 10 + 0.5 * numpy.arange(64), "um")
    columns = Axis("x", -3 + 0.25 * numpy.arange(96), "um")
    view.set_result(images, None, None, (rows, columns))
    item = view.panels["weak"].plot.getImage("image")
    assert item.getOrigin() == (-3.125, 9.75)
    assert item.getScale() == (0.25, 0.5)
    assert "axes in µm" in view._legend.text()


def test_saved_to_nexus_and_to_tiff(view, images, tmp_path):
    view._save.save_nexus(str(tmp_path / "weak.h5"))
    with h5py.File(tmp_path / "weak.h5") as file:
        numpy.testing.assert_array_equal(
            file["entry/integration/weak_beam/weak_beam"][()], images.weak
        )
    view._save.save_tiff(str(tmp_path / "scan.tif"))
    weak = open_image(str(tmp_path / "scan_weak_beam.tif")).data
    numpy.testing.assert_array_equal(weak, images.weak)
    binary = open_image(str(tmp_path / "scan_binary_map.tif")).data
    numpy.testing.assert_array_equal(binary == 255, images.binary_map)


def test_a_file_that_exists_is_not_replaced_silently(view, tmp_path):
    failures = []
    view.failed.connect(failures.append)
    (tmp_path / "scan_strong_beam.tif").write_text("mine")
    view._save.save_tiff(str(tmp_path / "scan.tif"))
    assert len(failures) == 1
    assert (tmp_path / "scan_strong_beam.tif").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["scan_strong_beam.tif"]


def test_the_mode_of_the_paper_has_its_own_scale(show, patched, beam_map):
    view = show(IntegrationView())
    images = integrate(patched, beam_map, mode="paper")
    view.set_result(images, beam_map, patched.scan)
    assert view.histogram.threshold == 0.6
    assert "summed" in view._legend.text()


def test_what_is_zoomed_into_is_seen_after_a_resize(view):
    plots = [panel.plot for panel in view.panels.values()]
    plots[2].setLimits(20, 50, 10, 40)
    for size in ((700, 500), (1300, 720), (800, 700), (1100, 700)):
        view.resize(*size)
        for _ in range(4):
            qt.QApplication.processEvents()
        for plot in plots:
            left, right = plot.getXAxis().getLimits()
            assert left <= 21
            assert right >= 49
            assert right - left < 120


def test_another_run_keeps_what_is_zoomed_into(view, images, beam_map, patched):
    plots = [panel.plot for panel in view.panels.values()]
    plots[2].setLimits(20, 50, 10, 40)
    before = plots[0].getXAxis().getLimits()
    view.set_result(None)
    view.set_result(images, beam_map, patched.scan)
    for _ in range(4):
        qt.QApplication.processEvents()
    assert plots[0].getXAxis().getLimits() == pytest.approx(before, abs=1)
