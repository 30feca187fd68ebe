"""What every widget of the canvas has: parameters, buttons, progress and cancellation."""

from __future__ import annotations

from silx.gui import qt

from darfix_wb.gui import threads
from darfix_wb.memory import give_back_freed_memory
from orangecontrib.darfix_wb.widgets._buttons import RunButtons
from orangecontrib.darfix_wb.widgets._parameters import OWParameterWidget

WINDOW_SIZE = qt.QSize(1220, 620)
"""Room for the view; a screen of 1366x768 takes it whole. Qt alone would give it two thirds."""


class OWBeamWidget(OWParameterWidget, openclass=True):
    """Base of the widgets: a view in the middle, parameters and buttons at its left.

    A widget gives a task, a view, a form of parameters, and says what to show when data or results
    are there; the rest is done here::

        class OWPatchExtraction(OWBeamWidget, ewokstaskclass=PatchExtraction):
            name = "Patch extraction"
            description = "Cut the frames of a dataset into patches"
            icon = "icons/patch_extraction.svg"
            priority = 10
            _ewoks_inputs_to_hide_from_orange = ("patch_size", "stride", "dark", "rocking_motor")

            def create_view(self):
                return ExtractionView()

            def create_form(self):
                return ParameterForm([Integer("patch_size", "Patch size", 8, 4096, " px")])

            def data_changed(self):                     # inputs came, changed or went
                self.view.set_dataset(self.get_task_input_value("dataset", None))

            def parameters_changed(self, name):         # the user changed one
                self.view.set_grid(self.form.values()["patch_size"])

            def result_changed(self):                   # a run ended well, or its result is old
                self.view.set_patches(self.result("patches"))

    Parameters that are shown in the form live in the .ows: they are saved at each change and shown
    again when the workflow is opened or when the engine sets them. One that lives elsewhere (in the
    view) is saved by ``self.set_default_input(name, plain_literal)`` and read by
    ``self.parameter(name)``. Read no parameter by `get_default_input_value`: it remembers values
    that were removed since (ewoksorange 5.0.1).

    Buttons: *Apply* runs the task and sends what it gives, *OK* does so unless it is done, and
    closes, *Abort* ends a run within a batch, *Reset* sets the parameters to their defaults.
    While the task runs, view and form are disabled, and progress is shown here and on the node.
    With ``live_view = True`` the view stays enabled: one that shows the run, and can be zoomed.

    With ``run_on_arrival = False`` the task runs on the button only. New data during a run stop a
    task that runs on arrival, which starts again with them; one that runs on the button goes on to
    its end with the data it has. A run whose data are gone sends nothing.
    """

    want_main_area = True
    want_control_area = True
    run_on_arrival = True
    live_view = False

    # --- What a widget gives, besides `create_form` ------------------------------------------

    def create_view(self) -> qt.QWidget:
        """The widget of the main area; made once."""
        raise NotImplementedError

    def data_changed(self) -> None:
        """Called when data arrived, or were taken away."""

    def parameters_changed(self, name: str) -> None:
        """Called when the user, a reset or the engine changed the parameter `name`."""

    def result_changed(self) -> None:
        """Called when a run ended well, or when its result no longer belongs to the data."""

    def is_ready(self) -> bool:
        """Whether the data that the task needs are there."""
        hidden = set(self._ewoks_inputs_to_hide_from_orange)
        needed = set(self.ewokstaskclass.required_input_names()) - hidden
        return all(self.get_task_input_value(name, None) is not None for name in needed)

    # --- What a widget may use ---------------------------------------------------------------

    def __init__(self) -> None:
        super().__init__()
        self._running = self._again = self._outdated = self._closing = self._deleted = False
        self._has_result = False
        self.view = self.create_view()
        self.form = self._make_form()
        self.buttons = RunButtons()
        self.mainArea.layout().addWidget(self.view)
        self.controlArea.layout().addWidget(self.form)
        self.controlArea.layout().addStretch(1)
        self.left_side.layout().addWidget(self.buttons)
        self.resize(WINDOW_SIZE.boundedTo(self.screen().availableSize()))
        self._connect()
        self._show_state()

    def result(self, name: str):
        """An output of the last run that ended well; None if its data have changed since."""
        return self.get_task_output_value(name, None) if self._has_result else None

    def is_running(self) -> bool:
        """Whether the task runs."""
        return self._running

    def abort(self) -> None:
        """Ask the running task to stop, and start no other."""
        self._again = False
        if self._running:
            self.buttons.set_stopping()
            self.end_run()

    def end_run(self) -> None:
        """What Abort does to the running task."""
        self.task_run.cancel_running_task()

    def apply(self) -> None:
        """Run the task and send what it gives."""
        self._closing = False
        self.execute_ewoks_task()

    def accept_and_close(self) -> None:
        """Run the task unless its result is there, then close."""
        if self._has_result:
            self.close()
        else:
            self.apply()
            self._closing = self._running

    # --- Orange and ewoks --------------------------------------------------------------------

    def handleNewSignals(self) -> None:
        """Take the data that arrived; run where the widget runs on arrival."""
        self._forget_result()
        self.clear_messages()
        self._call(self.data_changed)
        if self.run_on_arrival and self.is_ready():
            self.execute_ewoks_task(log_missing_inputs=False)
            return
        if self._running and self.run_on_arrival:
            self.abort()
        elif self._running:
            self.Information.noted("New data arrived during the run: press Apply to use them.")
        self.clear_downstream()
        self._show_state()

    def _execute_ewoks_task(self, propagate: bool, log_missing_inputs: bool) -> None:
        if self._running:
            self.abort()
            self._again = self.is_ready()
            return
        self.clear_messages()
        self._has_result = self._outdated = False
        self._running = True
        self._show_state()
        try:
            self.start_task(propagate)
        except Exception as error:
            self._running = False
            self.show_error(error)
            self._show_state()

    def propagate_downstream(self, succeeded: bool | None = None) -> None:
        if self._deleted:
            return
        if self._outdated and self.run_on_arrival:
            succeeded = False
        super().propagate_downstream(succeeded)

    def task_output_changed(self) -> None:
        """Called once a run has ended, well or not."""
        again, closing = self._again, self._closing
        try:
            self._show_outcome()
        finally:
            self._running = self._again = self._closing = False
            self._show_state()
            give_back_freed_memory()
        if again:
            self.execute_ewoks_task(log_missing_inputs=False)
        elif closing and self._has_result:
            self.close()

    def onDeleteWidget(self) -> None:
        self._deleted = True
        self._again = False
        self.silence_task()
        threads.stop(self.task_run)
        super().onDeleteWidget()

    # --- Inside ------------------------------------------------------------------------------

    def _connect(self) -> None:
        self.buttons.apply.clicked.connect(self.apply)
        self.buttons.ok.clicked.connect(self.accept_and_close)
        self.buttons.abort.clicked.connect(self.abort)
        self.buttons.reset.clicked.connect(self.reset)
        self.progressBarValueChanged.connect(self.buttons.set_progress)
        threads.watch(self.task_run)

    def _forget_result(self) -> None:
        had_result, self._has_result, self._outdated = self._has_result, False, self._running
        if had_result:
            self._call(self.result_changed)

    def _show_outcome(self) -> None:
        if self._deleted:
            return
        if self._outdated and self.run_on_arrival:
            return
        if self.task_ended_well():
            self._has_result = True
            self._call(self.result_changed)
        elif self.task_error() is not None:
            self.show_error(self.task_error())

    def _call(self, hook, *arguments) -> None:
        try:
            hook(*arguments)
        except Exception as error:
            self.show_error(error)

    def _show_state(self) -> None:
        if self._deleted:
            return
        self.view.setEnabled(not self._running or self.live_view)
        self.form.setEnabled(not self._running)
        self.buttons.set_state(self._running, self.is_ready(), self._has_result)
