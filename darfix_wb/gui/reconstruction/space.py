"""The 3D view where OpenGL works, else a sentence that says why not."""

from __future__ import annotations

import importlib
from functools import partial
from typing import TYPE_CHECKING

from silx.gui import qt

from ..latest_job import LatestJob
from ..messages import sentence_of
from ..placeholder import Placeholder
from .coloring import Coloring
from .loading import Loaded
from .scene_data import SceneData, opengl_problem, scene_data

if TYPE_CHECKING:
    from .scene import Scene

_LOOKING = "Checking for OpenGL…"
_MISSING = (
    "The 3D view needs OpenGL, which is not available here ({}). The other tabs show "
    "the same lines in each layer and along the three axes."
)
_READING = "The images of the volume are being read… {:.0f} %"


class Space(Placeholder):
    """Asks for OpenGL once, then reads the images of each volume in the background."""

    known = qt.Signal(bool)
    """Whether there is OpenGL."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        self._content = qt.QWidget()
        super().__init__(self._content, _LOOKING, parent)
        self.note = qt.QLabel()
        self.note.setWordWrap(True)
        self._layout = qt.QVBoxLayout(self._content)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(self.note)
        self.scene: Scene | None = None
        self._asker, self._reader = LatestJob(self), LatestJob(self)
        self._missing = ""
        self._loaded: Loaded | None = None
        self._data: SceneData | None = None
        self._coloring: Coloring | None = None
        self._level, self._selected, self._reference = 8.0, None, True
        self._asker.succeeded.connect(self._take_problem)
        self._asker.failed.connect(lambda error: self._take_problem(sentence_of(error)))
        self._reader.succeeded.connect(self._take_data)
        self._reader.progressed.connect(self._show_progress)
        self._reader.failed.connect(lambda error: self.show_text(sentence_of(error)))

    def set_loaded(self, loaded: Loaded, level: float) -> None:
        """Show lines and images of another file."""
        self._loaded, self._data, self._level, self._selected = loaded, None, level, None
        if self._missing:
            return
        if self.scene is not None:
            self._read()
        elif not self._asker.is_running():
            self._asker.begin(opengl_problem)

    def set_coloring(self, coloring: Coloring) -> None:
        """Colour the lines."""
        self._coloring = coloring
        if self._data is not None:
            self.scene.set_coloring(coloring)

    def set_reference_visible(self, visible: bool) -> None:
        """Show or hide the reference."""
        self._reference = visible
        if self.scene is not None:
            self.scene.set_reference_visible(visible)

    def select(self, number: int | None) -> None:
        """Make a line stand out; None for none."""
        self._selected = number
        if self._data is not None:
            self.scene.select(number)

    def is_busy(self) -> bool:
        """Whether something is still looked up or read."""
        return self._asker.is_running() or self._reader.is_running()

    def stop(self) -> None:
        """End what runs in the background."""
        for part in (self._asker, self._reader, self.scene):
            if part is not None:
                part.stop()

    def _take_problem(self, problem: str) -> None:
        self._missing = problem
        if problem:
            self.show_text(_MISSING.format(problem))
        else:
            scene = importlib.import_module(f"{__package__}.scene")
            self.scene = scene.Scene()
            self._layout.addWidget(self.scene, 1)
            self._read()
        self.known.emit(not problem)

    def _read(self) -> None:
        self._show_progress(0.0)
        self._reader.begin(partial(scene_data, self._loaded))

    def _show_progress(self, fraction: float) -> None:
        self.show_text(_READING.format(100 * fraction))

    def _take_data(self, data: SceneData) -> None:
        self._data = data
        binned = data.field is not None and data.field.binning > 1
        note = f"Rows and columns binned by {data.field.binning}." if binned else data.problem
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self.show_content()
        self.scene.set_data(data, self._loaded.lines, self._level)
        self.scene.set_coloring(self._coloring)
        self.scene.set_reference_visible(self._reference)
        self.scene.select(self._selected)
