"""The known faults of the published method, which ours must not have: one test each.

The method is that of arXiv 2509.05017; ``paper`` below is its published post-processing, which is
offered for comparison.
"""

from __future__ import annotations

import json

import numpy
import pytest
import safetensors
import torch

from darfix_wb.beam import BeamCondition, BeamMap
from darfix_wb.classification.network import classify
from darfix_wb.extraction import extract
from darfix_wb.integration import integrate
from darfix_wb.integration.background import paper_post_processing
from darfix_wb.labels import LabelMap
from darfix_wb.metrics import CONFUSION_COLUMNS, CONFUSION_ROWS, evaluate
from darfix_wb.model import BeamModel
from darfix_wb.normalization import Background
from darfix_wb.patches import PatchGrid
from darfix_wb.scan import RockingScan
from darfix_wb.training.options import FitOptions
from darfix_wb.training.trained_model import train_model

WEAK, STRONG, EMPTY = BeamCondition
PATCH_SIZE = 16
LABELS = {"weak": [0, 1, 9, 10], "strong": [4, 5, 6]}


@pytest.fixture(scope="module")
def labelled(scan):
    """A scan and its labels, given frame by frame as in the publication."""
    patched = extract(scan, patch_size=PATCH_SIZE)
    unlabelled = LabelMap.unlabelled(scan.n_frames, patched.grid)
    return patched, unlabelled.with_frames(LABELS, empty=patched.empty)


@pytest.fixture(scope="module", params=["lcnn", "lcnn-paper"])
def trained(request, labelled):
    """A model and the history of its training."""
    torch.set_num_threads(2)
    return train_model([labelled], FitOptions(request.param, n_epochs=4, device="cpu"))


def certain(conditions):
    """Probability one for each condition."""
    return numpy.eye(3)[numpy.asarray(conditions, dtype=int)]


def test_1_a_zero_pixel_spoils_nothing(trained, scan):
    """Published: log(0) makes every value of the stack NaN, and every patch "weak"."""
    model, _ = trained
    background = Background(100.0, 4.0)
    usual = model.predict(scan.frames, background=background, device="cpu").probabilities
    dead = scan.frames.copy()
    dead[5, 20, 20] = 0
    found = model.predict(dead, background=background, device="cpu").probabilities
    assert numpy.isfinite(found).all()
    touched = numpy.zeros(found.shape[:3], dtype=bool)
    touched[5, 1, 1] = True
    numpy.testing.assert_array_equal(found[~touched], usual[~touched])
    numpy.testing.assert_allclose(found[touched], usual[touched], atol=0.2)
    patched = extract(RockingScan(dead, scan.angles), patch_size=PATCH_SIZE)
    assert numpy.isfinite(patched.curves).all()
    assert patched.background.level == pytest.approx(100, abs=1)


def test_2_labels_depend_on_no_other_frame(trained, scan, tmp_path):
    """Published: training, test and inference are each scaled by their own mean and deviation."""
    model, _ = trained
    model.save(tmp_path / "model.safetensors")
    model = BeamModel.load(tmp_path / "model.safetensors")
    background = Background(100.0, 4.0)
    together = model.predict(scan.frames, background=background, device="cpu").probabilities
    for chosen in ([5], [0, 10], [3, 4, 5, 6, 7]):
        alone = model.predict(
            scan.frames[chosen], background=background, device="cpu"
        ).probabilities
        numpy.testing.assert_array_equal(alone, together[chosen])
    brighter = scan.frames.copy()
    brighter[1:] *= 3
    beside = model.predict(brighter, background=background, device="cpu").probabilities
    numpy.testing.assert_array_equal(beside[0], together[0])
    with safetensors.safe_open(tmp_path / "model.safetensors", framework="pt") as file:
        scaling = json.loads(file.metadata()["darfix_wb"])["normalization"]
    if model.scaling.per_patch:
        assert scaling == {"kind": "asinh-patch"}
    else:
        assert scaling == {
            "kind": "log-constants",
            "mean": model.scaling.mean,
            "std": model.scaling.std,
        }
        assert scaling["mean"] > 1
        assert scaling["std"] > 0.1


def test_3_empty_patches_have_a_class_of_their_own_and_no_score(labelled, trained):
    """Published: patches without crystal or beam are labelled weak in one frame, strong in the
    next, and are counted."""
    patched, labels = labelled
    assert patched.empty[:, -1].all()
    in_labelled_frames = labels.values[[0, 1, 4, 5, 6, 9, 10]]
    assert (in_labelled_frames[..., -1] == EMPTY).all()
    assert not (in_labelled_frames[..., :-1] == EMPTY).any()
    model, history = trained
    assert (classify(patched, model, device="cpu").condition()[..., -1] == EMPTY).all()
    split = history.split["training"]["patches"]
    assert split["weak"] + split["strong"] > 0
    assert history.validation["n_patches"] == 2 * 4 * 5  # one weak, one strong frame, lit part
    truth = numpy.array([WEAK, STRONG, STRONG] + [EMPTY] * 1000)
    for called in BeamCondition:
        predicted = [WEAK, STRONG, WEAK] + [called] * 1000
        scores = evaluate(certain(predicted), truth)
        assert (scores.n_patches, scores.balanced_accuracy) == (3, 0.75)


def test_4_no_frame_is_trained_and_tested_on(trained):
    """Published: patches of one frame are drawn at random into training and test."""
    _, history = trained
    training, validation = (
        history.split[side]["frames"]["0"] for side in ("training", "validation")
    )
    assert set(training).isdisjoint(validation)
    assert sorted(training + validation) == [0, 1, 4, 5, 6, 9, 10]
    assert set(validation) & set(LABELS["weak"])
    assert set(validation) & set(LABELS["strong"])


def test_5_the_confusion_matrix_names_what_it_counts():
    """Published: weak and strong change places in the figure. Read rightly it says that weak is
    found in 257 of 257 patches and strong in 76 of 111: a balanced accuracy of 84.2 %."""
    truth = [WEAK] * 257 + [STRONG] * 111
    predicted = [WEAK] * 257 + [STRONG] * 76 + [WEAK] * 35
    scores = evaluate(certain(predicted), numpy.array(truth))
    table = {
        (row, column): count
        for row, counts in zip(CONFUSION_ROWS, scores.confusion, strict=True)
        for column, count in zip(CONFUSION_COLUMNS, counts, strict=True)
    }
    assert table["weak", "weak"] == 257
    assert table["strong", "strong"] == 76
    assert table["strong", "weak"] == 35
    assert table["weak", "strong"] == 0
    assert round(100 * scores.balanced_accuracy, 1) == 84.2


def test_6_no_row_is_cropped(make_scan, trained):
    """Published: 2160 is no multiple of 64, and 48 rows are cut off."""
    grid = PatchGrid((2160, 2560), 64)
    assert grid.shape == (34, 40)
    frame = numpy.zeros(grid.frame_shape, dtype=numpy.uint16)
    frame[-1] = 480
    assert (grid.means(frame)[-1] == 10).all()  # the last patches have 48 rows of their own
    assert (grid.means(frame)[:-1] == 0).all()
    assert (grid.stitch(numpy.arange(34 * 40).reshape(34, 40))[-1] >= 33 * 40).all()
    model, _ = trained
    patched = extract(make_scan(shape=(60, 96)), patch_size=PATCH_SIZE)
    images = integrate(patched, classify(patched, model, device="cpu"))
    seen = (images.weak_count + images.strong_count)[:, :80]
    assert seen.shape == (60, 80)
    assert (seen[48:] > 0).mean() == pytest.approx((seen[:48] > 0).mean(), abs=0.05)


def test_7_dim_images_are_normalised_and_finite():
    """Published: the image is divided by its 98th percentile, which is 0 where at most 2 % of the
    pixels are lit; it is then added as it is."""
    dim = numpy.zeros((100, 100))
    dim[40:43, 40:45] = 700.0
    assert numpy.percentile(dim, 98) == 0
    processed = paper_post_processing(dim)
    assert processed.max() == 1
    assert processed[0, 0] == 0
    numpy.testing.assert_allclose(paper_post_processing(dim * 1e-3), processed)
    assert (paper_post_processing(numpy.zeros((4, 4))) == 0).all()
    frames = numpy.full((3, 64, 64), 100, dtype=numpy.uint16)
    frames += numpy.random.default_rng(0).integers(0, 9, frames.shape, dtype=numpy.uint16)
    frames[1, 30:33, 30:33] += 500
    patched = extract(RockingScan(frames, [0, 1, 2]), patch_size=PATCH_SIZE)
    for conditions in ([WEAK, WEAK, WEAK], [STRONG, STRONG, STRONG]):
        probabilities = certain(conditions)[:, None, None] * numpy.ones((1, 4, 4, 1))
        beam_map = BeamMap(probabilities.astype("float32"), patched.grid)
        for mode in ("default", "paper"):
            images = integrate(patched, beam_map, mode=mode)
            lit = images.binary_map[30:33, 30:33]
            assert lit.all() == (conditions[0] == WEAK)
            assert images.binary_map.sum() == lit.sum()
            if mode == "paper":
                assert numpy.isfinite(images.weak).all()


def test_8_no_edges_of_patches_are_seen():
    """Published: the patches' borders stand out in the images and were called artefacts."""
    rng = numpy.random.default_rng(0)
    level = 30 + 40 * numpy.exp(-0.5 * ((numpy.arange(15) - 7) / 3) ** 2)
    frames = 100 + rng.normal(0, 4, (15, 128, 160)) + level[:, None, None]
    scan = RockingScan(frames.round().astype("uint16"), numpy.arange(15.0))

    def energy_at_the_patch_period(stride, mode):
        """Of the steps between neighbouring pixels, those that fall on borders of patches."""
        patched = extract(scan, patch_size=PATCH_SIZE, stride=stride, dark=100.0)
        # A classifier that is unsure on the flanks: its labels change from patch to patch.
        rows, columns = patched.grid.shape
        share = (numpy.abs(numpy.arange(15) - 7)[:, None, None] - 3) / 4
        weak = numpy.clip(0.5 + 0.25 * share + rng.normal(0, 0.2, (15, rows, columns)), 0, 1)
        probabilities = numpy.stack([weak, 1 - weak, numpy.zeros_like(weak)], axis=-1)
        images = integrate(
            patched, BeamMap(probabilities.astype("float32"), patched.grid), mode=mode
        )
        image = images.weak / numpy.nanmean(images.weak)
        steps = numpy.nanmean(numpy.diff(image, axis=1) ** 2, axis=0)[: 9 * PATCH_SIZE]
        folded = steps.reshape(9, PATCH_SIZE).mean(axis=0)
        return folded[PATCH_SIZE - 1] - numpy.median(folded)

    published = energy_at_the_patch_period(PATCH_SIZE, "paper")
    ours = energy_at_the_patch_period(PATCH_SIZE // 2, "default")
    assert published > 0.001
    assert abs(ours) < 0.02 * published


def test_9_a_score_is_an_overlap_and_no_ratio_of_counts():
    """Published: "77 % agreement" is 4.2 of 5.4 million voxels, a ratio of two counts.

    Volumes are not compared yet; what is compared with a truth are labels. Predictions that have
    as many weak and strong patches as the truth, but elsewhere, have a ratio of counts of 1, and
    must be scored as wrong as they are.
    """
    truth = numpy.array([WEAK] * 50 + [STRONG] * 50)
    elsewhere = truth[::-1]
    assert numpy.count_nonzero(elsewhere == WEAK) / numpy.count_nonzero(truth == WEAK) == 1
    scores = evaluate(certain(elsewhere), truth)
    assert (scores.balanced_accuracy, scores.accuracy, scores.mcc) == (0, 0, -1)
    assert evaluate(certain(truth), truth).balanced_accuracy == 1
    half = numpy.roll(truth, 25)
    assert evaluate(certain(half), truth).balanced_accuracy == 0.5
    assert not [name for name in scores.to_dict() if "agreement" in name or "ratio" in name]
