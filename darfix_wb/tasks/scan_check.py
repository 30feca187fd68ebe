"""Look at a scan before anything is computed."""

from __future__ import annotations

import logging

from ewokscore.model import BaseOutputModel
from pydantic import ConfigDict, InstanceOf

from ..errors import DarfixWBError
from ..io.darfix.dataset import AnyDataset, dataset_files, scan_from_dataset
from ..io.frame_sources import open_scan
from ..io.input_files import input_files
from ..scan import RockingScan
from ..scan_check import ScanReport, check_scan
from ..scan_check.files import check_report_file, save_report
from .base import CancellableTask, TaskInputs, optional_instance

CHECK_SHARE = 0.9

_logger = logging.getLogger(__name__)


class Inputs(TaskInputs):
    dataset: optional_instance(AnyDataset) = None
    """Darfix dataset; if it is not loaded yet, it is read frame by frame."""
    scan: str | None = None
    """HDF5 file, data URL, or folder or pattern of EDF files, instead of a dataset."""
    data_path: str | None = None
    """HDF5 path of the frames of a scan; needed only where a file has several."""
    rocking_motor: str | None = None
    """Name of the rocking motor; if not given, the fastest dimension, or the motor that moves."""
    model_file: str | None = None
    """Model (.safetensors) that would classify the scan; if empty, the shipped model."""
    device: str = "auto"
    """Processor for which the time of a classification is estimated: "auto" (CUDA where there is
    one), "cpu", "cuda" or "cuda:<number>"."""
    report_file: str | None = None
    """Page of plots (.png, .pdf, .svg) or findings (.json) to write; if empty, no file is
    written."""
    overwrite: bool = False
    """Whether an existing report file may be replaced."""


class Outputs(BaseOutputModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    report: InstanceOf[ScanReport]
    """Findings with their verdicts "ok", "look" or "stop", and what the plots show."""
    dataset: AnyDataset | None
    """The input dataset; nothing where a scan was given."""


class ScanCheck(CancellableTask, input_model=Inputs, output_model=Outputs):
    """Show what is in a scan, and what is wrong with it."""

    def run(self) -> None:
        inputs = Inputs(**self.get_input_values())
        scan, sources = _scan(inputs)
        files = input_files(scan=sources, model=inputs.model_file)
        if inputs.report_file:
            check_report_file(inputs.report_file, overwrite=inputs.overwrite, inputs=files)
        report = self._report(inputs, scan)
        for finding in report.findings:
            for warning in finding.warnings:
                _logger.warning(warning)
        if inputs.report_file:
            save_report(inputs.report_file, report, overwrite=inputs.overwrite, inputs=files)
            self.say_written(inputs.report_file)
        self.outputs.report = report
        self.outputs.dataset = inputs.dataset

    def _report(self, inputs: Inputs, scan: RockingScan) -> ScanReport:
        from ..classification.forecast import forecast
        from ..device import resolve_device
        from ..model import BeamModel

        resolve_device(inputs.device)
        model = BeamModel.load(inputs.model_file)
        report, patched = check_scan(
            scan,
            patch_size=model.patch_size_for(scan.frame_shape),
            monitor=self.monitor("Checking", stop=CHECK_SHARE),
        )
        monitor = self.monitor("Estimating", start=CHECK_SHARE)
        outlook = forecast(patched, model, device=inputs.device, monitor=monitor)
        return report.with_finding(outlook)


def _scan(inputs: Inputs) -> tuple[RockingScan, list[str]]:
    """The scan, and the files or URLs that it comes from."""
    if (inputs.dataset is None) == (not inputs.scan):
        found = "neither" if inputs.dataset is None else "both"
        raise DarfixWBError(
            f"Either dataset or scan must be given, got {found}. Connect a dataset, or choose the "
            "file of a scan."
        )
    if inputs.dataset is not None:
        scan = scan_from_dataset(inputs.dataset, rocking_motor=inputs.rocking_motor)
        return scan, dataset_files(inputs.dataset)
    scan = open_scan(inputs.scan, data_path=inputs.data_path, motor=inputs.rocking_motor)
    return scan, [scan.source]
