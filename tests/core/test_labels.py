"""Labels of frames and patches, and the split between training and validation."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.beam import AMBIGUOUS, UNLABELLED, BeamCondition
from darfix_wb.errors import DarfixWBError
from darfix_wb.labels import LabelMap, check_classes, split_by_frame
from darfix_wb.patches import PatchGrid

WEAK, STRONG, EMPTY = BeamCondition
GRID = PatchGrid((32, 48), 16)


@pytest.fixture
def blank():
    """Six frames of 2x3 patches."""
    return LabelMap.unlabelled(6, GRID)


def test_whole_frames(blank):
    labels = blank.with_frames({"weak": [0, 5], "strong": [2], "ambiguous": [3]})
    expected = [WEAK, UNLABELLED, STRONG, AMBIGUOUS, UNLABELLED, WEAK]
    numpy.testing.assert_array_equal(labels.values[:, 1, 2], expected)
    assert (labels.values == labels.values[:, :1, :1]).all()
    assert (blank.values == UNLABELLED).all()


def test_patches_without_signal_are_empty_whatever_the_frame(blank):
    empty = numpy.zeros(GRID.shape, dtype=bool)
    empty[1, 2] = True
    labels = blank.with_frames({"weak": [0], "strong": [2]}, empty=empty)
    assert labels.values[0, 1, 2] == labels.values[2, 1, 2] == EMPTY
    assert labels.values[1, 1, 2] == UNLABELLED
    assert labels.counts() == {
        "weak": 5,
        "strong": 5,
        "empty": 2,
        "ambiguous": 0,
        "unlabelled": 24,
    }


def test_single_patches_and_the_last_word(blank):
    labels = blank.with_patches([[3, 0, 1, "weak"], [3, 1, 2, "strong"], (3, 0, 1, "ambiguous")])
    assert labels.values[3, 0, 1] == AMBIGUOUS
    assert labels.values[3, 1, 2] == STRONG
    assert (labels.values != UNLABELLED).sum() == 2


def test_only_known_conditions_are_trained_on(blank):
    labels = blank.with_patches([[0, 0, n, name] for n, name in enumerate(("weak", "ambiguous"))])
    labels = labels.with_patches([[1, 0, 0, "empty"], [1, 0, 1, "strong"]])
    assert labels.trainable.sum() == 3
    assert not labels.trainable[0, 0, 1]


@pytest.mark.parametrize(
    ("frames", "text"),
    [
        ({"weak": [6]}, "one of 0 to 5, got 6. Count"),
        ({"weak": [-1]}, "one of 0 to 5, got -1. Count"),
        ({"dim": [0]}, "must be one of weak, strong.*got 'dim'"),
        ({"weak": [1, 2], "strong": [2]}, "got two for frame 2"),
    ],
)
def test_frame_labels_that_cannot_be(blank, frames, text):
    with pytest.raises(DarfixWBError, match=text):
        blank.with_frames(frames)


@pytest.mark.parametrize(
    ("patch", "text"),
    [
        ([3, 0, "weak"], r"must be \[frame, row, column, condition\]"),
        (3, r"must be \[frame, row, column, condition\], got 3"),
        (["3", 0, 0, "weak"], r"must be \[frame, row, column, condition\]"),
        ([0.5, 0, 0, "weak"], r"must be \[frame, row, column, condition\]"),
        ([6, 0, 0, "weak"], "one of 0 to 5, got 6"),
        ([0, 2, 0, "weak"], "2 rows and 3 columns, got row 2"),
        ([0, 0, -1, "weak"], "2 rows and 3 columns, got row 0, column -1"),
        ([0, 0, 0, "dim"], "must be one of weak, strong"),
    ],
)
def test_patch_labels_that_cannot_be(blank, patch, text):
    with pytest.raises(DarfixWBError, match=text):
        blank.with_patches([patch])


def test_values_that_mean_nothing_are_refused():
    with pytest.raises(DarfixWBError, match=r"among \[0, 1, 2, 3, 255\], got \[7, 9\]"):
        LabelMap(numpy.array([[[0, 7, 9], [1, 2, 3]]]), GRID)


def test_values_of_another_shape_are_refused():
    with pytest.raises(DarfixWBError, match=r"shape \(n_frames, 2, 3\) of their grid, got \(2, 3"):
        LabelMap(numpy.zeros((2, 3)), GRID)


def test_labels_of_another_grid_are_refused_with_both_grids(blank):
    blank.check_fits(6, PatchGrid((32, 48), 16))
    with pytest.raises(DarfixWBError, match=r"patch_size 16, stride 8\), got .*stride 16\. Extr"):
        blank.check_fits(6, PatchGrid((32, 48), 16, 8))
    with pytest.raises(DarfixWBError, match=r"\(5 frames of .*, got labels for 6 frames of"):
        blank.check_fits(5, GRID)


def test_the_hash_tells_labels_and_grids_apart(blank):
    labels = blank.with_patches([[0, 0, 0, "weak"]])
    same = LabelMap(labels.values.astype(int), PatchGrid((32, 48), 16, 16))
    assert labels.hash == same.hash
    assert labels.hash != blank.hash
    other = PatchGrid((31, 48), 16)
    assert blank.hash != LabelMap.unlabelled(6, other).hash


def test_weak_and_strong_may_come_from_different_scans(blank):
    weak, strong = (blank.with_frames({name: [0]}) for name in ("weak", "strong"))
    check_classes([weak, strong])
    with pytest.raises(DarfixWBError, match=r"got only weak\. Label some of the other class"):
        check_classes([weak, weak])
    with pytest.raises(DarfixWBError, match="got only strong"):
        check_classes([strong, blank])
    with pytest.raises(DarfixWBError, match="got neither"):
        check_classes([blank, blank.with_frames({"empty": [1]})])


@pytest.fixture
def many():
    labels = LabelMap.unlabelled(20, GRID)
    return labels.with_frames({"weak": range(8), "strong": range(10, 18), "ambiguous": [19]})


@pytest.mark.parametrize("seed", range(4))
def test_a_frame_is_on_one_side_only(many, seed):
    training, validation = split_by_frame(many, validation_share=0.25, seed=seed)
    is_training = training.trainable.any(axis=(1, 2))
    is_validation = validation.trainable.any(axis=(1, 2))
    assert not (is_training & is_validation).any()
    both = numpy.minimum(training.values, validation.values)
    numpy.testing.assert_array_equal(both, many.values)
    for condition in (WEAK, STRONG):
        assert (validation.values == condition).any(axis=(1, 2)).sum() == 2


def test_the_split_is_drawn_from_the_seed(many):
    first, again = (split_by_frame(many, validation_share=0.25, seed=3)[1].hash for _ in range(2))
    assert first == again
    assert (
        len({split_by_frame(many, validation_share=0.25, seed=seed)[1].hash for seed in range(10)})
        > 3
    )


def test_a_single_frame_of_a_condition_is_trained_on(blank):
    labels = blank.with_frames({"weak": [1], "strong": [2, 3]})
    training, validation = split_by_frame(labels, validation_share=0.5)
    assert (training.values == WEAK).any(axis=(1, 2)).sum() == 1
    assert (training.values == STRONG).any(axis=(1, 2)).sum() == 1
    assert (validation.values == STRONG).any(axis=(1, 2)).sum() == 1
    assert not (validation.values == WEAK).any()


@pytest.mark.parametrize("seed", range(6))
def test_a_stray_label_is_not_all_of_the_validation(blank, seed):
    labels = blank.with_frames({"weak": [0, 1], "strong": [2, 3]})
    labels = labels.with_patches([[5, 0, 0, "strong"]])
    training, validation = split_by_frame(labels, validation_share=0.25, seed=seed)
    assert (validation.values == STRONG).sum() >= 0.25 * 13
    assert (training.values == STRONG).any()


def test_a_map_cannot_be_written_to():
    given = numpy.zeros((2, *GRID.shape), dtype=numpy.uint8)
    labels = LabelMap(given, GRID)
    with pytest.raises(ValueError, match="read-only"):
        labels.values[0] = STRONG
    given[:] = STRONG
    assert (labels.values == WEAK).all()


def test_labels_on_a_finer_grid_keep_their_patches():
    coarse, fine = PatchGrid((64, 96), 16), PatchGrid((64, 96), 16, 8)
    labels = LabelMap.unlabelled(2, coarse).with_patches([[0, 1, 2, "weak"], [1, 3, 5, "strong"]])
    moved = labels.on_grid(fine)
    assert moved.grid == fine
    assert moved.values[0, 2, 4] == BeamCondition.WEAK
    assert moved.values[1, 6, 10] == BeamCondition.STRONG
    assert moved.counts() | {"unlabelled": 0} == labels.counts() | {"unlabelled": 0}
    assert moved.on_grid(coarse).hash == labels.hash
    assert labels.on_grid(coarse) is labels


@pytest.mark.parametrize("grid", [PatchGrid((64, 96), 32), PatchGrid((64, 80), 16)])
def test_labels_do_not_go_on_a_grid_of_other_patches(grid):
    labels = LabelMap.unlabelled(2, PatchGrid((64, 96), 16)).with_frames({"weak": [0]})
    with pytest.raises(DarfixWBError, match="must be made on the grid of the patches"):
        labels.on_grid(grid)
