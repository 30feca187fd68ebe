"""Errors are one sentence, whatever wraps them."""

import pytest

from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.gui.messages import sentence_of, was_cancelled


def wrapped(error):
    try:
        try:
            raise error
        except Exception as inner:
            raise RuntimeError("Execution failed for task X: ...") from inner
    except RuntimeError as outer:
        return outer


@pytest.mark.parametrize("wrap", [wrapped, lambda error: error])
def test_the_original_error_is_told(wrap):
    assert sentence_of(wrap(DarfixWBError("a must be 1, got 2. Set it."))) == (
        "a must be 1, got 2. Set it."
    )
    assert sentence_of(wrap(ValueError("wrong\nand more"))) == "ValueError: wrong"
    assert sentence_of(wrap(KeyError())) == "KeyError"
    assert was_cancelled(wrap(OperationCancelled("Stopped.")))
    assert not was_cancelled(wrap(ValueError()))
    assert not was_cancelled(None)
