"""The widget "Patch labelling"."""

from __future__ import annotations

from pathlib import Path

from orangewidget.settings import Setting
from silx.gui import qt

from darfix_wb.errors import DarfixWBError
from darfix_wb.gui.forms.form import FilePath, Flag, ParameterForm
from darfix_wb.gui.labelling.editing import LabelEditor
from darfix_wb.gui.labelling.view import LabellingView
from darfix_wb.labels import LabelMap
from darfix_wb.tasks.patch_labelling import PatchLabelling
from orangecontrib.darfix_wb.widgets import _label_storage as storage
from orangecontrib.darfix_wb.widgets._base import OWBeamWidget

_IN_WORKFLOW = ("frame_labels", "patch_labels")


class OWPatchLabelling(OWBeamWidget, ewokstaskclass=PatchLabelling):
    """Labels go to the labels file after each stroke; without one they are kept in the .ows."""

    name = "Patch labelling"
    description = "Label patches as weak beam, strong beam or empty"
    icon = "icons/patch_labelling.svg"
    priority = 20
    keywords = ("label", "annotate", "weak beam", "strong beam")

    run_on_arrival = False
    last_frame = Setting(0, schema_only=True)

    _ewoks_inputs_to_hide_from_orange = (
        "labels_file",
        *_IN_WORKFLOW,
        "overwrite",
        "labels_of_another_scan",
    )

    def __init__(self) -> None:
        self._patched = None
        self._storing = False
        super().__init__()
        self._saved_text = qt.QLabel()
        self._saved_text.setWordWrap(True)
        self.controlArea.layout().insertWidget(1, self._saved_text)
        self.view.labels_changed.connect(self._stroke)
        self.view.failed.connect(self.show_error)
        self.view.frames.frame_changed.connect(self._remember_frame)
        self._say_where()

    def create_view(self) -> LabellingView:
        return LabellingView()

    def create_form(self) -> ParameterForm:
        return ParameterForm(
            [
                FilePath(
                    "labels_file", "Labels file", "save", "Labels (*.h5)", "kept in the workflow"
                ),
                Flag("labels_of_another_scan", "Take labels of another scan"),
                FilePath("model_file", "Model", "open", "Model (*.safetensors)", "none"),
            ]
        )

    def data_changed(self) -> None:
        patched = self.get_task_input_value("patches", None)
        self.view.suggestions.set_model(self.get_task_input_value("model_file", None))
        if patched is not None and patched is self._patched and self.view.editor is not None:
            return
        self._patched = patched
        self._open()

    def parameters_changed(self, name: str) -> None:
        if self._storing:
            return
        if name == "model_file":
            self.view.suggestions.set_model(self.get_task_input_value("model_file", None))
        elif name == "labels_file" and self.view.editor is not None:
            self._change_file()
        elif self._patched is not None:
            self._open()
        self._say_where()

    def get_task_inputs(self, exclude_hidden: bool = False) -> dict:
        """What was painted is in the file, where there is one: nothing is to be added to it."""
        inputs = super().get_task_inputs(exclude_hidden)
        if self._has_file():
            inputs = {name: value for name, value in inputs.items() if name not in _IN_WORKFLOW}
        return inputs

    def onDeleteWidget(self) -> None:
        self.view.suggestions.stop()
        super().onDeleteWidget()

    def reset(self) -> None:
        """Take the files away; the labels stay, in the workflow."""
        super().reset()
        if self.view.editor is not None:
            self._store()

    def _execute_ewoks_task(self, propagate: bool, log_missing_inputs: bool) -> None:
        if self.view.editor is not None and not self.is_running():
            try:
                self._store()
            except (DarfixWBError, OSError) as error:
                self.show_error(error)
                return
        super()._execute_ewoks_task(propagate, log_missing_inputs)

    def _open(self) -> None:
        """Begin with the labels that are kept."""
        self.view.set_patches(None, None)
        if self._patched is None:
            return
        frame = self.last_frame
        try:
            labels = self._read(*(self.parameter(name) for name in _IN_WORKFLOW))
        except DarfixWBError:
            self.view.set_text("These labels do not fit these patches: choose another labels file.")
            raise
        self.view.set_patches(self._patched, LabelEditor(labels))
        self.view.frames.set_frame(frame)

    def _read(self, frame_labels: dict | None, patch_labels: list | None) -> LabelMap:
        labels, warnings = storage.read(
            self._patched,
            self.parameter("labels_file"),
            frame_labels,
            patch_labels,
            of_another_scan=self.parameter("labels_of_another_scan"),
        )
        if warnings:
            self.Warning.doubtful(" ".join(warnings))
        return labels

    def _change_file(self) -> None:
        """Go on with the labels of a file that exists; a new one gets those that are shown."""
        path = self.parameter("labels_file")
        if path and Path(path).is_file():
            self.view.take_labels(self._read(None, None))

    def _stroke(self) -> None:
        self._forget_result()
        self.clear_messages()
        try:
            self._store()
        except (DarfixWBError, OSError) as error:
            self.show_error(error)
        self._show_state()

    def _store(self) -> None:
        labels, path = self.view.editor.labels, self.parameter("labels_file")
        if path:
            told = self.parameter("labels_of_another_scan")
            storage.write(self._patched, path, labels, of_another_scan=told)
        self._storing = True
        try:
            self.set_default_input("frame_labels", None)
            self.set_default_input("patch_labels", None if path else storage.as_literals(labels))
        finally:
            self._storing = False
        self._say_where()

    def _has_file(self) -> bool:
        path = self.parameter("labels_file")
        return bool(path) and Path(path).is_file()

    def _say_where(self) -> None:
        path = self.parameter("labels_file")
        if not path:
            text = "Labels are saved with the workflow. Choose a file to use them elsewhere."
        elif Path(path).is_file():
            text = "Saved after each stroke."
        else:
            text = "The file will be written with the first stroke."
        self._saved_text.setText(text)

    def _remember_frame(self, index: int) -> None:
        self.last_frame = index
