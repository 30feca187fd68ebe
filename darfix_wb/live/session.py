"""A live classification from its first frame to the file of its result."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

from ..detection.detector import LineDetector, shipped_detector_file
from ..detection.tracing import check_line_threshold
from ..device import resolve_device
from ..errors import DarfixWBError, OperationCancelled
from ..io.input_files import input_files
from ..io.mask_files import read_mask
from ..io.output import check_output
from ..io.output_names import HDF5_SUFFIXES
from ..io.scan_urls import parse_scan_url
from ..model import shipped_model_file
from ..progress import SILENT, Monitor
from .classifying import LiveClassifier, LiveLabels
from .final import FinalResult, classify_recorded, save_final
from .following import LiveFrame, ScanFollower
from .options import LiveOptions
from .preliminary import PreliminaryFile

OnFrame = Callable[[LiveFrame, LiveLabels], None]


class LiveResult(NamedTuple):
    """What a live classification ends with.

    Attributes
    ----------
    output_file : str
        The file that was written.
    ending : str
        How the scan ended, a sentence.
    result : FinalResult
        What the file has; its `warnings` begin with the ending where the scan stopped early.
    """

    output_file: str
    ending: str
    result: FinalResult


class LiveSession:
    """Follows a scan, classifies each frame as it lands, and everything anew at the end.

    Parameters
    ----------
    options : LiveOptions
        What is asked for.
    on_frame : callable, optional
        Called with each frame and its labels.

    Attributes
    ----------
    follower : ScanFollower
        How far the scan is.
    classifier : LiveClassifier
        What was found so far.

    Raises
    ------
    DarfixWBError
        If an option or the output cannot be used, before anything is waited for.
    """

    def __init__(self, options: LiveOptions, *, on_frame: OnFrame | None = None) -> None:
        url = parse_scan_url(options.scan)
        check_line_threshold(options.line_threshold)
        resolve_device(options.device)
        self._options = replace(
            options, scan=url.path, data_path=options.data_path or url.data_path
        )
        self.follower = ScanFollower(
            url.path,
            data_path=self._options.data_path,
            motor=options.rocking_motor,
            poll_s=options.poll_s,
            timeout_s=options.timeout_s,
        )
        self._detector = None
        if options.find_dislocations:
            self._detector = LineDetector.load(options.detector_file)
        inputs = self._inputs()
        self._output = check_output(
            options.output_file,
            overwrite=options.overwrite,
            inputs=inputs,
            suffixes=HDF5_SUFFIXES,
        )
        self._file = PreliminaryFile(self._output, overwrite=options.overwrite, inputs=inputs)
        self.classifier = LiveClassifier(
            model_file=options.model_file,
            patch_size=options.patch_size,
            stride=options.stride,
            dark=options.dark,
            mask=read_mask(options.mask_file) if options.mask_file else None,
            device=options.device,
        )
        self._on_frame = on_frame or (lambda frame, labels: None)

    def follow(self, monitor: Monitor = SILENT) -> None:
        """Classify each frame as it lands, until the scan is over.

        Parameters
        ----------
        monitor : Monitor
            Asked whether to stop.

        Raises
        ------
        DarfixWBError
            If there is nothing to follow.
        OperationCancelled, KeyboardInterrupt
            If it was stopped; the output has what was found so far.
        """
        with self._keeping():
            for frame in self.follower.frames(monitor=monitor):
                labels = self.classifier(frame)
                self._on_frame(frame, labels)
                if self._file.is_due:
                    self._write(f"{self.follower.n_frames} frames so far; the scan goes on.")

    def finish(self, monitor: Monitor = SILENT) -> LiveResult:
        """Classify the scan that was followed as a whole.

        Parameters
        ----------
        monitor : Monitor
            Told how far the work is, and asked whether to stop.

        Raises
        ------
        DarfixWBError
            If what was recorded cannot be classified as a whole: the output then has what was found
            of each frame, and says why.
        OperationCancelled, KeyboardInterrupt
            If it was stopped; the output has what was found of each frame.
        """
        with self._keeping():
            self._write(f"{self.follower.ending} It is being classified as a whole.")
            result = self._classify_anew(monitor)
        return LiveResult(str(self._output), self.follower.ending, result)

    def _classify_anew(self, monitor: Monitor) -> FinalResult:
        follower = self.follower
        cut = None
        if follower.n_positions and follower.n_positions < follower.shape[0]:
            cut = f"0:{follower.n_positions}"
        result = classify_recorded(self._options, self._detector, follower.data_path, cut, monitor)
        if follower.stopped_early:
            warnings = (follower.ending, *result.beam_map.warnings)
            result = result._replace(beam_map=replace(result.beam_map, warnings=warnings))
        save_final(self._output, result, self._options, self._inputs())
        return result

    @contextmanager
    def _keeping(self) -> Iterator[None]:
        """Have what there is written, with the reason, where something ends the work."""
        try:
            yield
        except (OperationCancelled, KeyboardInterrupt):
            self._keep("It was stopped by the user.")
            raise
        except DarfixWBError as error:
            self._keep(str(error))
            raise

    def _keep(self, why: str) -> None:
        if self.classifier.frames:
            self._write(f"{self.follower.n_frames} frames came. {why}")

    def _write(self, state: str) -> None:
        self._file.write(self.follower, self.classifier, state)

    def _inputs(self):
        """Files of the run that are there now: those that a scan refers to appear with it."""
        options = self._options
        return input_files(
            scan=self.follower.url,
            model=options.model_file or shipped_model_file(),
            detector=options.detector_file or shipped_detector_file(),
            mask_file=options.mask_file,
        )
