"""Pictures of every widget on a simulated scan, without a screen, for the documentation.

Usage: python scripts/screenshots.py [FOLDER]   (docs/images if not given)
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import h5py
import numpy
from darfix.tasks.dimension_definition import DimensionDefinition
from darfix.tasks.hdf5_data_selection import HDF5DataSelection
from PIL import Image
from silx.gui import qt

from darfix_wb.beam import AMBIGUOUS, CONDITION_NAMES, BeamCondition
from darfix_wb.classification.angle_rule import angle_rule
from darfix_wb.labels import LabelMap
from darfix_wb.simulation import (
    GridParameters,
    SampleParameters,
    ScanParameters,
    SimulationParameters,
    simulate_scan,
    write_scan,
)
from orangecontrib.darfix_wb.widgets.beam_integration import OWBeamIntegration
from orangecontrib.darfix_wb.widgets.dislocation_reconstruction import OWDislocationReconstruction
from orangecontrib.darfix_wb.widgets.lcnn_training import OWLCNNTraining
from orangecontrib.darfix_wb.widgets.method_comparison import OWMethodComparison
from orangecontrib.darfix_wb.widgets.patch_extraction import OWPatchExtraction
from orangecontrib.darfix_wb.widgets.patch_labelling import OWPatchLabelling
from orangecontrib.darfix_wb.widgets.scan_check import OWScanCheck
from orangecontrib.darfix_wb.widgets.simulated_scan import OWSimulatedScan
from orangecontrib.darfix_wb.widgets.volume_classification import OWVolumeClassification
from orangecontrib.darfix_wb.widgets.weak_beam_classification import OWWeakBeamClassification

FOLDER = Path(__file__).parents[1] / "docs" / "images"
SIZE = (1366, 768)
METHODS = ["lcnn", "angle-rule", "pca", "gso", "matched", "detector"]
PATCH = (4, 9)
N_EPOCHS = 12
FRAME = 16
"""On the flank of the peak, where some patches are weak and some strong."""

N_LAYERS, LAYER_STEP_UM, SHOWN_LAYER, FAILED_LAYER = 8, 1.0, 4, 6
PITCH_UM = (0.14435, 0.0444)
"""Distances of rows and columns of the simulated layers: pixel / sin(2 theta), and pixel."""

SHOWN_LINE = 0

SURE = 0.9
"""Probability from which the angle rule labels a patch, here in the place of a person."""


def main(folder: Path) -> None:
    """Run the widgets one after the other, each with what the one before gives."""
    folder.mkdir(parents=True, exist_ok=True)
    application = qt.QApplication.instance() or qt.QApplication([])
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        scan = ran(OWSimulatedScan, rows=384, columns=512)
        save(scan, folder / "simulated_scan.png")
        dataset = dataset_of(scan.result("raw_input_file"))

        check = ran(OWScanCheck, {"dataset": dataset})
        check.view.findings.choose("gain")
        save(check, folder / "scan_check.png")

        extraction = ran(OWPatchExtraction, {"dataset": dataset}, stride=32)
        extraction.view.frames.set_frame(FRAME)
        save(extraction, folder / "patch_extraction.png")

        patches = extraction.result("patches")
        labelling = ran(OWPatchLabelling, {"patches": patches}, patch_labels=labels_of(patches))
        labelling.view.frames.set_frame(FRAME)
        labelling.view.frames.patch_hovered.emit(5, 7)
        save(labelling, folder / "patch_labelling.png")

        labelled = {"patches": patches, "labels": labelling.result("labels")}
        training = ran(OWLCNNTraining, labelled, model_file="model.safetensors", n_epochs=N_EPOCHS)
        save(training, folder / "lcnn_training.png")

        classifier = ran(OWWeakBeamClassification, {"dataset": dataset})
        classifier.view.set_frame(FRAME)
        save(classifier, folder / "weak_beam_classification.png")

        classified = {name: classifier.result(name) for name in ("dataset", "classification")}
        integration = ran(OWBeamIntegration, classified)
        dislocations = integration.result("images").dislocations
        if dislocations is not None and len(dislocations.lines):
            integration.view.select_line(int(dislocations.lines.length.argmax()))
        save(integration, folder / "beam_integration.png")

        some = [label for label in labels_of(patches) if label[0] % 2 == 0]
        labels = labelled["labels"]
        labels = LabelMap.unlabelled(labels.n_frames, labels.grid).with_patches(some)
        truth = {"truth_file": scan.result("raw_input_file"), "labels": labels}
        comparison = ran(OWMethodComparison, {**classified, **truth}, methods=METHODS)
        comparison.view.show_patch(*PATCH)
        save(comparison, folder / "method_comparison.png")
        volume = ran(OWVolumeClassification, layers=[layers()], output_file="volume.h5")
        settle()
        volume.view.panel.select(SHOWN_LAYER)
        save(volume, folder / "volume_classification.png")

        lines = ran(
            OWDislocationReconstruction,
            {"volume_file": "volume.h5"},
            spacing=[LAYER_STEP_UM, *PITCH_UM],
            output_file="lines.h5",
        )
        wait(lambda: lines.view.network is not None and not lines.view.is_busy())
        lines.view.select_line(SHOWN_LINE)
        wait(lambda: not lines.view.is_busy())
        save(lines, folder / "dislocation_reconstruction.png")
        widgets = (
            scan,
            check,
            extraction,
            labelling,
            training,
            classifier,
            integration,
            comparison,
            volume,
            lines,
        )
        for widget in widgets:
            widget.onDeleteWidget()
    application.processEvents()


def layers() -> str:
    """A pattern of the files of some layers of a simulated crystal, one of them without signal."""
    for index in range(N_LAYERS):
        parameters = SimulationParameters(
            sample=SampleParameters(
                upstream_um=10, exit_um=15, subgrain_um=40, layer_z_um=index * LAYER_STEP_UM
            ),
            scan=ScanParameters(shape=(384, 512), steps=21, step_deg=0.004, seed=index),
            grid=GridParameters(row_px=4, column_px=4, layer_cell_um=0.15, exit_cell_um=1.0),
        )
        path = f"layer_{index:02d}.h5"
        write_scan(path, simulate_scan(parameters))
        with h5py.File(path, "a") as file:
            motors = file["1.1/instrument/positioners"]
            motors["samz"] = index * LAYER_STEP_UM
            motors["samz"].attrs["units"] = "um"
            if index == FAILED_LAYER:
                file["1.1/instrument/pco_ff/data"][...] = 100
    return "layer_*.h5"


def dataset_of(path: str):
    """darfix's dataset of a simulated scan."""
    selection = HDF5DataSelection(
        inputs={
            "raw_input_file": path,
            "raw_detector_data_path": "/1.1/instrument/pco_ff/data",
            "raw_metadata_path": "/1.1/instrument/positioners",
        }
    )
    selection.execute()
    dimensions = DimensionDefinition(inputs={"dataset": selection.outputs.dataset})
    dimensions.execute()
    return dimensions.outputs.dataset


def labels_of(patches) -> list:
    """Labels of the patches about which the angle rule is sure."""
    conditions = angle_rule(patches).condition(SURE)
    return [
        [int(frame), int(row), int(column), CONDITION_NAMES[BeamCondition(value)]]
        for (frame, row, column), value in numpy.ndenumerate(conditions)
        if value != AMBIGUOUS
    ]


def ran(widget_class, data: dict | None = None, **parameters):
    """A widget with these parameters that has run on the data."""
    settings = {"_ewoks_default_inputs": parameters}
    widget = widget_class.__new__(widget_class, stored_settings=settings)
    widget.__init__()
    widget.resize(*SIZE)
    widget.show()
    for name, value in (data or {}).items():
        widget.set_dynamic_input(name, value)
    widget.handleNewSignals()
    if not widget.run_on_arrival:
        settle()
        widget.apply()
    while widget.is_running():
        qt.QApplication.processEvents()
        time.sleep(0.01)
    if widget.task_error() is not None:
        raise widget.task_error()
    return widget


def save(widget, path: Path) -> None:
    """Write what is seen of a widget, with 256 colours: a third of the size."""
    settle()
    image = widget.grab().toImage().convertToFormat(qt.QImage.Format.Format_RGB888)
    lines = image.constBits().asstring(image.sizeInBytes())
    size = (image.width(), image.height())
    picture = Image.frombytes("RGB", size, lines, "raw", "RGB", image.bytesPerLine())
    picture.quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE).save(
        path, optimize=True
    )
    print(f"{path}  {path.stat().st_size / 1000:.0f} kB")


def wait(holds) -> None:
    """Let Qt work until something holds."""
    while not holds():
        qt.QApplication.processEvents()
        time.sleep(0.01)


def settle(seconds: float = 1.0) -> None:
    """Let Qt draw, and what was put off begin."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        qt.QApplication.processEvents()
        time.sleep(0.01)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute() if len(sys.argv) > 1 else FOLDER)
