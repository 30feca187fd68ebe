"""Options that would have no effect are refused: who gives one expects it to do something."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .errors import DarfixWBError


def refuse_unused(names: Iterable[str], reason: str) -> None:
    """Refuse options that were given where they have no effect.

    Parameters
    ----------
    names : iterable of str
        Options that were given, as the user wrote them.
    reason : str
        Why they have none: goes on after "would have none".

    Raises
    ------
    DarfixWBError
        If there is any.

    Examples
    --------
    >>> refuse_unused(["--model"], "with --angle-rule, which takes no network")
    Traceback (most recent call last):
    darfix_wb.errors.DarfixWBError: Every option must have an effect, and --model would have none \
with --angle-rule, which takes no network. Leave --model out.
    """
    given = ", ".join(names)
    if given:
        raise DarfixWBError(
            f"Every option must have an effect, and {given} would have none {reason}. Leave "
            f"{given} out."
        )


def changed(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> list[str]:
    """Names among `defaults` of values that differ from them and are not empty."""
    return [
        name
        for name, default in defaults.items()
        if values[name] != default and values[name] not in (None, "")
    ]


def check_at_least(values: Mapping[str, int | None], least: int) -> None:
    """Refuse whole numbers below a limit.

    Parameters
    ----------
    values : mapping
        Numbers by the option as the user wrote it; None where it was not given.
    least : int
        The lowest that is allowed.

    Raises
    ------
    DarfixWBError
        With the first that is lower.

    Examples
    --------
    >>> check_at_least({"--seeds": 5, "--epochs": None}, 1)
    >>> check_at_least({"--seeds": 0}, 1)
    Traceback (most recent call last):
    darfix_wb.errors.DarfixWBError: --seeds must be at least 1, got 0. Give a larger number.
    """
    for name, value in values.items():
        if value is not None and value < least:
            raise DarfixWBError(
                f"{name} must be at least {least}, got {value}. Give a larger number."
            )
