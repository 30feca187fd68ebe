"""The widgets of a volume: its layers, and the lines through them."""

from __future__ import annotations

from pathlib import Path

import h5py
from grabbing import ran, save, settle, wait

from darfix_wb.simulation import (
    GridParameters,
    SampleParameters,
    ScanParameters,
    SimulationParameters,
    simulate_scan,
    write_scan,
)
from orangecontrib.darfix_wb.widgets.dislocation_reconstruction import OWDislocationReconstruction
from orangecontrib.darfix_wb.widgets.volume_classification import OWVolumeClassification

N_LAYERS, LAYER_STEP_UM, SHOWN_LAYER, FAILED_LAYER = 8, 1.0, 4, 6
PITCH_UM = (0.14435, 0.0444)
"""Distances of rows and columns of the simulated layers: pixel / sin(2 theta), and pixel."""

SHOWN_LINE = 0


def volume_pictures(folder: Path) -> None:
    """The images of the layers of a volume, then the lines through them."""
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
    volume.onDeleteWidget()
    lines.onDeleteWidget()


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
