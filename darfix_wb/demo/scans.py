"""Two layers of one simulated crystal, and the frames that a person would label in one of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy

from darfix_wb.beam import BeamCondition
from darfix_wb.extraction import PatchedScan, extract
from darfix_wb.io.frame_sources import open_scan
from darfix_wb.io.label_files import save_labels
from darfix_wb.io.provenance import Provenance
from darfix_wb.labels import LabelMap
from darfix_wb.progress import progress_bar
from darfix_wb.simulation import (
    SampleParameters,
    ScanParameters,
    SimulationParameters,
    TruthMaps,
    patch_truth,
    read_truth,
    simulate_scan,
    write_scan,
)
from darfix_wb.truth import PatchTruth

TRAINING_LAYER = 0.0
TEST_LAYER = 6.0
"""Height in the crystal, um."""

FRAMES_OF_EACH = 3


@dataclass(frozen=True)
class Layer:
    """A scan cut into patches, and the truth about them."""

    patched: PatchedScan
    maps: TruthMaps
    truth: PatchTruth


def layer_file(folder: Path, shape: tuple[int, int], layer_z_um: float) -> Path:
    """The file of a layer, simulated unless an earlier run left the same."""
    parameters = SimulationParameters(
        scan=ScanParameters(shape=shape), sample=SampleParameters(layer_z_um=layer_z_um)
    )
    path = folder / f"layer_{layer_z_um:+.0f}um.h5"
    if path.exists() and read_truth(path).parameters == parameters:
        return path
    with progress_bar(f"Simulating the layer at {layer_z_um:g} um") as monitor:
        scan = simulate_scan(parameters, monitor=monitor)
    write_scan(path, scan, overwrite=True)
    return path


def load_layer(path: Path) -> Layer:
    """Cut the frames of a file into patches, and look up the truth about each."""
    patched = extract(open_scan(path))
    maps = read_truth(path)
    return Layer(patched, maps, patch_truth(maps, patched.grid))


def labelled_like_a_person(layer: Layer, folder: Path) -> LabelMap:
    """Three whole frames called strong and three called weak, saved as a labels file.

    A person picks frames that are strong, or weak, nearly everywhere: the three frames with most
    strong patches, and of the frames with most weak patches the three brightest.
    """
    frames = {name: [int(index) for index in found] for name, found in _plain_frames(layer).items()}
    scan, grid = layer.patched.scan, layer.patched.grid
    labels = LabelMap.unlabelled(scan.n_frames, grid).with_frames(frames, empty=layer.patched.empty)
    provenance = Provenance({"frame_labels": frames}, scan.source)
    save_labels(folder / "labels.h5", labels, overwrite=True, provenance=provenance)
    return labels


def _plain_frames(layer: Layer) -> dict[str, numpy.ndarray]:
    condition = layer.truth.condition
    lit = numpy.maximum((condition != BeamCondition.EMPTY).sum(axis=(1, 2)), 1)
    weak = (condition == BeamCondition.WEAK).sum(axis=(1, 2)) / lit
    strong = (condition == BeamCondition.STRONG).sum(axis=(1, 2)) / lit
    brightness = layer.patched.curves.mean(axis=(1, 2))
    return {
        "weak": numpy.lexsort((brightness, numpy.round(weak, 2)))[-FRAMES_OF_EACH:],
        "strong": numpy.lexsort((brightness, strong))[-FRAMES_OF_EACH:],
    }


def pick_frames(layer: Layer) -> dict[str, int]:
    """One weak, one strong and one mixed frame, to look at."""
    plain = _plain_frames(layer)
    strong = (layer.truth.condition == BeamCondition.STRONG).mean(axis=(1, 2))
    return {
        "weak": int(plain["weak"][-1]),
        "strong": int(plain["strong"][-1]),
        "mixed": int(numpy.abs(strong - 0.5).argmin()),
    }
