"""The pictures of an integration: one large, the others a click away, cut, and saved."""

from dataclasses import replace

import h5py
import numpy
import pytest
from fabio import open as open_image

from darfix_wb.classification.angle_rule import angle_rule
from darfix_wb.gui.integration.pictures import (
    BEAM_PICTURES,
    DISLOCATION_PICTURES,
    PICTURES,
    SHOWN_SIGMA,
    UNLIT,
)
from darfix_wb.gui.integration.view import IntegrationView
from darfix_wb.gui.plots.beam_colors import NEVER_SEEN
from darfix_wb.integration import integrate
from darfix_wb.io.nexus import Axis


@pytest.fixture(scope="module")
def beam_map(patched):
    return angle_rule(patched)


@pytest.fixture(scope="module")
def without(patched, beam_map):
    """Images as earlier versions made them."""
    return integrate(patched, beam_map)


@pytest.fixture(scope="module")
def images(without, make_dislocations):
    return replace(without, dislocations=make_dislocations())


@pytest.fixture
def view(show, settle, images, beam_map, patched):
    view = show(IntegrationView(), 1100, 700)
    view.set_result(images, beam_map, patched.scan)
    settle()
    return view


def click(view, name):
    """The button of a picture, as the user would."""
    view.bar.buttons[name].click()
    return view.picture.panel.image()


def limits(view):
    return (*view.picture.plot.getXAxis().getLimits(), *view.picture.plot.getYAxis().getLimits())


def colormap(view):
    return view.picture.plot.getImage("image").getColormap()


def test_nothing_but_a_sentence_before_there_is_a_result(show):
    view = show(IntegrationView())
    assert not view.has_content()
    assert "Weak-beam classifier" in view.text
    view.set_threshold(3.0)


def test_the_dislocation_image_is_shown_first(view, images):
    assert view.bar.name == "dislocation_image"
    expected = numpy.maximum(images.dislocations.image, 0) / SHOWN_SIGMA
    numpy.testing.assert_allclose(view.picture.panel.image(), expected, rtol=1e-6)
    assert colormap(view).getNormalization() == "arcsinh"
    assert colormap(view).getVMin() == 0
    labels = view.picture.panel.bar.labels
    assert labels[0] == "0"
    assert labels[-1] == "40 sigma"
    assert [float(label) for label in labels[1:-1]] == pytest.approx(
        SHOWN_SIGMA * numpy.sinh(numpy.arange(1, 4) / 4 * numpy.arcsinh(40 / SHOWN_SIGMA)), rel=0.01
    )


def test_noise_alone_stays_dark(view, images, make_dislocations):
    view.set_result(replace(images, dislocations=make_dislocations(found=False)))
    assert view.picture.panel.bar.labels[-1] == "15 sigma"


@pytest.mark.parametrize("picture", BEAM_PICTURES, ids=lambda picture: picture.name)
def test_every_image_of_counts_is_a_click_away_and_shown_as_it_is(view, images, picture):
    shown = click(view, picture.name)
    numpy.testing.assert_array_equal(shown, getattr(images, picture.attribute))
    assert view.picture.panel.title.text() == picture.title
    assert [name for name, one in view.bar.buttons.items() if one.isChecked()] == [picture.name]
    assert view.picture.panel.bar.labels[-1].endswith(picture.unit)


@pytest.mark.parametrize("picture", DISLOCATION_PICTURES, ids=lambda picture: picture.name)
def test_every_image_of_dislocations_is_a_click_away(view, images, picture):
    click(view, "weak")
    shown = click(view, picture.name)
    values = getattr(images.dislocations, picture.attribute)
    factor = SHOWN_SIGMA if picture.unit else 1
    seen = numpy.isfinite(values)
    numpy.testing.assert_allclose(factor * shown[seen], numpy.maximum(values[seen], 0), rtol=1e-6)
    assert numpy.isnan(shown[~seen]).all()
    assert colormap(view).getNaNColor().name() == UNLIT


def test_probability_is_shown_from_0_to_1(view):
    click(view, "line_probability")
    assert view.picture.panel.bar.labels == ("0", "0.25", "0.5", "0.75", "1")


def test_the_pictures_in_sigma_share_one_scale(view):
    ranges = set()
    for picture in DISLOCATION_PICTURES[:3]:
        click(view, picture.name)
        ranges.add(colormap(view).getVRange())
    assert len(ranges) == 1


def test_zoom_stays_when_another_picture_is_chosen(view, settle):
    whole = limits(view)
    assert whole[0] <= 0
    assert whole[1] >= 96
    view.picture.plot.setLimits(10, 40, 5, 25)
    before = limits(view)
    for name in PICTURES:
        click(view, name)
        settle()
        left, right, low, high = limits(view)
        assert left <= 11
        assert right >= 39
        assert low <= 6
        assert high >= 24
        assert right - left < 96
    click(view, "dislocation_image")
    settle()
    assert limits(view) == pytest.approx(before, abs=1)
    view.picture.reset_zoom()
    assert limits(view) == pytest.approx(whole, abs=1)


def test_images_of_earlier_versions_show_the_weak_beam(view, settle, without, beam_map, patched):
    view.choose("line_probability")
    view.set_result(without, beam_map, patched.scan)
    settle()
    assert view.bar.name == "weak"
    numpy.testing.assert_array_equal(view.picture.panel.image(), without.weak)
    assert not view.lines.isVisible()
    assert not view._show_lines.isEnabled()
    for picture in DISLOCATION_PICTURES:
        assert not view.bar.buttons[picture.name].isEnabled()
    for picture in BEAM_PICTURES:
        numpy.testing.assert_array_equal(
            click(view, picture.name), getattr(without, picture.attribute)
        )
    assert view.histogram.isVisible()
    view._show_pixel(3, 5)
    assert view._readout.text().startswith("row 3, column 5:  weak ")


def test_a_picture_that_was_chosen_comes_back(view, without, images):
    click(view, "dislocation_high")
    view.set_result(without)
    assert view.bar.name == "weak"
    view.set_result(images)
    assert view.bar.name == "dislocation_high"


def test_what_is_below_the_mouse(view, images):
    view._show_pixel(20, 30)
    text = view._readout.text()
    assert text.startswith("row 20, column 30:  40 sigma,  probability 0.90,  weak ")
    assert f"({images.weak_count[20, 30]:.3g} frames)" in text
    view._show_pixel(20, 0)
    assert "not lit,  weak" in view._readout.text()


def test_pixels_never_seen_have_a_colour_of_their_own(view):
    click(view, "weak")
    assert colormap(view).getNaNColor().name() == NEVER_SEEN
    lut = colormap(view).getNColors(256)[:, :3].astype(int)
    grey = numpy.array(bytearray.fromhex(NEVER_SEEN[1:]), dtype=int)
    assert numpy.abs(lut - grey).sum(axis=1).min() > 60


def test_the_weak_images_share_one_scale(view):
    ranges = set()
    for name in ("weak", "weak_low", "weak_high"):
        click(view, name)
        ranges.add(colormap(view).getVRange())
    assert len(ranges) == 1


def test_every_colour_scale_shows(view):
    click(view, "weak")
    assert view._scale.isEnabled()
    for text, normalization in (
        ("Square root", "sqrt"), ("Logarithm", "log"), ("arcsinh", "arcsinh"), ("Linear", "linear")
    ):  # fmt: skip
        view._scale.setCurrentText(text)
        assert colormap(view).getNormalization() == normalization
        assert view.grab().width() == 1100
    click(view, "dislocation_image")
    assert not view._scale.isEnabled()
    assert colormap(view).getNormalization() == "arcsinh"


def test_dragging_the_threshold_cuts_the_map(view, images):
    told = []
    before = click(view, "binary_map").sum()
    assert view.histogram.isVisible()
    view.threshold_changed.connect(told.append)
    marker = view.histogram._marker
    marker.setPosition(2.0, 0)
    marker.sigDragFinished.emit()
    assert told == [2.0]
    shown = view.picture.panel.image()
    numpy.testing.assert_array_equal(shown, numpy.nan_to_num(images.excess) > 2.0)
    assert shown.sum() > before
    click(view, "weak")
    numpy.testing.assert_array_equal(click(view, "binary_map"), shown)


def test_the_histogram_is_made_when_it_is_looked_at(view, images):
    assert view.histogram.threshold == images.threshold
    assert not view.histogram.getItems()
    view.set_threshold(2.5)
    assert view.histogram.threshold == 2.5
    click(view, "binary_map")
    assert view.histogram.threshold == 2.5
    counts = view.histogram.getHistogram("pixels").getValueData(copy=False)
    assert counts.sum() > 0.9 * numpy.isfinite(images.excess).sum()


def test_the_threshold_is_dragged_beside_any_picture(view, images):
    view.histogram.threshold_changed.emit(2.0)
    assert view.bar.name == "dislocation_image"
    shown = click(view, "binary_map")
    numpy.testing.assert_array_equal(shown, numpy.nan_to_num(images.excess) > 2.0)


def test_pixel_positions_are_those_of_the_axes(view, images):
    rows = Axis("y", 10 + 0.5 * numpy.arange(64), "um")
    columns = Axis("x", -3 + 0.25 * numpy.arange(96), "um")
    view.set_result(images, None, None, (rows, columns))
    item = view.picture.plot.getImage("image")
    assert item.getOrigin() == (-3.125, 9.75)
    assert item.getScale() == (0.25, 0.5)
    assert view.picture.plot.getXAxis().getLabel() == "column (µm)"
    assert view.picture.plot.getYAxis().getLabel() == "row (µm)"


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
    for name, attribute in (
        ("dislocation_image", "image"),
        ("dislocation_image_low", "low"),
        ("dislocation_image_high", "high"),
        ("line_probability", "probability"),
    ):
        written = open_image(str(tmp_path / f"scan_{name}.tif")).data
        numpy.testing.assert_array_equal(written, getattr(images.dislocations, attribute))


def test_without_dislocations_no_picture_of_them_is_saved(view, without, tmp_path):
    view.set_result(replace(without, invalid=None))
    view._save.save_tiff(str(tmp_path / "scan.tif"))
    names = {path.name for path in tmp_path.iterdir()}
    assert "scan_weak_beam.tif" in names
    assert not [name for name in names if "dislocation" in name or "invalid" in name]


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
    click(view, "binary_map")
    assert view.grab().width() > 0


def test_what_is_zoomed_into_is_seen_after_a_resize(view, settle):
    view.picture.plot.setLimits(20, 50, 10, 40)
    for size in ((700, 500), (1300, 720), (800, 700), (1100, 700)):
        view.resize(*size)
        settle()
        left, right, *_ = limits(view)
        assert left <= 21
        assert right >= 49
        assert right - left < 120


def test_another_run_keeps_what_is_zoomed_into(view, settle, images, beam_map, patched):
    view.picture.plot.setLimits(20, 50, 10, 40)
    before = limits(view)
    view.set_result(None)
    view.set_result(images, beam_map, patched.scan)
    settle()
    assert limits(view) == pytest.approx(before, abs=1)
