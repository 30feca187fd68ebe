"""Two layers of one simulated crystal, and the frames that a person would label in one of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy

from darfix_wb.beam import CONDITION_NAMES, LIT, BeamCondition
from darfix_wb.evaluation.picking import plainest_frames
from darfix_wb.evaluation.scans import Cut, open_known_scans
from darfix_wb.io.label_files import save_labels
from darfix_wb.io.provenance import Provenance
from darfix_wb.known_scan import KnownScan
from darfix_wb.labels import LabelMap
from darfix_wb.progress import progress_bar
from darfix_wb.simulation import (
    SampleParameters,
    ScanParameters,
    SimulationParameters,
    read_truth,
    simulate_scan,
    write_scan,
)

TRAINING_LAYER = 0.0
TEST_LAYER = 6.0
"""Height in the crystal, um."""


def layer_file(folder: Path, shape: tuple[int, int], layer_z_um: float) -> Path:
    """The file of a layer, simulated unless an earlier run left the same."""
    parameters = SimulationParameters(
        scan=ScanParameters(shape=shape), sample=SampleParameters(layer_z_um=layer_z_um)
    )
    path = folder / f"layer_{layer_z_um:+.0f}um.h5"
    if path.exists():
        truth = read_truth(path)
        if truth.parameters == parameters and truth.line_map is not None:
            return path
    with progress_bar(f"Simulating the layer at {layer_z_um:g} um") as monitor:
        scan = simulate_scan(parameters, monitor=monitor)
    write_scan(path, scan, overwrite=True)
    return path


def load_layers(paths: Sequence[Path]) -> list[KnownScan]:
    """Cut the frames of files into patches, and look up the truth about each."""
    return open_known_scans(paths, Cut())


def labelled_like_a_person(layer: KnownScan, folder: Path) -> LabelMap:
    """Three whole frames called strong and three called weak, saved as a labels file.

    A person picks frames that are strong, or weak, nearly everywhere.
    """
    frames = {
        CONDITION_NAMES[condition]: plainest_frames(layer, condition).tolist() for condition in LIT
    }
    scan, grid = layer.patched.scan, layer.patched.grid
    labels = LabelMap.unlabelled(scan.n_frames, grid).with_frames(frames, empty=layer.patched.empty)
    provenance = Provenance({"frame_labels": frames}, scan.source)
    save_labels(folder / "labels.h5", labels, overwrite=True, provenance=provenance)
    return labels


def pick_frames(layer: KnownScan) -> dict[str, int]:
    """One weak, one strong and one mixed frame, to look at."""
    strong = (layer.truth == BeamCondition.STRONG).mean(axis=(1, 2))
    plainest = {CONDITION_NAMES[one]: int(plainest_frames(layer, one)[-1]) for one in LIT}
    return {**plainest, "mixed": int(numpy.abs(strong - 0.5).argmin())}
