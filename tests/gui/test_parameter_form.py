"""Parameters and their controls."""

import ast

import pytest
from silx.gui import qt

from darfix_wb.gui.forms.form import (
    Choice,
    Choices,
    FilePath,
    Flag,
    Integer,
    Number,
    ParameterForm,
    Text,
)

VALUES = {
    "size": 32,
    "stride": None,
    "dark": 101.5,
    "rate": 0.00025,
    "mode": "paper",
    "decode": True,
    "motor": "phi",
    "file": "/data/a.h5",
}


@pytest.fixture
def form(app):
    return ParameterForm(
        [
            Integer("size", "Size", 8, 4096, " px"),
            Integer("stride", "Stride", 1, 4096, none_text="size"),
            Number("dark", "Dark", 0, 1e6, 1, none_text="estimated", step=1),
            Number("rate", "Rate", 0, 1, 6),
            Choice("mode", "Mode", {"default": "Default", "paper": "As published"}),
            Flag("decode", "Decode"),
            Text("motor", "Motor"),
            FilePath("file", "File"),
        ]
    )


def test_values_come_back_as_plain_literals(form):
    form.set_values(VALUES)
    assert form.values() == VALUES
    assert ast.literal_eval(repr(form.values())) == VALUES


def test_none_is_shown_where_it_may_be(form):
    form.set_values({"stride": 5, "dark": 0.0, "motor": "x", "file": "y"})
    assert form.values()["dark"] == 0.0
    form.set_values({"stride": None, "dark": None, "motor": None, "file": None})
    shown = form.values()
    assert [shown[name] for name in ("stride", "dark", "motor", "file")] == [None] * 4
    assert form["stride"].widget.text() == "size"


def test_only_the_user_is_heard(form):
    heard = []
    form.changed.connect(heard.append)
    form.set_values(VALUES)
    assert heard == []
    form["size"].widget.setValue(64)
    form["mode"].widget.setCurrentIndex(0)
    assert heard == ["size", "mode"]


def test_a_choice_keeps_a_value_that_is_not_offered(form):
    form.set_values({"mode": "other"})
    assert form.values()["mode"] == "other"
    form["mode"].set_choices(["a", "b"])
    assert form.values()["mode"] == "other"


def check(control, row, checked):
    state = qt.Qt.CheckState.Checked if checked else qt.Qt.CheckState.Unchecked
    control.widget.item(row).setCheckState(state)


@pytest.fixture
def methods(app):
    return Choices(
        "methods", "Methods", {"lcnn": "LCNN", "pca": "PCA", "gso": "GSO"}, {"pca": "by darfix"}
    )


def test_some_of_several_in_the_order_in_which_they_are_offered(methods):
    heard = []
    methods.changed.connect(lambda: heard.append(methods.value()))
    check(methods, 2, True)
    check(methods, 0, True)
    check(methods, 2, False)
    assert heard == [["gso"], ["lcnn", "gso"], ["lcnn"]]
    assert methods.widget.item(1).toolTip() == "by darfix"


def test_several_are_set_at_once_and_none_is_none_of_them(methods):
    heard = []
    methods.changed.connect(lambda: heard.append(methods.value()))
    methods.set_value(["gso", "pca"])
    methods.set_value(("pca", "gso"))
    methods.set_value(None)
    assert heard == [["pca", "gso"], []]
    assert ast.literal_eval(repr(methods.value())) == []


def test_one_of_several_that_is_not_offered_is_kept(methods):
    methods.set_value(["pca", "other"])
    assert methods.value() == ["pca", "other"]
    check(methods, 3, False)
    assert methods.value() == ["pca"]


def test_several_in_a_form_tell_what_the_user_did_only(methods):
    form, heard = ParameterForm([methods]), []
    form.changed.connect(heard.append)
    form.set_values({"methods": ["pca"]})
    assert form.values() == {"methods": ["pca"]}
    check(methods, 0, True)
    assert heard == ["methods"]
