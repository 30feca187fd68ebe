"""Methods times splits: all get the same, one that fails does not take the others down."""

import copy
import json
import math

import pytest

from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.evaluation.plots import draw_plots
from darfix_wb.evaluation.protocol import Evaluation
from darfix_wb.evaluation.record import markdown_page, to_dict, write_record
from darfix_wb.evaluation.splits import make_splits
from darfix_wb.evaluation.summary import summarise
from darfix_wb.methods.method import MethodOptions
from darfix_wb.methods.registry import make_method, method_names
from darfix_wb.progress import Monitor


def cells_of(evaluation, method):
    return [cell for cell in evaluation.cells if cell.method == method]


def test_known_errors_give_known_figures(evaluation):
    cells = cells_of(evaluation, "known")
    assert len(cells) == sum(len(split.scored) for split in evaluation.splits)
    for cell in cells:
        assert cell.figures.lit.balanced_accuracy == pytest.approx(0.75)
        assert cell.figures.lit.ece == pytest.approx(0.15, abs=1e-6)
        assert cell.figures.right_at_90 == pytest.approx(0.75)


def test_majority_is_right_half_of_the_time(evaluation):
    cells = cells_of(evaluation, "majority")
    assert {cell.figures.lit.balanced_accuracy for cell in cells} == {0.5}
    assert "no-labels" not in {cell.protocol for cell in cells}


def test_one_that_fails_leaves_its_sentence_and_the_others_go_on(evaluation):
    failed = [cell for cell in evaluation.cells if cell.figures is None]
    assert {cell.method for cell in failed} == {"failing"}
    assert {cell.error for cell in failed} == {
        "The crystal must be in the beam, got none. Put it there."
    }
    assert evaluation.finished == list(evaluation.methods)


def test_every_method_is_scored_on_the_same_frames(evaluation):
    scored = [
        [
            (cell.protocol, cell.scan, cell.seed, cell.figures.lit.n_patches)
            for cell in cells_of(evaluation, method)
            if cell.protocol != "no-labels"
        ]
        for method in ("majority", "known", "angle-rule")
    ]
    assert scored[0] == scored[1] == scored[2]


def test_the_answers_thresholds_give_its_prediction_sets(layers, few_splits, known_method):
    known_method.thresholds = (0.95, 0.05)
    evaluation = Evaluation(layers, few_splits, ("known", "angle-rule"))
    evaluation.run()
    for cell in cells_of(evaluation, "known"):
        # It says everything with 90 %: "weak" is not sure enough, "strong" is.
        assert (cell.figures.sets.weak_covered, cell.figures.sets.strong_covered) == (0, 1)
    assert {cell.figures.sets for cell in cells_of(evaluation, "angle-rule")} == {None}


def test_an_unforeseen_error_is_one_sentence_too(layers, few_splits, known_method):
    known_method.scans = []
    evaluation = Evaluation(layers, few_splits, ("known", "angle-rule"))
    evaluation.run()
    assert {cell.error[:13] for cell in cells_of(evaluation, "known")} == {"StopIteration"}
    assert all(cell.figures for cell in cells_of(evaluation, "angle-rule"))


def test_a_method_that_makes_an_image_only_has_figures_of_it(
    layers, splits, known_method, drawing_method, tmp_path
):
    splits = [split for split in splits if split.seed == 0]
    evaluation = Evaluation(layers, splits, ("drawing", "known"))
    evaluation.run()
    cells = cells_of(evaluation, "drawing")
    assert len(cells) == len(cells_of(evaluation, "known"))
    assert {(cell.figures, cell.error, cell.note) for cell in cells} == {
        (None, "", "an image only")
    }
    for cell, other in zip(cells, cells_of(evaluation, "known"), strict=True):
        assert set(cell.image) == set(other.image)
        if cell.image:
            assert cell.image["bright_contrast"] == pytest.approx(2.6, abs=0.3)
    for row in summarise(cells):
        assert (row.n_failed, row.errors) == (0, ())
        assert math.isnan(row.mean["balanced_accuracy"])
        assert math.isnan(row.spread)
        assert row.mean["frame_seconds"] > 0
    json.dumps(to_dict(evaluation), allow_nan=False)
    page = markdown_page(evaluation)
    figures, by_scan, image = [line for line in page.splitlines() if "| drawing" in line][:3]
    *of_patches, _, _ = figures.replace("drawing", "").strip("| ").split("|")
    assert {text.strip() for text in of_patches} == {"-"}
    assert set(by_scan.replace("drawing", "").split()) == {"|", "-"}
    assert image.count(" - ") < 2
    assert "have no figures" not in page
    assert draw_plots(tmp_path, evaluation.cells, evaluation.protocols)


def test_images_alone_have_a_page_without_accuracies(layers, drawing_method, tmp_path):
    evaluation = Evaluation(layers, make_splits(layers, ["no-labels"], [0]).splits, ("drawing",))
    evaluation.run()
    page = markdown_page(evaluation)
    assert "| method  | fit s | ms/frame |" in page
    assert "Balanced accuracy by scan" not in page
    assert "| brightest 1 % over the rest |" in page
    assert draw_plots(tmp_path, evaluation.cells, evaluation.protocols) == []


def test_each_scan_is_prepared_once(layers, splits, known_method):
    Evaluation(layers, splits[:6], ("known",)).run()
    used = [id(patched) for patched in known_method.prepared]
    assert len(used) == len(set(used))


def test_the_seed_of_the_split_reaches_the_method(layers, splits, register, known_method):
    seeds = []
    register("seeded", lambda options: seeds.append(options.seed) or copy.copy(known_method))
    Evaluation(layers, splits[2:4], ("seeded",)).run()
    assert set(seeds) == {0, 1}


def test_same_seed_same_record_apart_from_times(layers, few_splits, known_method):
    records = []
    for _ in range(2):
        evaluation = Evaluation(layers, few_splits, ("majority", "known", "angle-rule"))
        evaluation.run()
        record = to_dict(evaluation)
        del record["date"]
        assert all(cell.pop("times").keys() for cell in record["cells"])
        records.append(json.dumps(record, allow_nan=False, sort_keys=True))
    assert records[0] == records[1]


def test_cancelling_keeps_what_was_done(layers, few_splits, known_method, tmp_path):
    class Stopping(type(known_method)):
        def fit(self, known, **_):
            raise OperationCancelled("Stopped.")

    known_method.__class__ = Stopping
    evaluation = Evaluation(layers, few_splits, ("angle-rule", "known"))
    written = []
    with pytest.raises(OperationCancelled):
        evaluation.run(after_each=lambda: written.append(len(evaluation.cells)))
    assert evaluation.finished == ["angle-rule"]
    assert written == [len(evaluation.cells)]
    write_record(tmp_path / "evaluation.json", evaluation, command="darfix-wb evaluate")
    record = json.loads((tmp_path / "evaluation.json").read_text())
    assert record["finished"] == ["angle-rule"]
    assert len(record["cells"]) == len(evaluation.cells)


def test_progress_goes_from_0_to_1(layers, few_splits, known_method):
    told = []
    Evaluation(layers, few_splits, ("known", "angle-rule")).run(monitor=Monitor(told.append))
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)


def test_an_unknown_method_is_named_before_the_work(layers, few_splits, known_method):
    with pytest.raises(DarfixWBError, match="methods must be some of majority"):
        Evaluation(layers, few_splits, ("known", "guess")).run()
    assert known_method.prepared == []
    assert make_method("majority", MethodOptions()).name == "majority"
    assert method_names()[0] == "majority"
