"""The widgets that work on one scan, each with what the one before gives."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy
from darfix.tasks.dimension_definition import DimensionDefinition
from darfix.tasks.hdf5_data_selection import HDF5DataSelection
from grabbing import ran, save

from darfix_wb.beam import AMBIGUOUS, CONDITION_NAMES, BeamCondition
from darfix_wb.classification.angle_rule import angle_rule
from darfix_wb.labels import LabelMap
from orangecontrib.darfix_wb.widgets.beam_integration import OWBeamIntegration
from orangecontrib.darfix_wb.widgets.lcnn_training import OWLCNNTraining
from orangecontrib.darfix_wb.widgets.method_comparison import OWMethodComparison
from orangecontrib.darfix_wb.widgets.patch_extraction import OWPatchExtraction
from orangecontrib.darfix_wb.widgets.patch_labelling import OWPatchLabelling
from orangecontrib.darfix_wb.widgets.scan_check import OWScanCheck
from orangecontrib.darfix_wb.widgets.simulated_scan import OWSimulatedScan
from orangecontrib.darfix_wb.widgets.weak_beam_classification import OWWeakBeamClassification

METHODS = ["lcnn", "angle-rule", "pca", "gso", "matched", "detector"]
PATCH = (4, 9)
N_EPOCHS = 12
FRAME = 16
"""On the flank of the peak, where some patches are weak and some strong."""

N_CUT = 13
"""Frames of a scan that ends too early."""

SURE = 0.9
"""Probability from which the angle rule labels a patch, here in the place of a person."""


def scan_pictures(folder: Path) -> None:
    """From the simulation of a scan to the comparison of methods on it."""
    scan = ran(OWSimulatedScan, rows=384, columns=512)
    save(scan, folder / "simulated_scan.png")
    dataset = dataset_of(scan.result("raw_input_file"))

    check = ran(OWScanCheck, {"dataset": dataset})
    check.view.findings.choose("gain")
    save(check, folder / "scan_check.png")

    labelled, widgets = _labelled(dataset, folder)
    training = ran(OWLCNNTraining, labelled, model_file="model.safetensors", n_epochs=N_EPOCHS)
    save(training, folder / "lcnn_training.png")

    classifier = ran(OWWeakBeamClassification, {"dataset": dataset})
    classifier.view.set_frame(FRAME)
    save(classifier, folder / "weak_beam_classification.png")

    cut = ran(
        OWWeakBeamClassification, {"dataset": dataset_of(_cut(scan.result("raw_input_file")))}
    )
    cut.view.set_frame(N_CUT - 1)
    save(cut, folder / "weak_beam_classification_cut.png")

    classified = {name: classifier.result(name) for name in ("dataset", "classification")}
    integration = ran(OWBeamIntegration, classified)
    dislocations = integration.result("images").dislocations
    if dislocations is not None and len(dislocations.lines):
        integration.view.select_line(int(dislocations.lines.length.argmax()))
    save(integration, folder / "beam_integration.png")

    truth = {"truth_file": scan.result("raw_input_file"), "labels": _every_second(labelled)}
    comparison = ran(OWMethodComparison, {**classified, **truth}, methods=METHODS)
    comparison.view.show_patch(*PATCH)
    save(comparison, folder / "method_comparison.png")
    for widget in (scan, check, *widgets, training, classifier, cut, integration, comparison):
        widget.onDeleteWidget()


def _labelled(dataset, folder: Path) -> tuple[dict, tuple]:
    """Patches with labels, and the widgets that made them."""
    extraction = ran(OWPatchExtraction, {"dataset": dataset}, stride=32)
    extraction.view.frames.set_frame(FRAME)
    save(extraction, folder / "patch_extraction.png")

    patches = extraction.result("patches")
    labelling = ran(OWPatchLabelling, {"patches": patches}, patch_labels=labels_of(patches))
    labelling.view.frames.set_frame(FRAME)
    labelling.view.frames.patch_hovered.emit(5, 7)
    save(labelling, folder / "patch_labelling.png")
    return {"patches": patches, "labels": labelling.result("labels")}, (extraction, labelling)


def _cut(path: str) -> str:
    """A file of the first frames of a scan, which end before most of its peaks."""
    with h5py.File(path) as whole, h5py.File("cut.h5", "w") as file:
        for name in ("pco_ff/data", "positioners/phi"):
            file[f"1.1/instrument/{name}"] = whole[f"1.1/instrument/{name}"][:N_CUT]
        file["1.1/instrument/positioners/phi"].attrs["units"] = "degree"
    return "cut.h5"


def _every_second(labelled: dict) -> LabelMap:
    """Labels in every second frame, so that others remain to be scored."""
    some = [label for label in labels_of(labelled["patches"]) if label[0] % 2 == 0]
    labels = labelled["labels"]
    return LabelMap.unlabelled(labels.n_frames, labels.grid).with_patches(some)


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
