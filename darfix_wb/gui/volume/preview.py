"""What a run will find and take, looked up in the background before it begins."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from silx.gui import qt

from ...errors import DarfixWBError, one_sentence
from ...progress import SILENT, Monitor
from ...volume.finding import LayerList, find_layers
from ...volume.looking import VolumeLook, look_into
from ...volume.options import LayerOptions
from ..latest_job import LatestJob
from ..messages import sentence_of

WAIT_MS = 400
"""From the last change of a parameter until its effect is looked up."""


@dataclass(frozen=True)
class Question:
    """What is known of a run before it begins.

    Attributes
    ----------
    layers : tuple of str
        Names, as of `find_layers`.
    z_motor : str or None
        As of `find_layers`.
    options : LayerOptions
        How each layer is classified.
    output_file : str
        The volume; empty where none is chosen.
    goes_on : bool
        Whether the run goes on with an output that exists.
    n_processes : int
        Processes of this computer; 0 where others compute, so that the time is not known.
    """

    layers: tuple[str, ...]
    z_motor: str | None
    options: LayerOptions
    output_file: str
    goes_on: bool
    n_processes: int


@dataclass(frozen=True)
class Answer:
    """What was found.

    Attributes
    ----------
    question : Question
        What was asked.
    found : LayerList or None
        The layers, if they could be found.
    look : VolumeLook or None
        The volume that the run goes on with, if there is one.
    problem : str
        What is wrong.
    """

    question: Question
    found: LayerList | None
    look: VolumeLook | None
    problem: str = ""


class Preview(qt.QObject):
    """Finds the layers, then estimates what a new volume of them takes; a new question ends the one
    before.
    """

    found = qt.Signal(object)
    """`Answer`."""

    estimated = qt.Signal(object, bool)
    """`VolumeEstimate`, first without the time, then with it; whether it is final."""

    refused = qt.Signal(str)
    """Why the run would be refused."""

    def __init__(self, parent: qt.QObject | None = None) -> None:
        super().__init__(parent)
        self._search, self._estimation = LatestJob(self), LatestJob(self)
        self._question: Question | None = None
        self._held = False
        self._delay = qt.QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(WAIT_MS)
        self._delay.timeout.connect(self._begin)
        self._search.succeeded.connect(self._take)
        self._search.failed.connect(lambda error: self.refused.emit(sentence_of(error)))
        self._estimation.succeeded.connect(self._take_estimate)
        self._estimation.failed.connect(lambda error: self.refused.emit(sentence_of(error)))

    def ask(self, question: Question | None) -> None:
        """Look up what a run will find, a moment later; None ends that."""
        self._question, self._held = question, False
        self._delay.stop()
        self._search.cancel()
        self._estimation.cancel()
        if question is not None:
            self._delay.start()

    def hold(self) -> None:
        """Leave the processor to the run, until the next question."""
        self._held = True
        self._estimation.cancel()

    def is_busy(self) -> bool:
        """Whether something is still looked up."""
        waits = self._delay.isActive() or self._search.is_running()
        return waits or self._estimation.is_running()

    def stop(self) -> None:
        """End what runs in the background."""
        self._delay.stop()
        self._search.stop()
        self._estimation.stop()

    def _begin(self) -> None:
        self._search.begin(partial(search, self._question))

    def _take(self, answer: Answer) -> None:
        self.found.emit(answer)
        new = answer.found is not None and answer.look is None and answer.question.output_file
        if new and not self._held:
            self._estimation.begin(partial(_estimate, answer, False))

    def _take_estimate(self, result: tuple) -> None:
        answer, estimate = result
        final = estimate.seconds is not None or answer.question.n_processes == 0
        self.estimated.emit(estimate, final)
        if not final:
            self._estimation.begin(partial(_estimate, answer, True))


def search(question: Question, *, monitor: Monitor = SILENT) -> Answer:
    """Find layers and volume; what is wrong with either is part of the answer.

    Raises
    ------
    OperationCancelled
        If the monitor says so.
    """
    look, found, problems = None, None, []
    output = question.output_file
    if output and question.goes_on and os.path.exists(Path(output).expanduser()):
        try:
            look = look_into(output)
        except (DarfixWBError, OSError) as error:
            problems.append(one_sentence(error))
    if question.layers:
        try:
            found = find_layers(question.layers, z_motor=question.z_motor, monitor=monitor)
        except (DarfixWBError, OSError) as error:
            problems.append(one_sentence(error))
    return Answer(question, found, look, " ".join(problems))


def _estimate(answer: Answer, timed: bool, *, monitor: Monitor) -> tuple:
    from ...volume.estimate import estimate

    question = answer.question
    given = (answer.found, question.options, question.output_file)
    n_processes = max(1, question.n_processes)
    return answer, estimate(*given, n_processes=n_processes, timed=timed, monitor=monitor)
