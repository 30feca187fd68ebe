"""Label patches as weak beam, strong beam or empty."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from ewokscore.model import BaseOutputModel
from pydantic import ConfigDict, InstanceOf

from ..errors import DarfixWBError
from ..extraction import PatchedScan
from ..io.input_files import input_files
from ..io.label_files import load_labels, save_labels
from ..io.label_source import check_label_source
from ..io.output import InputFile, check_output
from ..io.output_names import HDF5_SUFFIXES
from ..io.paths import user_path
from ..io.provenance import Provenance
from ..labels import LabelMap
from .base import CancellableTask, TaskInputs

_logger = logging.getLogger(__name__)


class Inputs(TaskInputs):
    patches: InstanceOf[PatchedScan]
    """Patches to label, from the patch extraction."""
    labels_file: str | None = None
    """File to read labels from or, where new labels are given, to write them to."""
    frame_labels: dict[str, list[int]] | None = None
    """Indices of whole frames by condition, e.g. ``{"weak": [3, 4], "strong": [9]}``. Patches
    without signal in the whole scan become "empty" in these frames."""
    patch_labels: list[Any] | None = None
    """Labels of single patches, ``[frame, row, column, condition]`` each, e.g.
    ``[[3, 0, 7, "weak"]]``."""
    overwrite: bool = False
    """Whether an existing labels file may be replaced by one with the new labels added."""
    labels_of_another_scan: bool = False
    """Whether to accept labels that were made on another scan."""
    model_file: str | None = None
    """Model whose opinion is shown in the window and that suggests patches; it does not change
    labels."""


class Outputs(BaseOutputModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    patches: InstanceOf[PatchedScan]
    """The input patches."""
    labels: InstanceOf[LabelMap]
    """Labelled conditions ``(n_frames, rows, columns)``."""
    labels_file: str | None
    """The labels file, if any."""


class PatchLabelling(CancellableTask, input_model=Inputs, output_model=Outputs):
    """Label frames and patches, or read their labels from a file."""

    def run(self) -> None:
        inputs = Inputs(**self.get_input_values())
        given = any((inputs.frame_labels or {}).values()) or bool(inputs.patch_labels)
        exists = bool(inputs.labels_file) and user_path(inputs.labels_file).is_file()
        if not given and not exists:
            raise DarfixWBError(
                "Labels must be given as frame_labels, patch_labels or a labels_file that exists, "
                f"got labels_file {inputs.labels_file!r} alone. Give some labels."
            )
        files = input_files(scan=inputs.patches.scan.source, model=inputs.model_file)
        if given and inputs.labels_file:
            check_output(
                inputs.labels_file,
                overwrite=inputs.overwrite,
                inputs=files,
                suffixes=HDF5_SUFFIXES,
            )
        labels = self._known_labels(inputs, exists and (inputs.overwrite or not given))
        if given:
            labels = labels.with_frames(inputs.frame_labels or {}, empty=inputs.patches.empty)
            labels = labels.with_patches(inputs.patch_labels or [])
            if inputs.labels_file:
                self._save(inputs, labels, files)
                self.say_written(inputs.labels_file)
        self.outputs.patches = inputs.patches
        self.outputs.labels = labels
        self.outputs.labels_file = inputs.labels_file or None

    @staticmethod
    def _known_labels(inputs: Inputs, read: bool) -> LabelMap:
        scan, grid = inputs.patches.scan, inputs.patches.grid
        if not read:
            return LabelMap.unlabelled(scan.n_frames, grid, scan.source)
        labels = load_labels(inputs.labels_file)
        labels.check_fits(scan.n_frames, grid)
        told = inputs.labels_of_another_scan
        for warning in check_label_source(labels, scan.source, of_another_scan=told):
            _logger.warning(warning)
        return replace(labels, source=scan.source)

    @staticmethod
    def _save(inputs: Inputs, labels: LabelMap, files: tuple[InputFile, ...]) -> None:
        parameters = {"frame_labels": inputs.frame_labels, "patch_labels": inputs.patch_labels}
        provenance = Provenance(parameters, inputs.patches.scan.source)
        save_labels(
            inputs.labels_file,
            labels,
            overwrite=inputs.overwrite,
            provenance=provenance,
            inputs=files,
        )
