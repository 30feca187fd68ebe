"""Scans with a truth: simulated, labelled by a person, or labelled by the angle of their frames."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import h5py
import numpy

from ..beam import AMBIGUOUS, UNLABELLED, BeamCondition
from ..errors import DarfixWBError
from ..extraction import PatchedScan, extract
from ..io.frame_sources import open_scan
from ..io.hdf5_access import open_hdf5
from ..io.label_files import open_labelled_scan
from ..known_scan import KnownScan
from ..patches import DEFAULT_PATCH_SIZE
from ..progress import SILENT, Monitor
from ..scan import RockingScan
from ..simulation.parameters import SampleParameters
from ..simulation.shown_lines import line_truth
from ..simulation.truth import patch_truth, read_truth

FRAME_LABELS = "/label_from_rocking_curve"
"""Data set with a name for each frame, unless told otherwise."""

FRAME_NAMES = {
    "wb": BeamCondition.WEAK,
    "weak": BeamCondition.WEAK,
    "sb": BeamCondition.STRONG,
    "strong": BeamCondition.STRONG,
    "transition": AMBIGUOUS,
    "ambiguous": AMBIGUOUS,
}
"""What a frame may be called; all other names say nothing of it."""


_LATER = (
    "material",
    "mosaic_um",
    "mosaic_urad",
    "curved_density_per_um2",
    "loop_fraction",
    "junction_density_per_um3",
    "bend_radius_um",
)
"""Parameters of a sample that files of earlier versions lack: its name must not change by them."""


@dataclass(frozen=True)
class Cut:
    """How frames are cut into patches: `PatchGrid`'s sizes in px, and where frame labels are."""

    patch_size: int = DEFAULT_PATCH_SIZE
    stride: int | None = None
    frame_labels: str = FRAME_LABELS


def open_known_scans(
    names: Sequence[str | os.PathLike], cut: Cut, *, monitor: Monitor = SILENT
) -> list[KnownScan]:
    """Open scans of which the truth is known, and cut them into patches.

    Parameters
    ----------
    names : sequence of str or path-like
        Files, each a simulated scan, a labels file of darfix-wb or a scan with labels of its
        frames; as ``"SAMPLE=FILE"`` to say which scans are of one sample. Otherwise simulated
        scans are of one sample where only the layer differs, and others where they lie in one
        folder, their layers in the order given.
    cut : Cut
        Patches, the same for all scans.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Raises
    ------
    DarfixWBError
        If a file cannot be used, or the scans cannot be evaluated together.
    """
    scans: list[KnownScan] = []
    parts = monitor.parts(len(names))
    for number, (name, part) in enumerate(zip(names, parts, strict=True)):
        sample, path = split_name(str(name))
        known = _open(path, cut, number, monitor=part)
        scans.append(replace(known, sample=sample) if sample else known)
    stems = Counter(scan.name for scan in scans)
    numbered = [
        replace(scan, name=f"{scan.name} ({number + 1})") if stems[scan.name] > 1 else scan
        for number, scan in enumerate(scans)
    ]
    check_scans(numbered)
    return numbered


def check_scans(scans: Sequence[KnownScan]) -> None:
    """Refuse scans that cannot be evaluated together.

    Raises
    ------
    DarfixWBError
        If there is none, one is given twice, or they are cut into patches of several sizes.
    """
    if not scans:
        raise DarfixWBError("There must be at least one scan to evaluate on, got none. Give one.")
    sources = [scan.patched.scan.source or scan.name for scan in scans]
    twice = {source for source in sources if sources.count(source) > 1}
    if twice:
        raise DarfixWBError(
            "Each scan must be given once, or its frames would be on both sides of a split; got "
            f"{', '.join(sorted(twice))} again. Leave one out."
        )
    grids = {(scan.patched.grid.patch_size, scan.patched.grid.stride) for scan in scans}
    if len(grids) > 1:
        raise DarfixWBError(
            "All scans must be cut into patches of one size and stride, got "
            f"{', '.join(f'{size} px every {stride} px' for size, stride in sorted(grids))}. "
            "Evaluate them separately."
        )


def split_name(name: str) -> tuple[str, Path]:
    """The sample, empty where it is not named, and the file of ``SAMPLE=FILE``."""
    sample, equals, path = name.partition("=")
    if not equals or "/" in sample or Path(name).exists():
        return "", Path(name)
    return sample, Path(path)


def _open(path: Path, cut: Cut, number: int, monitor: Monitor) -> KnownScan:
    with open_hdf5(path) as file:
        simulated = "truth/parameters" in file
        by_frame = isinstance(file.get(cut.frame_labels), h5py.Dataset)
        by_patch = "entry/labels" in file
    if simulated:
        return _simulated(path, cut, monitor=monitor)
    if by_patch:
        return _labelled(path, cut, number, monitor=monitor)
    if by_frame:
        return _labelled_by_frame(path, cut, number, monitor=monitor)
    raise DarfixWBError(
        "A scan to evaluate on must hold the truth of darfix-wb simulate, be a labels file of "
        f"darfix-wb, or name its frames in {cut.frame_labels}, and {path} does none of these. "
        "Label some of its patches, or say where the labels of its frames are."
    )


def _simulated(path: Path, cut: Cut, monitor: Monitor) -> KnownScan:
    patched = _extract(open_scan(path), cut, monitor=monitor)
    maps = read_truth(path)
    truth = patch_truth(maps, patched.grid)
    lines = line_truth(maps)
    sample = maps.parameters.sample
    return KnownScan(
        patched,
        truth.condition,
        known_by="truth of the simulation",
        clear=truth.clear,
        lines=maps.dislocation_mask if lines is None else lines.mask,
        line_truth=lines,
        name=path.stem,
        sample=sample_name(sample),
        layer=sample.layer_z_um,
    )


def sample_name(sample: SampleParameters) -> str:
    """The same for all layers of a crystal in one reflection, another for any other sample."""
    values = dataclasses.asdict(sample)
    del values["layer_z_um"], values["view_um"]
    for entry in dataclasses.fields(sample):
        if entry.name in _LATER and values[entry.name] == entry.default:
            del values[entry.name]
    mark = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:4]
    miller = "".join(map(str, sample.reflection))
    material = f"{sample.material} " if "material" in values else ""
    return f"{material}{miller} crystal {sample.crystal_seed} {mark}"


def _labelled(path: Path, cut: Cut, number: int, monitor: Monitor) -> KnownScan:
    scan, labels = open_labelled_scan(path)
    patched = _extract(scan, cut, monitor=monitor)
    labels.check_fits(scan.n_frames, patched.grid)
    return KnownScan(patched, labels.values, known_by="labels of patches", **_place(path, number))


def _labelled_by_frame(path: Path, cut: Cut, number: int, monitor: Monitor) -> KnownScan:
    scan = open_scan(path)
    values = _frame_conditions(path, cut.frame_labels, scan.n_frames)
    patched = _extract(scan, cut, monitor=monitor)
    truth = numpy.broadcast_to(values[:, None, None], patched.curves.shape).copy()
    truth[:, patched.empty] = BeamCondition.EMPTY
    return KnownScan(patched, truth, known_by="labels of frames", **_place(path, number))


def _frame_conditions(path: Path, dataset: str, n_frames: int) -> numpy.ndarray:
    with open_hdf5(path) as file:
        names = [
            name.decode() if isinstance(name, bytes) else str(name)
            for name in numpy.ravel(file[dataset][()])
        ]
    if len(names) != n_frames:
        raise DarfixWBError(
            f"{dataset} must have a name for each of the {n_frames} frames, got {len(names)} in "
            f"{path}. Correct the data set, or name another."
        )
    values = [FRAME_NAMES.get(name.strip().lower(), UNLABELLED) for name in names]
    return numpy.array(values, dtype=numpy.uint8)


def _extract(scan: RockingScan, cut: Cut, monitor: Monitor) -> PatchedScan:
    return extract(scan, patch_size=cut.patch_size, stride=cut.stride, monitor=monitor)


def _place(path: Path, number: int) -> dict[str, Any]:
    """Name, sample and layer of a file that does not say them."""
    sample = path.absolute().parent.name or "sample"
    return {"name": path.stem, "sample": sample, "layer": float(number)}
