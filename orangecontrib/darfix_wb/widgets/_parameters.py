"""Parameters that live in the workflow, and the messages of a widget."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from ewokscore import missing_data
from ewokscore.task import TaskInputError
from orangewidget.widget import Msg

from darfix_wb.errors import reworded
from darfix_wb.gui.forms.form import ParameterForm
from darfix_wb.gui.messages import original_error, sentence_of, was_cancelled
from orangecontrib.darfix_wb.widgets._ewoks import OWTaskWidget

_logger = logging.getLogger(__name__)


class OWParameterWidget(OWTaskWidget, openclass=True):
    """A widget whose form and whose workflow hold the same parameters; see `_base`."""

    class Error(OWTaskWidget.Error):
        failed = Msg("{}")

    class Warning(OWTaskWidget.Warning):  # noqa: A001 (the name that Orange looks for)
        doubtful = Msg("{}")

    class Information(OWTaskWidget.Information):
        noted = Msg("{}")

    _unused: frozenset[str] = frozenset()

    def create_form(self) -> ParameterForm:
        """The parameters; made once. Their tooltips are taken from the task."""
        return ParameterForm([])

    def _make_form(self) -> ParameterForm:
        form = self.create_form()
        fields = self.ewokstaskclass.input_model().model_fields
        form.set_tooltips({name: field.description for name, field in fields.items()})
        form.set_values(self._parameters())
        form.changed.connect(self._save_parameter)
        return form

    def parameter(self, name: str):
        """A parameter as it is saved in the workflow, else the task's default."""
        return self._parameters().get(name)

    def reset(self) -> None:
        """Set every parameter of the form to its default."""
        for name in self.form.names:
            self.set_default_input(name, None)

    def set_unused(self, unused: Iterable[str]) -> None:
        """Disable the controls of parameters that have no effect, and enable all others.

        Their values become the defaults, as a task refuses others, and what comes for them by a
        link is not passed on.
        """
        self._unused = frozenset(unused)
        fields = self.ewokstaskclass.input_model().model_fields
        for name in self.form.names:
            self.form[name].widget.setEnabled(name not in self._unused)
            if name in self._unused and self.parameter(name) not in (None, fields[name].default):
                self.set_default_input(name, None)

    def get_task_inputs(self, exclude_hidden: bool = False) -> dict:
        """What the task gets: all but `set_unused`."""
        inputs = super().get_task_inputs(exclude_hidden)
        return {name: value for name, value in inputs.items() if name not in self._unused}

    def set_default_input(self, name: str, value) -> None:
        # A new dict, so that the canvas sees that the workflow has changed.
        self._ewoks_default_inputs = dict(self._ewoks_default_inputs)
        super().set_default_input(name, value)
        self.form.set_values({name: self.parameter(name)})
        self._parameter_was_set(name)

    def show_error(self, error: BaseException) -> None:
        """Show an error as one sentence; one that the user cannot fix also goes to the log."""
        if was_cancelled(error):
            self.Information.noted("Stopped before the end. Press Apply to start again.")
            return
        if isinstance(error, TaskInputError):
            self._show_sentence(self._missing_parameter())
            return
        if type(original_error(error)).__module__.partition(".")[0] != "darfix_wb":
            _logger.error("%s failed", self.name, exc_info=error)
        self._show_sentence(reworded(sentence_of(error), self._how_to_set))

    def clear_messages(self) -> None:
        """Take back the messages of this base."""
        self._show_sentence("")
        self.Warning.doubtful.clear()
        self.Information.noted.clear()

    def _show_sentence(self, sentence: str) -> None:
        """Show an error below, where a long one is cut, and in full in an empty view."""
        self.Error.failed(sentence, shown=bool(sentence))
        show_problem = getattr(self.view, "show_problem", None)
        if show_problem is not None:
            show_problem(sentence)

    def _parameters(self) -> dict:
        fields = self.ewokstaskclass.input_model().model_fields
        values = {
            name: None if field.is_required() else field.default for name, field in fields.items()
        }
        values.update(self._ewoks_default_inputs)
        return {
            name: None if missing_data.is_missing_data(value) else value
            for name, value in values.items()
        }

    def _save_parameter(self, name: str) -> None:
        self._ewoks_default_inputs = dict(self._ewoks_default_inputs)
        super().set_default_input(name, self.form.values()[name])
        self._parameter_was_set(name)

    def _parameter_was_set(self, name: str) -> None:
        self._has_result = False
        self.clear_messages()
        self._call(self.parameters_changed, name)
        self._show_state()

    def _how_to_set(self, name: str) -> str:
        """What the user does in this window to set an option."""
        if name not in self.form.names:
            return f"set {name} to true"
        return f"tick {self.form[name].widget.text()!r}"

    def _missing_parameter(self) -> str:
        names = self.ewokstaskclass.required_input_names()
        missing = [name for name in names if self.get_task_input_value(name, None) is None]
        first = sorted(missing)[0] if missing else "inputs"
        if first in self.form.names and self.form[first].label:
            return f"'{self.form[first].label}' must be set, got nothing. Set it on the left."
        return f"The input '{first}' must be given, got nothing. Connect or set it."
