"""What every task has: inputs checked with readable errors, progress and cancellation."""

from __future__ import annotations

import difflib
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, get_args

from ewokscore import TaskWithProgress
from ewokscore.model import BaseInputModel
from pydantic import ConfigDict, PlainValidator, ValidationError
from pydantic_core import PydanticCustomError

from ..errors import DarfixWBError
from ..progress import Monitor, open_bar, write_line

_PLAIN = (str, bytes, bool, int, float, list, tuple, dict)
"""What a person types or saves in a workflow."""

_SHOULD = "Input should "
"""How most messages of pydantic begin."""


class TaskInputs(BaseInputModel):
    """Task inputs; an invalid one is reported in one sentence."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    def __init__(self, **values) -> None:
        self._check_names(values)
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise DarfixWBError(_sentence(error)) from None

    @classmethod
    def _check_names(cls, values: Mapping[str, Any]) -> None:
        """Refuse what a person set and no input takes.

        Datasets and other objects under such a name come by a link that maps all outputs.
        """
        known = list(cls.model_fields)
        for name in values.keys() - known:
            if not isinstance(values[name], _PLAIN):
                continue
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            meant = f"Did you mean {near[0]!r}?" if near else "Leave it out."
            raise DarfixWBError(
                f"The inputs of this task must be among {', '.join(known)}, got {name!r}. {meant}"
            )


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"][:1])
    if first["type"] == "missing":
        return f"The input '{name}' must be given, got nothing. Connect or set it."
    found = first["input"]
    shown = repr(found)
    if len(shown) > 80 or "\n" in shown:
        shown = type(found).__name__
    message = first["msg"]
    found_wrong = f"is not valid: {message}"
    if message.startswith(_SHOULD):
        found_wrong = f"must {message.removeprefix(_SHOULD)}"
    return f"The input '{name}' {found_wrong}, got {shown}. Set or connect another value."


def optional_instance(kind: type | UnionType) -> Any:
    """Annotation of an input that may be missing.

    The canvas connects an output of this type to it; of ``InstanceOf[kind] | None`` it does not
    see the type (ewoksorange 5.0.1).
    """

    def check(value: Any) -> Any:
        if value is not None and not isinstance(value, kind):
            names = " or ".join(one.__name__ for one in get_args(kind) or (kind,))
            message = f"Input should be an instance of {names}"
            raise PydanticCustomError("is_instance_of", message)
        return value

    return Annotated[kind | None, PlainValidator(check)]


class CancellableTask(TaskWithProgress, register=False):
    """A task that reports how far it is and stops soon after `request_stop`."""

    def __init__(self, *args, **kwargs) -> None:
        self._cancel_requested = threading.Event()
        self._on_canvas = kwargs.get("progress") is not None
        super().__init__(*args, **kwargs)

    def execute(self, *args, **kwargs) -> None:
        """Run the task; an error that the user can fix ends with its sentence in a line of its own.

        `ewoks execute` prints the traceback of what is raised here. That of the sentence itself,
        which leads through this package, is left out of it.

        Raises
        ------
        RuntimeError
            As ewokscore raises it, caused by what went wrong.
        """
        try:
            super().execute(*args, **kwargs)
        except RuntimeError as error:
            if not isinstance(error.__cause__, DarfixWBError):
                raise
            sentence = str(error.__cause__)
            where = str(error).removesuffix(sentence).rstrip(": ")
            raise RuntimeError(f"{where}:\n{sentence}") from DarfixWBError(sentence)

    def say_written(self, path: str | os.PathLike, *, beside: Sequence[str] = ()) -> None:
        """Name a file that was written, on the standard error; a window shows it in its own way.

        Parameters
        ----------
        path : str or path-like
            The file.
        beside : sequence of str
            Endings or formats of others that were written with it.
        """
        if not self._on_canvas:
            others = f" ({', '.join(beside)} beside it)" if beside else ""
            write_line(f"Wrote {os.fspath(path)}{others}")

    def _on_stop_requested(self) -> None:
        self._cancel_requested.set()

    if not hasattr(TaskWithProgress, "request_stop"):  # ewokscore 4 and 5.0

        def request_stop(self) -> None:
            """Ask the task to stop, from any thread; it then raises `OperationCancelled`."""
            self._on_stop_requested()

        def cancel(self) -> None:
            """What these versions call."""
            self.request_stop()

    def is_cancelled(self) -> bool:
        """Whether the task was asked to stop."""
        return self._cancel_requested.is_set()

    def monitor(
        self,
        description: str = "",
        *,
        start: float = 0.0,
        stop: float = 1.0,
        on_report: Callable[..., None] | None = None,
        stopped: Callable[[], bool] | None = None,
    ) -> Monitor:
        """The monitor of one step: it shows progress on canvas and terminal and stops on `cancel`.

        Parameters
        ----------
        description : str
            What is done, e.g. ``"Classifying"``; nothing is shown without it.
        start, stop : float
            Part of the whole task that the step takes, between 0 and 1.
        on_report : callable, optional
            Also takes the fraction of the step that is done, and its record.
        stopped : callable, optional
            As in `Monitor`.
        """
        if not description:
            return Monitor(cancelled=self.is_cancelled, stopped=stopped)
        bar = open_bar(description)

        def report(fraction: float, *record: object) -> None:
            self.progress = round(100 * (start + (stop - start) * fraction))
            bar.show(fraction)
            if on_report is not None:
                on_report(fraction, *record)
            if fraction >= 1:
                bar.close()

        return Monitor(report, cancelled=self.is_cancelled, stopped=stopped)
