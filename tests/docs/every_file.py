"""One file of each kind that the program writes, for the test of the page about files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import darfix_wb as wb
from darfix_wb.cli import main
from darfix_wb.comparison.files import save_comparison
from darfix_wb.detection.detector import shipped_detector_file
from darfix_wb.dislocation_lines.crop_file import CropConditions, write_crops
from darfix_wb.dislocation_lines.crops import crop_lines
from darfix_wb.dislocation_lines.line import DislocationLine, LineKind
from darfix_wb.errors import OperationCancelled
from darfix_wb.io.label_files import save_labels
from darfix_wb.io.provenance import Provenance
from darfix_wb.live.options import LiveOptions
from darfix_wb.live.session import LiveSession
from darfix_wb.model import shipped_model_file
from darfix_wb.reconstruction.layer_stack import open_stack

CURVED = (
    "simulate --shape 48 64 --steps 9 --upstream 10 --exit 15 --curved-density-per-um2 0.02 "
    "--output curved.h5"
)
RECONSTRUCT = (
    "reconstruct volume.h5 --spacing 1 0.144 0.0444 --output again.h5 --json again.json "
    "--export vtp nodes ca csv tiff vti vtr crops"
)
COMPARE = "compare-volumes lines.h5 lines.h5 --json compared.json"
EVALUATE = (
    "evaluate scan.h5 --patch-size 32 --methods majority angle-rule --protocols no-labels budgets "
    "--budgets 8 --seeds 1 --output evaluation"
)
CHECK = "check scan.h5 --json check.json"


def labels(folder: Path) -> None:
    """``labels.h5``: whole frames of the scan."""
    patches = wb.extract(wb.open_scan(folder / "scan.h5"), patch_size=32)
    frames = {"weak": [2, 28], "strong": [15]}
    made = wb.LabelMap.unlabelled(31, patches.grid).with_frames(frames, empty=patches.empty)
    save_labels(folder / "labels.h5", made)


def comparison(folder: Path) -> None:
    """``comparison.h5``, with its picture and table."""
    patches = wb.extract(wb.open_scan(folder / "scan.h5"), patch_size=32)
    compared = wb.compare(patches, ("angle-rule", "gso", "matched"))
    save_comparison(folder / "comparison.h5", compared, provenance=Provenance(seed=0))


def preliminary(folder: Path) -> None:
    """``preliminary.h5``: what a live classification has after three frames."""

    def stop(frame, labels) -> None:
        if frame.index == 2:
            raise OperationCancelled

    output = str(folder / "preliminary.h5")
    options = LiveOptions(str(folder / "scan.h5"), output, data_path="1.1", device="cpu")
    try:
        LiveSession(options, on_frame=stop).follow()
    except OperationCancelled:
        return
    raise AssertionError("the session went on")


def crops_in_a_layer(folder: Path) -> None:
    """``in_layer.h5``: crops along a line that lies in a layer."""
    stack = open_stack(folder / "volume.h5", (1.0, 0.144, 0.0444))
    line = DislocationLine([[2.0, 6.0, 1.0], [2.0, 6.0, 4.0]], kind=LineKind.IN_LAYER)
    crops, warnings = crop_lines(stack.image_stack(["wb_low", "wb_high"]), [line])
    write_crops(folder / "in_layer.h5", crops, conditions=CropConditions(), warnings=warnings)


def model(folder: Path) -> None:
    """Links to the shipped model and detector."""
    (folder / "model.safetensors").symlink_to(shipped_model_file())
    (folder / "detector.safetensors").symlink_to(shipped_detector_file())


def by_command(arguments: str) -> Callable[[Path], None]:
    """What a command writes into the folder, which must be the working one."""

    def make(folder: Path) -> None:
        assert main(arguments.split()) == 0

    return make


SAMPLES = ("scan.h5", "layers.h5", "weak_beam.h5", "volume.h5", "lines.h5")
MAKERS = (
    labels,
    comparison,
    preliminary,
    crops_in_a_layer,
    model,
    *map(by_command, (CURVED, RECONSTRUCT, COMPARE, EVALUATE, CHECK)),
)
