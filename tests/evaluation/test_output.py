"""The page, its tables and the plots."""

import dataclasses
import json
import math

import matplotlib.image
import pytest

from darfix_wb.evaluation.figures import SetFigures
from darfix_wb.evaluation.markdown import markdown_table
from darfix_wb.evaluation.plots import draw_plots
from darfix_wb.evaluation.record import markdown_page, to_dict
from darfix_wb.evaluation.tables import protocol_title

PLOTS = {"rocking_index.png", "coverage.png", "reliability.png", "budgets.png"}


@pytest.fixture(scope="module")
def page(evaluation):
    return markdown_page(
        evaluation, notes=["Something was left out."], command="darfix-wb evaluate a.h5"
    )


def rows_of(page, method):
    return [line for line in page.splitlines() if line.startswith(f"| {method} ")]


def test_page_has_a_table_for_each_protocol(page):
    headings = ["No labels", "Leave layer out", "Leave sample out", "4 labelled", "8 labelled"]
    places = [page.index(f"## {heading}") for heading in headings]
    assert places == sorted(places)
    assert "- Something was left out." in page
    assert "`darfix-wb evaluate a.h5`" in page


def test_figures_stand_in_the_rows_of_their_method(page):
    assert "75.0 (75.0 to 75.0)" in rows_of(page, "known")[0]
    assert "50.0 (50.0 to 50.0)" in rows_of(page, "majority")[0]
    assert "75.0 / 75.0" in rows_of(page, "known")[1]


def test_a_method_that_failed_has_its_row_and_its_sentence(page):
    assert set(rows_of(page, "failing")[0].replace("failing", "").split()) == {"|", "-"}
    assert "failing: The crystal must be in the beam" in page
    assert "failing: 6 of 6 cells have no figures" in page


def test_figures_of_images_have_tables(evaluation):
    image = {
        "best_f1": 0.5,
        "leakage": math.nan,
        "lines_found": 0.25,
        "false_lines": 3.0,
        "bright_contrast": 7.125,
    }
    cells = [dataclasses.replace(cell, image=image) for cell in evaluation.cells]
    page = markdown_page(dataclasses.replace(evaluation, cells=cells))
    assert "| best F1 |" in page
    assert "leakage" not in page
    assert "| lines found % | false lines |" in page
    assert [row.split()[3:-1:2] for row in rows_of(page, "known")[2:5]] == [
        ["0.500"],
        ["25.0", "3.0"],
        ["7.12"],
    ]


def test_scans_without_lines_have_a_table_of_what_needs_no_truth(page):
    assert "| brightest 1 % over the rest |" in page
    assert "lines found" not in page


def test_records_hold_the_figures_of_images(evaluation):
    record = json.loads(json.dumps(to_dict(evaluation), allow_nan=False))
    assert [scan["lines"] for scan in record["scans"]] == [None] * len(evaluation.scans)
    images = [cell["image"] for cell in record["cells"] if cell["image"]]
    assert all(set(image) == {"bright_contrast", "block_edges"} for image in images)
    assert any((image["bright_contrast"] or 0) > 1 for image in images)


def with_sets(cells):
    """The cells of "known" with prediction sets."""
    sets = SetFigures(0.125, 0.75, 0.5, 1.0)
    return [
        dataclasses.replace(cell, figures=dataclasses.replace(cell.figures, sets=sets))
        for cell in cells
        if cell.method == "known"
    ]


def test_prediction_sets_have_their_columns(evaluation, page):
    assert "| covered weak / strong % |" not in page
    cells = with_sets(evaluation.cells)
    told = markdown_page(dataclasses.replace(evaluation, cells=cells))
    assert "| ambiguous % | others right % | covered weak / strong % |" in told
    assert [text.strip() for text in rows_of(told, "known")[0].split("|")[-6:-3]] == [
        "12.5",
        "75.0",
        "50.0 / 100.0",
    ]
    record = json.loads(json.dumps(cells[0].to_dict(), allow_nan=False))
    assert record["figures"]["sets"]["ambiguous"] == 0.125


def test_a_star_on_the_curve_says_where_the_sets_decide(evaluation, tmp_path):
    cells = [cell for cell in evaluation.cells if cell.method == "known"]
    pictures = []
    for name, chosen in (("without", cells), ("with", with_sets(cells))):
        draw_plots(tmp_path / name, chosen, evaluation.protocols)
        pictures.append(matplotlib.image.imread(tmp_path / name / "coverage.png"))
    assert pictures[0].shape == pictures[1].shape
    assert (pictures[0] != pictures[1]).any()


def test_a_table_is_aligned():
    table = markdown_table(["method", "n"], [["a", "1"], ["longer", "1000"]]).splitlines()
    assert len({len(line) for line in table}) == 1
    assert table[1] == "| ------ | ---: |"
    assert protocol_title("budget-32") == "32 labelled patches of the new sample"


def test_plots_are_written_for_what_there_is(evaluation, tmp_path):
    files = draw_plots(tmp_path, evaluation.cells, evaluation.protocols)
    assert {file.name for file in files} == PLOTS
    for file in files:
        picture = matplotlib.image.imread(file)
        assert min(picture.shape[:2]) > 400
        assert picture[..., :3].std() > 0.02
    without = [cell for cell in evaluation.cells if cell.protocol == "no-labels"]
    files = draw_plots(tmp_path / "other", without, evaluation.protocols)
    assert {file.name for file in files} == PLOTS - {"budgets.png"}


def test_nothing_done_nothing_drawn(tmp_path):
    assert draw_plots(tmp_path / "none", [], ()) == []
    assert not (tmp_path / "none").exists()
