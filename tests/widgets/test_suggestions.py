"""A model shows its opinion and leads to the patches worth labelling."""

import pytest

from darfix_wb.beam import UNLABELLED
from orangecontrib.darfix_wb.widgets.patch_labelling import OWPatchLabelling


@pytest.fixture(scope="module")
def model_file(tmp_path_factory):
    from darfix_wb.model import BeamModel
    from darfix_wb.networks import build_network
    from darfix_wb.normalization import PatchScaling

    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    BeamModel(build_network("lcnn", patch_size=16), 16, PatchScaling()).save(path)
    return str(path)


@pytest.fixture
def widget(make_widget, feed, patched):
    widget = make_widget(OWPatchLabelling)
    feed(widget, patches=patched)
    return widget


def test_without_a_model_nothing_is_suggested(widget):
    bar = widget.view.suggestions
    assert not bar.button.isEnabled()
    bar.next()
    assert not bar.is_busy()


def test_suggestions_lead_to_unlabelled_patches(widget, feed, patched, model_file, wait):
    feed(widget, patches=patched, model_file=model_file)
    view = widget.view
    places = []
    view.suggestions.suggested.connect(lambda *place: places.append(place))
    view.suggestions.button.click()
    wait(lambda: not view.suggestions.is_busy())
    for _ in range(3):
        view.suggestions.button.click()
    assert len(set(places)) == 4
    frame, row, column = places[-1]
    assert view.frames.frame == frame
    assert view.editor.values[frame, row, column] == UNLABELLED
    assert f"row {row}, column {column}: weak 0." in view.suggestions.text.text()
    assert view.curve.probability_plot.isVisibleTo(view)


def test_a_model_for_other_patches_is_told(make_widget, feed, scan, model_file, wait, sentence):
    from darfix_wb.extraction import extract

    widget = make_widget(OWPatchLabelling, model_file=model_file)
    feed(widget, patches=extract(scan, patch_size=32))
    widget.view.suggestions.next()
    wait(lambda: not widget.view.suggestions.is_busy())
    assert "16 px" in sentence(widget)


def test_deleted_while_the_model_is_asked(widget, feed, patched, model_file):
    feed(widget, patches=patched, model_file=model_file)
    widget.view.suggestions.next()
    widget.onDeleteWidget()
    assert not widget.view.suggestions.is_busy()
