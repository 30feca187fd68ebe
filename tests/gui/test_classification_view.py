"""Frame, condition map, rocking curve and shares follow each other."""

import dataclasses

import numpy
import pytest

from darfix_wb.beam import AMBIGUOUS, BeamCondition
from darfix_wb.classification.angle_rule import angle_rule
from darfix_wb.gui.classification.share_plot import condition_shares
from darfix_wb.gui.classification.view import ClassificationView
from darfix_wb.gui.plots.condition_colors import condition_rgba


@pytest.fixture(scope="module")
def beam_map(patched):
    return angle_rule(patched)


@pytest.fixture
def view(show, patched, beam_map):
    view = show(ClassificationView(), 1100, 700)
    view.set_result(patched, beam_map)
    return view


def test_a_sentence_before_and_after(show, view):
    assert view.has_content()
    view.set_result(None, None)
    assert not view.has_content()
    view.set_frame(3)
    view.set_threshold(0.9)


def test_the_threshold_makes_patches_ambiguous(view, beam_map):
    told = []
    view.threshold_changed.connect(told.append)
    view.set_threshold(0.99)
    assert told == [0.99]
    numpy.testing.assert_array_equal(view.conditions(), beam_map.condition(0.99))
    assert (view.conditions() == AMBIGUOUS).any()
    view.set_threshold(0.0)
    assert not (view.conditions() == AMBIGUOUS).any()


def test_a_calibrated_method_says_what_is_ambiguous(view, patched, beam_map):
    assert not view.calibrated.isEnabled()
    assert "must have calibrated thresholds" in view.calibrated.toolTip()
    numpy.testing.assert_array_equal(view.conditions(), beam_map.condition(0.7))
    calibrated = dataclasses.replace(beam_map, thresholds=(0.0, 1.0))
    view.set_result(patched, calibrated)
    told = []
    view.calibrated_changed.connect(told.append)
    assert view.calibrated.isEnabled()
    assert not view.threshold.isEnabled()
    assert "95 %" in view.calibrated.toolTip()
    numpy.testing.assert_array_equal(view.conditions(), calibrated.condition(None))
    lit = view.conditions() != BeamCondition.EMPTY
    share = (view.conditions()[lit] == AMBIGUOUS).mean()
    assert 0 < share < 1
    assert view.share.text() == f"{share:.1%} of the lit patches"
    view.set_calibrated(False)
    assert told == [False]
    assert view.threshold.isEnabled()
    numpy.testing.assert_array_equal(view.conditions(), calibrated.condition(0.7))


def test_nothing_lit_has_no_share(view, patched, beam_map):
    empty = numpy.zeros_like(beam_map.probabilities)
    empty[..., BeamCondition.EMPTY] = 1
    view.set_result(patched, dataclasses.replace(beam_map, probabilities=empty))
    assert view.share.text() == "no patch has signal"


def test_the_map_shows_a_row_or_a_column_of_patches_in_all_frames(view):
    view.set_frame(4)
    view.show_patch(2, 3)
    assert view.map.index.value() == 2
    numpy.testing.assert_array_equal(view.map.image(), view.conditions()[:, 2])
    view.map.line.setCurrentIndex(1)
    assert view.map.index.value() == 3
    numpy.testing.assert_array_equal(view.map.image(), view.conditions()[:, :, 3])
    shown = view.map.plot.getImage("conditions").getData()
    numpy.testing.assert_array_equal(shown, condition_rgba(view.conditions()[:, :, 3]))


def test_a_click_in_the_map_goes_to_frame_and_patch(view):
    view.show_patch(1, 1)
    event = {"event": "mouseClicked", "x": 4.3, "y": 7.8, "button": "left"}
    view.map.plot.sigPlotSignal.emit(event)
    assert view.frames.frame == 7
    assert view.curve.title.text() == "Patch at row 1, column 4"
    view.map.plot.sigPlotSignal.emit({**event, "x": 400.0})
    assert view.frames.frame == 7


def test_the_curve_shows_counts_conditions_and_probabilities(view, patched, beam_map):
    view.show_patch(1, 2)
    probability = view.curve.probability_plot.getCurve("weak").getYData()
    numpy.testing.assert_allclose(probability, beam_map.probabilities[:, 1, 2, 0])
    strong = view.curve.plot.getCurve("strong").getYData()
    chosen = view.conditions()[:, 1, 2] == BeamCondition.STRONG
    numpy.testing.assert_allclose(strong, patched.curves[chosen, 1, 2])


def test_the_overlay_follows_the_frame(view):
    view.set_frame(5)
    overlay = view.frames.plot.getImage("conditions").getData()
    numpy.testing.assert_array_equal(overlay, condition_rgba(view.conditions()[5]))


def test_another_frame_moves_the_markers_alone(view, app):
    view.set_frame(2)
    plots = (view.curve.plot, view.curve.probability_plot, view.map.plot, view.shares.plot)
    before = [plot.getItems() for plot in plots]
    view.set_frame(5)
    assert [plot.getItems() for plot in plots] == before
    marked = [plot.getItems()[-1].getPosition() for plot in plots[:2]]
    assert marked == [(view._patched.scan.angles[5], None)] * 2


def test_a_part_that_is_zoomed_into_stays_with_another_result(view, app, patched, beam_map):
    app.processEvents()
    view.frames.plot.setLimits(20, 40, 10, 30)
    before = view.frames.plot.getXAxis().getLimits()
    view.set_result(patched, dataclasses.replace(beam_map, thresholds=(0.0, 1.0)))
    app.processEvents()
    assert view.frames.plot.getXAxis().getLimits() == before


def test_shares_add_up_and_a_click_goes_to_the_frame(view):
    shares = condition_shares(view.conditions())
    numpy.testing.assert_allclose(sum(shares.values()), 1.0)
    strong = view.shares.plot.getCurve("strong").getYData()
    numpy.testing.assert_allclose(strong, 100 * shares[BeamCondition.STRONG])
    event = {"event": "mouseClicked", "x": 0.0395, "y": 50.0, "button": "left"}
    view.shares.plot.sigPlotSignal.emit(event)
    assert view.frames.frame == 10


def test_another_scan_with_fewer_patches(view, make_scan):
    from darfix_wb.extraction import extract

    view.show_patch(3, 5)
    small = extract(make_scan(shape=(32, 48), n_steps=7), patch_size=16)
    view.set_result(small, angle_rule(small))
    assert view.conditions().shape == (7, 2, 3)
    assert view.frames.frame < 7
