"""Write a simulated scan the way BLISS writes a measured one, together with its truth."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import h5py
import numpy as np

from ..io.output import check_output, check_room, new_file
from ..io.output_names import HDF5_SUFFIXES
from ..io.storage import storage
from .crystal import Dislocations
from .curved_lines import CurvedLines
from .materials import material_named
from .scan import SimulatedScan
from .truth import TruthMaps

DETECTOR = "pco_ff"
MOTOR = "phi"
_MAPS = (
    "ms",
    "dev",
    "illumination",
    "signal_adu",
    "local_peak_deg",
    "dislocation_mask",
    "line_map",
    "shown_lines",
)
_UNITS = {"bow_per_um": "1/um"}


def write_scan(path: str | Path, scan: SimulatedScan, *, overwrite: bool = False) -> None:
    """Write a scan to a NeXus file that darfix and silx read.

    The file gets its name only when it is complete.

    Parameters
    ----------
    path : str or Path
    scan : SimulatedScan
    overwrite : bool
        Replace a file of that name.

    Raises
    ------
    DarfixWBError
        As `darfix_wb.io.output.new_file`.
    """
    check_output(path, overwrite=overwrite, suffixes=HDF5_SUFFIXES)
    check_room(path, 2 * scan.frames.nbytes)
    with (
        new_file(path, overwrite=overwrite, suffixes=HDF5_SUFFIXES) as partial,
        h5py.File(partial, "w", track_order=True) as file,
    ):
        write_measurement(file, scan)
        _write_truth(file, scan.truth)


def _group(parent: h5py.Group, name: str, nx_class: str, **attributes) -> h5py.Group:
    group = parent.create_group(name, track_order=True)
    group.attrs.update({"NX_class": nx_class, **attributes})
    return group


def write_measurement(
    file: h5py.File,
    scan: SimulatedScan,
    *,
    entry: str = "1.1",
    standing_mm: dict[str, float] | None = None,
) -> None:
    """Write frames and motors of a scan as BLISS does.

    Parameters
    ----------
    file : h5py.File
    scan : SimulatedScan
    entry : str
        Name of the entry.
    standing_mm : dict of str to float, optional
        Positions of motors that do not move, in mm.
    """
    parameters = scan.parameters
    n_frames = len(scan.frames)
    file.attrs.update({"NX_class": "NXroot", "creator": "darfix-wb"})
    file.attrs.setdefault("default", entry)
    entry = _group(file, entry, "NXentry", default="plotselect")
    start, stop = scan.phi_deg[[0, -1]]
    exposure = parameters.detector.exposure_s
    entry["title"] = f"ascan {MOTOR} {start:.6g} {stop:.6g} {n_frames - 1} {exposure:g}"
    instrument = _group(entry, "instrument", "NXinstrument")
    camera = _group(instrument, DETECTOR, "NXdetector")
    camera["type"] = "lima"
    camera.create_dataset("data", data=scan.frames, **storage(scan.frames))
    camera["data"].attrs["interpretation"] = "image"
    camera["image"] = h5py.SoftLink(camera["data"].name)
    acquisition = _group(camera, "acq_parameters", "NXcollection")
    acquisition["acq_expo_time"] = exposure
    acquisition["acq_nb_frames"] = n_frames
    camera["count_time"] = scan.exposure_s
    camera["count_time"].attrs["units"] = "s"
    positioners = _group(instrument, "positioners", "NXcollection")
    positioners[MOTOR] = scan.phi_deg
    positioners[MOTOR].attrs["units"] = "degree"
    for name, position in (standing_mm or {}).items():
        positioners[name] = position
        positioners[name].attrs["units"] = "mm"
    measurement = _group(entry, "measurement", "NXcollection")
    measurement[DETECTOR] = h5py.SoftLink(camera["data"].name)
    measurement[MOTOR] = h5py.SoftLink(positioners[MOTOR].name)
    measurement["sec"] = h5py.SoftLink(camera["count_time"].name)
    plot = _group(entry, "plotselect", "NXdata", signal=DETECTOR, axes=[MOTOR, ".", "."])
    plot[DETECTOR] = h5py.SoftLink(camera["data"].name)
    plot[MOTOR] = h5py.SoftLink(positioners[MOTOR].name)
    sample = _group(entry, "sample", "NXsample")
    sample["name"] = f"simulated {material_named(parameters.sample.material).title}"


def _write_truth(file: h5py.File, truth: TruthMaps) -> None:
    group = _group(file, "truth", "NXprocess", default="maps")
    group["program"] = "darfix-wb simulate"
    group["parameters"] = json.dumps(truth.parameters.to_dict(), sort_keys=True)
    for name in _MAPS:
        values = getattr(truth, name)
        if values is None:
            continue
        stored = values.astype(np.uint8) if values.dtype == bool else values
        group.create_dataset(name, data=stored, **storage(stored))
        group[name].attrs["interpretation"] = "image"
    group["signal_adu"].attrs["units"] = "ADU"
    group["local_peak_deg"].attrs["units"] = "degree"
    maps = _group(group, "maps", "NXdata", signal="ms")
    maps["ms"] = h5py.SoftLink("/truth/ms")
    _write_table(group, "dislocations", truth.dislocations)
    if truth.curved is not None:
        _write_table(group, "curved", truth.curved)


def _write_table(parent: h5py.Group, name: str, lines: Dislocations | CurvedLines) -> None:
    table = _group(parent, name, "NXcollection")
    for entry in dataclasses.fields(lines):
        table[entry.name] = getattr(lines, entry.name)
        unit = "um" if entry.name.endswith("_um") else ""
        table[entry.name].attrs["units"] = _UNITS.get(entry.name, unit)
