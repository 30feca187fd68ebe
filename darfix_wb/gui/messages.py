"""Errors as one sentence for the person at the screen."""

from __future__ import annotations

from ..errors import DarfixWBError, OperationCancelled, one_sentence


def original_error(error: BaseException) -> BaseException:
    """The error that a workflow engine wrapped: the innermost cause, or the first of our own."""
    while not isinstance(error, (DarfixWBError, OperationCancelled)):
        inner = error.__cause__ or error.__context__
        if inner is None:
            break
        error = inner
    return error


def was_cancelled(error: BaseException | None) -> bool:
    """Whether the work stopped because it was asked to."""
    return error is not None and isinstance(original_error(error), OperationCancelled)


def sentence_of(error: BaseException) -> str:
    """What to show of an error that a workflow engine may have wrapped."""
    return one_sentence(original_error(error))
