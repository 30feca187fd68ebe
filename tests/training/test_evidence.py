"""What labels say against a model: few frames are few, and plain labels say nothing."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.training.adaptation import FARTHEST_SHIFT, describe, fit_shift
from darfix_wb.training.evidence import ALIKE, MARGIN, JudgedLabels, is_better


def frames_of_patches(n_frames, n_patches):
    return numpy.repeat(numpy.arange(n_frames), n_patches)


def judged(logits, strong, frames):
    return JudgedLabels(
        numpy.asarray(logits, float), numpy.asarray(strong, bool), numpy.asarray(frames)
    )


def sample(rng, *, boundary, n_frames=10, n_patches=12):
    """Frames from far below to far above a boundary, which the model has at 0."""
    frames = frames_of_patches(n_frames, n_patches)
    level = numpy.linspace(-4, 4, n_frames)[frames]
    logits = level + rng.normal(0, 0.7, len(frames))
    return judged(logits, logits > boundary, frames)


def plain(rng, n_strong=3, n_weak=3, n_patches=30):
    """Frames of which a person is sure, and the model as well."""
    frames = frames_of_patches(n_strong + n_weak, n_patches)
    strong = frames < n_strong
    logits = rng.uniform(MARGIN + 0.01, 6, len(frames)) * numpy.where(strong, 1, -1)
    return judged(logits, strong, frames)


def joined(*parts):
    """Several sets of labels, of different frames."""
    frames = [100 * index + part.frames for index, part in enumerate(parts)]
    return judged(
        numpy.concatenate([part.logits for part in parts]),
        numpy.concatenate([part.strong for part in parts]),
        numpy.concatenate(frames),
    )


@pytest.mark.parametrize("seed", range(10))
def test_plain_labels_do_not_move_the_boundary(seed):
    rng = numpy.random.default_rng(seed)
    labels = plain(rng, *rng.integers(1, 8, 2), rng.integers(1, 200))
    assert (labels.n_contradicting, labels.n_telling) == (0, 0)
    assert fit_shift(labels) == 0


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("boundary", [-2.0, -1.0, 1.0, 2.0])
def test_labels_near_the_boundary_move_it_there(seed, boundary):
    """At least a third of the way: the prior and the frame left out hold it back."""
    labels = sample(numpy.random.default_rng(seed), boundary=boundary, n_frames=20)
    way = fit_shift(labels) / -boundary
    assert 1 / 3 < way < 1.2


@pytest.mark.parametrize("seed", range(10))
def test_where_the_model_is_right_the_boundary_stays(seed):
    """However near to it the labels lie, and on whichever side more of them do."""
    labels = sample(numpy.random.default_rng(seed), boundary=0.0)
    assert labels.n_telling > labels.n_contradicting == 0
    assert fit_shift(labels) == 0


@pytest.mark.parametrize("strong", [True, False])
@pytest.mark.parametrize("distance", [0.3, 1.0, 3.0, 8.0])
def test_one_wrong_frame_does_not_move_it(strong, distance):
    """However many patches it has, and however near it lies."""
    rng = numpy.random.default_rng(0)
    n = 500
    logits = numpy.full(n, -distance if strong else distance) + rng.normal(0, 0.1, n)
    wrong = judged(logits, numpy.full(n, strong), numpy.zeros(n, int))
    assert fit_shift(joined(plain(rng), wrong)) == 0
    boundary = -1.0 if strong else 1.0
    right = sample(rng, boundary=boundary)
    assert abs(fit_shift(joined(right, wrong))) <= abs(fit_shift(right)) + 0.4


def test_two_frames_that_disagree_do_not_move_it():
    rng = numpy.random.default_rng(1)
    frames = frames_of_patches(2, 20)
    both = judged(numpy.where(frames, 1.0, -1.0), frames == 0, frames)
    assert fit_shift(joined(plain(rng), both)) == 0


def test_labels_of_one_condition_alone_can_move_it_that_way():
    frames = frames_of_patches(4, 10)
    weak = judged(numpy.full(40, 1.0), numpy.zeros(40, bool), frames)
    assert -3 < fit_shift(weak) <= -1


def test_the_shift_is_bounded():
    frames = frames_of_patches(400, 10)
    far = judged(numpy.full(4000, 50.0), numpy.zeros(4000, bool), frames)
    assert abs(fit_shift(far)) <= FARTHEST_SHIFT


def test_patches_of_a_frame_count_as_few():
    one, many = (
        judged(numpy.zeros(n), numpy.ones(n, bool), numpy.zeros(n, int)) for n in (1, 10_000)
    )
    assert one.weights().sum() == 1
    assert many.weights().sum() == pytest.approx(1 / ALIKE, rel=0.01)


def test_one_strong_patch_does_not_count_as_all_the_weak_ones():
    strong = numpy.arange(101) == 0
    weights = judged(numpy.zeros(101), strong, numpy.arange(101)).weights()
    assert weights[strong].sum() == pytest.approx(weights[~strong].sum()) == 1


def test_better_is_more_than_the_standard_error():
    frames = numpy.array([0, 0, 1, 1, 2, 2])
    assert is_better(numpy.array([1, 0, 1, 0, 0, 0.0]), frames)
    assert not is_better(numpy.array([5, 5, 0, 0, 0, 0.0]), frames)
    assert not is_better(numpy.array([3, 3, 2, 2, -5, -4.0]), frames)
    assert not is_better(numpy.zeros(6), frames)
    assert not is_better(numpy.empty(0), numpy.empty(0, int))


@pytest.mark.parametrize(
    ("moved", "expected"),
    [
        (
            {"shift": 0.4, "changed": 0.012, "labels": 300, "contradicting": 14, "weights": True},
            "The labels moved the boundary by +0.40 (in logits; + for more strong): 1.2% of the "
            "lit patches of these scans are classified differently. 14 of 300 labels contradicted "
            "the "
            "model. Single frames are classified by the trained weights.",
        ),
        (
            {"shift": 0.0, "changed": 0.0, "labels": 9, "contradicting": 2, "weights": False},
            "The boundary stays where it is: 2 of 9 labels contradict the model, too few or in too "
            "few frames to move it. Its weights stay as they are: the trained ones were no better "
            "on the frames kept "
            "aside.",
        ),
        (
            {"shift": 0.0, "changed": 0.0, "labels": 9, "contradicting": 0, "weights": False},
            "The labels agree with the model, whose boundary stays where it is. Its weights stay "
            "as they are: the trained ones were no better on the frames kept aside.",
        ),
        ({"weights": True}, "Single frames are classified by the trained weights."),
    ],
)
def test_what_is_said(moved, expected):
    assert describe(moved) == expected
