"""Methods side by side on one scan."""

from __future__ import annotations

from dataclasses import replace

import numpy
import pytest

from darfix_wb.beam import BeamCondition, BeamMap
from darfix_wb.classification.angle_rule import angle_rule
from darfix_wb.comparison.compare import compare
from darfix_wb.comparison.contrast import contrast_range
from darfix_wb.comparison.result import agreement
from darfix_wb.comparison.table import table
from darfix_wb.decomposition.region_finder import automatic_regions
from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.extraction import extract
from darfix_wb.labels import LabelMap
from darfix_wb.methods.method import Answer, MethodOptions
from darfix_wb.methods.networks import GivenMap
from darfix_wb.methods.registry import METHODS, make_methods, with_connected
from darfix_wb.progress import Monitor
from darfix_wb.truth import PatchTruth

WEAK, STRONG, EMPTY = BeamCondition
FRAMES = {"weak": [0, 1, 8, 9, 10], "strong": [4, 5, 6]}


@pytest.fixture(scope="module")
def patched(scan):
    return extract(scan, patch_size=16)


@pytest.fixture(scope="module")
def labels(patched):
    return LabelMap.unlabelled(11, patched.grid).with_frames(FRAMES, empty=patched.empty)


@pytest.fixture(scope="module")
def truth(patched):
    """Weak and strong by the frame, nothing known of the frames between."""
    condition = numpy.full(patched.curves.shape, EMPTY, dtype=numpy.uint8)
    for name, frames in (("weak", [0, 1, 2, 8, 9, 10]), ("strong", [4, 5, 6])):
        condition[frames] = BeamCondition[name.upper()]
    condition[:, patched.empty] = EMPTY
    clear = numpy.isin(numpy.arange(11), [0, 10, 5])[:, None, None] & (condition != EMPTY)
    multiple = numpy.where(condition == STRONG, 0.1, 0.001).astype(numpy.float32)
    return PatchTruth(condition, clear, condition, multiple)


class Says:
    """A method that says one thing of every patch."""

    needs_labels = trains = False

    def __init__(self, name, condition, image=None):
        self.name, self._condition, self._image = name, condition, image

    def prepare(self, patched, *, monitor):
        return patched

    def fit(self, known, *, monitor):
        self.known = known
        return self

    def __call__(self, patched, *, monitor):
        probabilities = numpy.zeros((*patched.curves.shape, 3), dtype="float32")
        probabilities[..., self._condition] = 1
        return Answer(BeamMap(probabilities, patched.grid, method=self.name), self._image, "mm")


class Draws(Says):
    """A method that makes an image and says nothing of the patches."""

    def __init__(self, name, image, unit):
        self.name, self._image, self._unit = name, image, unit

    def __call__(self, patched, *, monitor):
        return Answer(None, self._image, self._unit, "an image only", device="abacus")


class Fails(Says):
    """A method that raises."""

    def __init__(self, name, error):
        self.name, self._error = name, error

    def fit(self, known, *, monitor):
        raise self._error


def test_scores_are_those_of_the_answers(patched, truth):
    done = compare(patched, [Says("dark", WEAK), Says("bright", STRONG)], truth=truth)
    assert done.names == ("dark", "bright")
    for outcome, column in zip(done.outcomes, (WEAK, STRONG), strict=True):
        assert outcome.scores.balanced_accuracy == 0.5
        assert outcome.scores.confusion[column][column] > 0
        assert outcome.clear.n_patches == truth.clear.sum()
        assert outcome.memory >= 0
    n_lit = int((truth.condition != EMPTY).sum())
    assert done.scored_on == f"the truth of {n_lit} lit patches in all frames"
    numpy.testing.assert_array_equal(done.agreement, [[1, 0], [0, 1]])


def test_labelled_frames_are_not_scored_against_the_truth(patched, truth, labels):
    method = Says("dark", WEAK)
    done = compare(patched, [method], labels=labels, truth=truth)
    (part,) = method.known
    assert part[1] is labels
    lit = truth.condition[[2, 3, 7]] != EMPTY
    assert done.outcomes[0].scores.n_patches == lit.sum()
    assert "frames without labels" in done.scored_on


def test_methods_are_fitted_on_some_labels_and_scored_on_others(patched, labels):
    method = Says("dark", WEAK)
    done = compare(
        patched, [method, *make_methods(["frame-threshold"], MethodOptions())], labels=labels
    )
    ((_, training),) = method.known
    scored = labels.trainable & ~training.trainable
    both = numpy.isin(labels.values, (WEAK, STRONG))
    assert training.trainable.any()
    assert done.outcomes[0].scores.n_patches == (scored & both).sum()
    assert done["frame-threshold"].scores.balanced_accuracy == 1
    assert done["frame-threshold"].fitted["counts"] > 0
    assert done["frame-threshold"].clear is None
    assert done.scored_on.startswith("the labels of")


def test_labels_of_one_frame_each_are_all_fitted_on_and_nothing_is_scored(patched):
    few = LabelMap.unlabelled(11, patched.grid).with_frames({"weak": [0], "strong": [5]})
    method = Says("dark", WEAK)
    done = compare(patched, [method], labels=few)
    assert method.known[0][1] is few
    assert done.scored_on == ""
    assert done.outcomes[0].scores is None


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (DarfixWBError("It must hold, got this. Do that."), "It must hold, got this. Do that."),
        (ZeroDivisionError("division by zero\nand more"), "ZeroDivisionError: division by zero"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_a_method_that_fails_does_not_take_the_others_down(patched, truth, error, text):
    done = compare(patched, [Fails("broken", error), Says("dark", WEAK)], truth=truth)
    broken, dark = done.outcomes
    assert broken.error == text
    assert (broken.beam_map, broken.weak_image, broken.scores) == (None, None, None)
    assert dark.scores is not None
    assert numpy.isnan(done.agreement[0]).all()
    assert done.agreement[1, 1] == 1


def test_cancelling_is_no_failure(patched):
    with pytest.raises(OperationCancelled):
        compare(patched, [Fails("asked to stop", OperationCancelled("stopped"))])
    methods = make_methods(["angle-rule"], MethodOptions())
    with pytest.raises(OperationCancelled):
        compare(patched, methods, monitor=Monitor(cancelled=lambda: True))


def test_the_contrast_has_one_scale_whatever_the_unit(patched):
    rng = numpy.random.default_rng(0)
    image = rng.normal(0, 1, patched.scan.frame_shape)
    image[30:34, 40:44] += 20
    one, other = (
        compare(patched, [Says("dark", WEAK, factor * image + 7)]).outcomes[0]
        for factor in (1.0, 1e-4)
    )
    assert one.unit == "mm"
    assert 15 < one.contrast[31, 41] < 25
    numpy.testing.assert_allclose(one.contrast, other.contrast, rtol=0.02, atol=0.02)


@pytest.fixture(scope="module")
def bright(patched):
    """White noise with a bright spot, and a column that was not seen."""
    image = numpy.random.default_rng(0).normal(0, 1, patched.scan.frame_shape)
    image[30:34, 40:44] += 20
    image[:, -1] = numpy.nan
    return image


def test_a_method_that_makes_an_image_only_has_not_failed(patched, truth, labels, bright):
    methods = [Draws("image", bright, "mm"), Says("dark", WEAK), Says("bright", STRONG)]
    for known in ({"truth": truth}, {"labels": labels}, {}):
        done = compare(patched, methods, **known)
        image = done["image"]
        assert (image.error, image.note, image.device) == ("", "an image only", "abacus")
        assert (image.beam_map, image.scores, image.clear) == (None, None, None)
        numpy.testing.assert_allclose(image.weak_image, bright, rtol=1e-6)
        assert numpy.isnan(done.agreement[0]).all()
        assert numpy.isnan(done.agreement[:, 0]).all()
        assert done.agreement[1, 2] == 0
        row, dark, _ = table(done)
        assert (row["agreement"], row["balanced_accuracy"], row["ece"]) == (None, None, None)
        assert (row["error"], dark["agreement"]) == ("", 0)
        assert row["seconds"] > 0


def test_an_image_in_sigma_is_its_own_contrast(patched, bright):
    tilted = bright + numpy.linspace(0, 9, bright.shape[1])
    own, taken_off = compare(
        patched, [Draws("own", tilted, "sigma"), Draws("other", tilted, "mm")]
    ).outcomes
    numpy.testing.assert_array_equal(own.contrast, own.weak_image)
    assert numpy.nanmax(numpy.abs(taken_off.contrast - tilted)) > 3


def test_a_probability_has_the_scale_of_the_others(patched, bright):
    probability = numpy.where(bright > 5, 0.75, 0.0)
    likely = Draws("likely", probability, "probability")
    others = [Draws("one", bright, "sigma"), Draws("other", 0.5 * bright, "sigma")]
    done = compare(patched, [likely, *others])
    alone = compare(patched, others)
    low, high = contrast_range(done.outcomes)
    assert (low, high) == contrast_range(alone.outcomes)
    assert high > 1.5
    numpy.testing.assert_allclose(done["likely"].contrast, high * probability, rtol=1e-6)
    only = compare(patched, [likely])
    assert contrast_range(only.outcomes) == (0, 1)
    numpy.testing.assert_allclose(only["likely"].contrast, probability)


def test_without_an_image_of_its_own_the_frames_are_integrated(patched):
    outcome = compare(patched, [Says("dark", WEAK)]).outcomes[0]
    mean = patched.scan.frames.mean(axis=0) - patched.background.level
    numpy.testing.assert_allclose(outcome.weak_image, mean, rtol=1e-3, atol=0.01)


def test_a_given_classification_is_taken_as_it_is(patched):
    given = angle_rule(patched)
    outcome = compare(patched, [GivenMap(given)]).outcomes[0]
    assert outcome.beam_map is given
    assert outcome.name == "angle-rule"
    other = angle_rule(extract(patched.scan, patch_size=32))
    few = BeamMap(given.probabilities[:3], given.grid)
    for wrong, text in ((other, "on the grid of the patches"), (few, "of the frames to integrate")):
        outcome = compare(patched, [GivenMap(wrong)]).outcomes[0]
        assert text in outcome.error
        assert outcome.beam_map is None


@pytest.mark.parametrize(
    ("method", "asked", "rows"),
    [
        ("lcnn", ["lcnn", "angle-rule"], ["lcnn", "angle-rule"]),
        ("angle-rule", ["pca", "lcnn"], ["pca", "angle-rule"]),
        ("angle-rule", ["lcnn", "angle-rule"], ["angle-rule (connected)", "angle-rule"]),
        ("lcnn-alone", ["lcnn-alone", "lcnn"], ["lcnn-alone", "lcnn-alone (connected)"]),
        ("", ["lcnn"], ["connected"]),
        ("angle-rule", ["pca"], ["pca"]),
    ],
)
def test_a_connected_classification_is_called_what_it_is(patched, method, asked, rows):
    given = replace(angle_rule(patched), method=method)
    methods = with_connected(make_methods(asked, MethodOptions()), given)
    assert [one.name for one in methods] == rows
    connected = [one for one in methods if isinstance(one, GivenMap)]
    assert [one.beam_map is given for one in connected] == [True] * ("lcnn" in asked)


def test_two_methods_of_one_name_are_refused(patched):
    with pytest.raises(DarfixWBError, match="different names, got 'dark' more than once"):
        compare(patched, [Says("dark", WEAK), Says("bright", STRONG), Says("dark", STRONG)])


def test_the_regions_that_gram_schmidt_finds_are_told(patched):
    gso, rule = compare(patched, make_methods(["gso", "angle-rule"], MethodOptions())).outcomes
    assert gso.regions == automatic_regions(patched)
    assert rule.regions is None


def test_progress_only_rises_to_the_end(patched):
    told = []
    compare(
        patched, make_methods(["angle-rule", "lcnn"], MethodOptions()), monitor=Monitor(told.append)
    )
    assert told == sorted(told)
    assert told[-1] == 1


def test_agreement_leaves_empty_patches_out(patched):
    given = angle_rule(patched)
    other = BeamMap(given.probabilities[..., [1, 0, 2]].copy(), given.grid)
    assert agreement([given, other], ~patched.empty)[0, 1] == 0
    assert numpy.isnan(agreement([given], numpy.zeros_like(patched.empty))).all()


def test_networks_say_that_they_need_labels(patched):
    names = [name for name in METHODS if make_methods([name], MethodOptions())[0].needs_labels]
    assert {"frame-threshold", "lcnn-paper"} <= set(names)
    for outcome in compare(patched, make_methods(names, MethodOptions())).outcomes:
        assert "needs labels" in outcome.error


def test_unknown_methods_are_refused():
    with pytest.raises(DarfixWBError, match=r"must be some of lcnn, .*, got 'magic'"):
        make_methods(["lcnn", "magic"], MethodOptions())
    with pytest.raises(DarfixWBError, match="got none"):
        make_methods([], MethodOptions())
