"""Train a network on labelled patches."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from ewokscore.model import BaseOutputModel
from pydantic import ConfigDict

from ..errors import DarfixWBError
from ..extraction import PatchedScan, extract
from ..io.input_files import input_files
from ..io.label_files import open_labelled_scan
from ..io.label_source import check_label_source
from ..io.output import InputFile, check_output
from ..io.output_names import MODEL_SUFFIXES
from ..labels import LabelMap
from ..unused_options import changed, refuse_unused
from .base import CancellableTask, TaskInputs, optional_instance

_logger = logging.getLogger(__name__)


class Inputs(TaskInputs):
    model_file: str
    """Model file to write (.safetensors)."""
    patches: optional_instance(PatchedScan) = None
    """Patches of the labelled scan."""
    labels: optional_instance(LabelMap) = None
    """Labels of these patches."""
    training_files: list[str] | None = None
    """Labels files of one or several scans, instead of `patches` and `labels`; each says where its
    frames are."""
    labels_of_another_scan: bool = False
    """Whether to accept labels that were made on another scan than `patches`."""
    network: str = "lcnn"
    """Network to train: "lcnn", "lcnn-paper", "resnet18" or "vgg16"."""
    n_epochs: int = 50
    """Number of passes through the labelled patches."""
    batch_size: int = 32
    """Patches per batch."""
    learning_rate: float = 1e-3
    """Learning rate of the optimiser, Adam."""
    dropout: float = 0.15
    """Fraction of values dropped in training, at least 0 and below 1."""
    seed: int = 0
    """Seed of all random numbers; the same seed gives the same model on the same machine."""
    device: str = "auto"
    """Processor: "auto" (CUDA where there is one), "cpu", "cuda" or "cuda:<number>"."""
    initial_model: str | None = None
    """Model file to start from, "shipped" or "none" (random weights). If not given, the shipped
    model where it has the same network and takes the patch size, otherwise random weights. The
    trained model takes this patch size only."""
    overwrite: bool = False
    """Whether an existing model file may be replaced."""


class Outputs(BaseOutputModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    model_file: str
    """Model file that was written."""
    history: dict[str, Any]
    """Loss and accuracy of each epoch, the split, the scores on the validation frames, and by how
    much the labels moved the model that it started from."""


class LCNNTraining(CancellableTask, input_model=Inputs, output_model=Outputs):
    """Train a network to tell weak from strong beam, on labelled patches of one scan or several."""

    def __init__(
        self,
        *args,
        on_epoch: Callable[[dict], None] | None = None,
        finish_early: threading.Event | None = None,
        **kwargs,
    ) -> None:
        self._finish_early = finish_early or threading.Event()
        self._on_epoch = on_epoch or (lambda record: None)
        super().__init__(*args, **kwargs)

    def stop(self) -> None:
        """End the training and keep the best model so far, from any thread.

        `request_stop` keeps none.
        """
        self._finish_early.set()

    def run(self) -> None:
        from ..training.options import WITHOUT_DROPOUT, FitOptions
        from ..training.trained_model import train_model

        inputs = Inputs(**self.get_input_values())
        if inputs.network in WITHOUT_DROPOUT:
            given = changed(dict(inputs), {"dropout": type(inputs).model_fields["dropout"].default})
            refuse_unused(given, f"with the network {inputs.network!r}")
        files = self._files(inputs)
        path = check_output(
            inputs.model_file, overwrite=inputs.overwrite, inputs=files, suffixes=MODEL_SUFFIXES
        )
        options = FitOptions(
            network=inputs.network,
            n_epochs=inputs.n_epochs,
            batch_size=inputs.batch_size,
            learning_rate=inputs.learning_rate,
            dropout=inputs.dropout,
            seed=inputs.seed,
            device=inputs.device,
        )
        model, history = train_model(
            self._scans(inputs),
            options,
            initial_model=inputs.initial_model or None,
            monitor=self.monitor(
                "Training",
                on_report=lambda _fraction, record: self._on_epoch(record),
                stopped=self._finish_early.is_set,
            ),
        )
        model.save(path, overwrite=inputs.overwrite, inputs=files)
        self.say_written(path)
        if history.moved:
            _logger.info(history.moved)
        self.outputs.model_file = str(path)
        self.outputs.history = history.to_dict()

    @staticmethod
    def _files(inputs: Inputs) -> tuple[InputFile, ...]:
        from ..model import shipped_model_file
        from ..training.trained_model import NONE, SHIPPED

        is_file = inputs.initial_model not in (None, "", NONE, SHIPPED)
        return input_files(
            scan=None if inputs.patches is None else inputs.patches.scan.source,
            labels=inputs.training_files,
            initial_model=inputs.initial_model if is_file else shipped_model_file(),
        )

    def _scans(self, inputs: Inputs) -> list[tuple[PatchedScan, LabelMap]]:
        given = [name for name in ("patches", "labels") if getattr(inputs, name) is not None]
        if inputs.training_files:
            refuse_unused(given, "beside training_files, which say where their frames are")
            return [self._labelled_scan(path) for path in inputs.training_files]
        if inputs.patches is None or inputs.labels is None:
            raise DarfixWBError(
                "Either patches and their labels or training_files must be given, got "
                f"{'no patches' if inputs.patches is None else 'no labels'}. Connect the patch "
                "labelling."
            )
        told = inputs.labels_of_another_scan
        source = inputs.patches.scan.source
        for warning in check_label_source(inputs.labels, source, of_another_scan=told):
            _logger.warning(warning)
        return [(inputs.patches, inputs.labels)]

    def _labelled_scan(self, path: str) -> tuple[PatchedScan, LabelMap]:
        scan, labels = open_labelled_scan(path)
        grid = labels.grid
        patched = extract(
            scan, patch_size=grid.patch_size, stride=grid.stride, monitor=self.monitor()
        )
        return patched, labels
