"""Splits: never a frame on both sides, the same for the same seed, what cannot be done is said."""

import dataclasses

import numpy
import pytest

from darfix_wb.beam import AMBIGUOUS, UNLABELLED, BeamCondition
from darfix_wb.errors import DarfixWBError
from darfix_wb.evaluation.picking import PatchDraw, plain_labels
from darfix_wb.evaluation.splits import PROTOCOLS, make_splits

WEAK, STRONG, EMPTY = BeamCondition


def splits_of(scans, *protocols, seeds=range(3), budgets=(4, 8)):
    return make_splits(scans, protocols or list(PROTOCOLS), seeds, budgets=budgets)


def test_no_frame_and_no_patch_is_on_both_sides(layers):
    made = splits_of(layers)
    assert made.notes == ()
    assert {split.protocol for split in made.splits} == {
        "no-labels",
        "leave-layer-out",
        "leave-sample-out",
        "budget-4",
        "budget-8",
    }
    for split in made.splits:
        fitted = {
            (index, frame)
            for index, labels in split.known
            for frame in numpy.flatnonzero(labels.trainable.any(axis=(1, 2)))
        }
        scored = {
            (index, frame) for index, frames in split.scored for frame in numpy.flatnonzero(frames)
        }
        assert scored
        assert not fitted & scored
        assert {layers[index].sample for index, _ in split.scored} == {split.sample}


def test_a_split_with_a_frame_on_both_sides_is_refused(layers):
    split = splits_of(layers, "leave-layer-out").splits[0]
    index, _ = split.known[0]
    everything = ((index, numpy.ones(layers[index].n_frames, dtype=bool)),)
    with pytest.raises(DarfixWBError, match="No frame may be fitted on and scored"):
        dataclasses.replace(split, scored=everything).check_disjoint()


def test_layers_keep_a_gap_of_two_where_there_are_enough(layers):
    made = splits_of(layers, "leave-layer-out").splits
    pairs = {
        (layers[split.known[0][0]].name, layers[index].name)
        for split in made
        for index, _ in split.scored
    }
    assert pairs == {("a0", "a3"), ("a3", "a0"), ("b0", "b1"), ("b1", "b0")}
    notes = {split.sample: split.note for split in made}
    assert "left out between them: 2" in notes["A"]
    assert "left out between them: 0 (2 where" in notes["B"]


def test_scans_of_one_layer_are_never_on_both_sides(make_known):
    scans = [make_known(f"s{i}", layer=layer, seed=i) for i, layer in enumerate((0.0, 0.0, 6.0))]
    for split in splits_of(scans, "leave-layer-out").splits:
        fitted = scans[split.known[0][0]].layer
        assert all(scans[index].layer != fitted for index, _ in split.scored)


def test_one_layer_alone_is_split_at_its_peak(make_known):
    scan = make_known()
    made = splits_of([scan], "leave-layer-out", "leave-sample-out")
    assert "at least two samples" in made.notes[0]
    (_, labels), (_, scored) = made.splits[0].known[0], made.splits[0].scored[0]
    assert numpy.flatnonzero(labels.trainable.any(axis=(1, 2))).max() < 5
    assert numpy.flatnonzero(scored).tolist() == list(range(5, 11))
    assert "same crystal is on both sides" in made.splits[0].note


def test_no_label_of_a_sample_is_used_for_it(layers):
    for split in splits_of(layers, "leave-sample-out").splits:
        assert {layers[index].sample for index, _ in split.known}.isdisjoint({split.sample})
        assert len(split.known) == sum(scan.sample != split.sample for scan in layers)


def test_a_person_labels_three_frames_of_each(make_known):
    scan = make_known()
    labels = plain_labels(scan)
    frames = {
        condition: numpy.flatnonzero((labels.values == condition).any(axis=(1, 2))).tolist()
        for condition in (WEAK, STRONG)
    }
    assert frames[STRONG] == [4, 5, 6]
    assert len(frames[WEAK]) == 3
    assert (labels.values[frames[WEAK]][:, :, 5] == EMPTY).all()
    assert labels.counts()["unlabelled"] == 5 * 24


def test_a_mixed_frame_is_labelled_where_it_is_plain(make_known):
    scan = make_known()
    truth, clear = scan.truth.copy(), scan.clear.copy()
    truth[4:7, 2:, :5] = WEAK
    clear[4:7, 0] = False
    labels = plain_labels(dataclasses.replace(scan, truth=truth, clear=clear))
    assert (labels.values[4:7, 1, :5] == STRONG).all()
    assert not numpy.isin(labels.values[4:7][:, [0, 2, 3], :5], (WEAK, STRONG)).any()


def test_what_is_known_of_a_few_patches_only_is_labelled_there_only(make_known):
    scan = make_known(clear=False)
    truth = numpy.full_like(scan.truth, UNLABELLED)
    truth[[1, 5], 1, 2] = WEAK, STRONG
    truth[3, 1, 2] = AMBIGUOUS
    labels = plain_labels(dataclasses.replace(scan, truth=truth))
    assert labels.counts()["weak"] == labels.counts()["strong"] == 1


def test_budgets_are_nested_seeded_and_stratified(layers):
    draw = PatchDraw(layers[0], 8, seed=4)
    small, large = draw.labels(4), draw.labels(8)
    assert small.counts()["weak"] == small.counts()["strong"] == 2
    assert large.counts()["weak"] == large.counts()["strong"] == 4
    said = small.trainable
    assert (large.values[said] == small.values[said]).all()
    assert (large.values[large.trainable] == layers[0].truth[large.trainable]).all()
    assert PatchDraw(layers[0], 8, seed=4).labels(8).hash == large.hash
    assert PatchDraw(layers[0], 8, seed=5).labels(8).hash != large.hash
    left = layers[0].truth[~draw.frames]
    assert (left == STRONG).any()
    assert (left == WEAK).any()


def test_all_budgets_are_scored_on_the_same_frames(layers):
    by_budget = {}
    for split in splits_of(layers, "budgets").splits:
        scored = [(index, frames.tolist()) for index, frames in split.scored]
        by_budget.setdefault(split.protocol, []).append((split.sample, split.seed, scored))
    assert by_budget["budget-4"] == by_budget["budget-8"]


def test_a_budget_beyond_the_patches_is_left_out_and_said(make_known):
    made = splits_of([make_known()], "budgets", budgets=(8, 1000))
    assert {split.protocol for split in made.splits} == {"budget-8"}
    assert "A budget of 1000 needs" in made.notes[0]


def test_a_scan_without_strong_frames_is_said(make_known):
    scan = make_known()
    weak = dataclasses.replace(scan, truth=numpy.where(scan.truth == STRONG, WEAK, scan.truth))
    with pytest.raises(DarfixWBError, match="a frame of scan to label strong"):
        splits_of([weak], "leave-layer-out")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"protocols": ["leave-it"]}, "protocols must be some of"),
        ({"protocols": []}, "got none"),
        ({"budgets": [7]}, "even number"),
        ({"seeds": []}, "at least one seed"),
    ],
)
def test_what_cannot_be_asked_for(layers, change, said):
    asked = {"protocols": ["budgets"], "seeds": [0], "budgets": [4], **change}
    with pytest.raises(DarfixWBError, match=said):
        make_splits(layers, **asked)
