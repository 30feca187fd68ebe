"""The window that follows a scan while it is recorded."""

from __future__ import annotations

from pathlib import Path

import h5py
from grabbing import save, wait

from darfix_wb.gui.live.window import LiveWindow
from darfix_wb.live.options import LiveOptions
from darfix_wb.simulation import (
    GridParameters,
    SampleParameters,
    ScanParameters,
    SimulationParameters,
    simulate_scan,
)

N_FRAMES = 19
"""Frames that are there when the picture is taken, of the whole curve."""


def live_pictures(folder: Path) -> None:
    """The window in the middle of a scan that goes on."""
    parameters = SimulationParameters(
        sample=SampleParameters(upstream_um=10, exit_um=15),
        scan=ScanParameters(shape=(384, 512)),
        grid=GridParameters(row_px=4, column_px=4, layer_cell_um=0.15, exit_cell_um=1.0),
    )
    _record(simulate_scan(parameters), Path("growing.h5"))
    window = LiveWindow(LiveOptions("growing.h5", "live.h5"))
    window.show()
    window.begin()
    wait(lambda: window.view.n_frames == N_FRAMES)
    save(window, folder / "live_window.png")
    window.close()


def _record(scan, path: Path) -> None:
    """The first frames of a scan that has not ended."""
    with h5py.File(path, "w") as file:
        entry = file.create_group("1.1")
        entry["title"] = f"ascan phi {scan.phi_deg[0]} {scan.phi_deg[-1]} {len(scan.phi_deg) - 1} 1"
        shape = scan.frames.shape[1:]
        entry.create_dataset(
            "instrument/pco_ff/data",
            data=scan.frames[:N_FRAMES],
            maxshape=(None, *shape),
            chunks=(1, *shape),
        )
        motor = entry.create_dataset(
            "instrument/phi/value", data=scan.phi_deg[:N_FRAMES], maxshape=(None,)
        )
        motor.attrs["units"] = "deg"
