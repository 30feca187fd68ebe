"""The steps of the main job: train, classify, integrate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from darfix_wb.beam import BeamMap
from darfix_wb.classification.network import classify
from darfix_wb.detection.mapping import map_dislocations
from darfix_wb.extraction import PatchedScan, extract
from darfix_wb.integration import BeamImages, integrate
from darfix_wb.integration.files import save_beam_file
from darfix_wb.io.provenance import Provenance
from darfix_wb.known_scan import KnownScan
from darfix_wb.labels import LabelMap
from darfix_wb.model import BeamModel
from darfix_wb.patches import overlapping_stride
from darfix_wb.progress import progress_bar
from darfix_wb.training.options import FitOptions
from darfix_wb.training.trained_model import train_model

NETWORKS = ("lcnn-paper", "lcnn")

PUBLISHED = "lcnn-paper"
PUBLISHED_EPOCHS = 8
"""At most, of the published network, whose epochs take three times as long: it is shown for
comparison only. The publication trains for 50."""


@dataclass(frozen=True)
class Trained:
    """A network trained on the labelled layer, and how that went."""

    model: BeamModel
    history: dict


def train_networks(
    layer: KnownScan, labels: LabelMap, n_epochs: int, folder: Path
) -> dict[str, Trained]:
    """Train each network on the labels, the published one shortly, and save it."""
    trained = {}
    for name in NETWORKS:
        epochs = min(n_epochs, PUBLISHED_EPOCHS) if name == PUBLISHED else n_epochs
        with progress_bar(f"Training {name}") as monitor:
            model, history = train_model(
                [(layer.patched, labels)],
                FitOptions(network=name, n_epochs=epochs),
                monitor=monitor,
            )
        model.save(folder / f"{name}.safetensors", overwrite=True)
        trained[name] = Trained(model, history.to_dict())
    return trained


def classify_layer(layer: KnownScan, model: BeamModel) -> tuple[PatchedScan, BeamMap]:
    """Classify overlapping patches, for images without block edges."""
    grid = layer.patched.grid
    patched = extract(
        layer.patched.scan,
        patch_size=grid.patch_size,
        stride=overlapping_stride(grid.patch_size),
    )
    with progress_bar("Classifying") as monitor:
        return patched, classify(patched, model, monitor=monitor)


def integrate_layer(patched: PatchedScan, beam_map: BeamMap, folder: Path) -> BeamImages:
    """Integrate weak and strong beam, find dislocations, and save all with the classification."""
    with progress_bar("Integrating") as monitor:
        images = integrate(patched, beam_map, monitor=monitor)
    with progress_bar("Finding dislocations") as monitor:
        images = replace(images, dislocations=map_dislocations(patched, monitor=monitor))
    provenance = Provenance(
        {"mode": images.mode, "threshold": images.threshold},
        patched.scan.source,
        beam_map.model_hash,
    )
    path = folder / "weak_beam.h5"
    save_beam_file(path, beam_map, images, patched.scan, provenance, overwrite=True)
    return images
