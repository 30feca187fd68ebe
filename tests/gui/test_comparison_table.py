"""Figures of a comparison: sorted, copied, and what they are held against."""

import pytest
from silx.gui import qt

from darfix_wb.gui.comparison.table import AgreementTable, ComparisonTable


@pytest.fixture
def view(show, make_comparison):
    view = show(ComparisonTable())
    view.set_comparison(make_comparison())
    return view


def texts(table, column):
    return [table.item(row, column).text() for row in range(table.rowCount())]


def test_figures_and_what_they_are_held_against(view):
    table = view.table
    assert texts(table, 0) == ["method 0", "vgg16", "method 2", "method 3"]
    assert texts(table, 2)[0] == "1.000"
    assert texts(table, 2)[1] == "-"
    assert texts(table, 12)[1].endswith("Label some patches.")
    assert "Scored on: the truth" in view.caption.text()
    assert "method 2: binned 4x4" in view.caption.text()
    right = qt.Qt.AlignmentFlag.AlignRight
    assert qt.Qt.AlignmentFlag(table.item(0, 2).textAlignment()) & right


def test_sorted_by_numbers_with_unknown_ones_last(view):
    table = view.table
    for order in (qt.Qt.SortOrder.AscendingOrder, qt.Qt.SortOrder.DescendingOrder):
        table.sortByColumn(9, order)
        seconds = texts(table, 9)
        assert seconds[-1] == "-"
        known = ["< 0.01", "5", "7.5"]
        ascending = order == qt.Qt.SortOrder.AscendingOrder
        assert seconds[:-1] == (known if ascending else known[::-1])


def test_without_labels_only_agreement_is_shown(view, make_comparison):
    view.set_comparison(make_comparison(scored=False))
    assert view.table.isColumnHidden(2)
    assert not view.table.isColumnHidden(1)
    assert "No accuracy" in view.caption.text()


def test_agreement_of_each_with_each(show, make_comparison):
    view = show(AgreementTable())
    comparison = make_comparison()
    view.set_comparison(comparison)
    assert texts(view.table, 1)[:2] == ["1.000", "-"]
    assert texts(view.table, 4)[2] == f"{comparison.agreement[2, 3]:.3f}"
    view.set_comparison(None)
    assert view.table.rowCount() == 0


def test_a_method_that_makes_an_image_only_has_dashes_and_its_times(view, with_images):
    view.set_comparison(with_images)
    table = view.table
    assert texts(table, 0) == ["rule", "matched", "detector"]
    for column in range(1, 8):
        assert texts(table, column)[1:] == ["-", "-"]
    assert texts(table, 2)[0] == "1.000"
    assert texts(table, 9)[1:] == ["3", "4"]
    assert texts(table, 12) == ["", "", ""]


def test_images_only_agree_with_nothing(show, with_images):
    view = show(AgreementTable())
    view.set_comparison(with_images)
    assert texts(view.table, 1) == ["1.000", "-", "-"]
    assert texts(view.table, 3) == ["-", "-", "-"]


def test_copied_as_text(view):
    table = view.table
    assert table.selected_text().splitlines()[1].startswith("method 0\t")
    assert len(table.selected_text().splitlines()) == 5
    table.setRangeSelected(qt.QTableWidgetSelectionRange(2, 0, 3, 1), True)
    table.copy()
    lines = qt.QApplication.clipboard().text().splitlines()
    assert [line.split("\t")[0] for line in lines] == ["Method", "method 2", "method 3"]
    assert all(len(line.split("\t")) == 2 for line in lines)
