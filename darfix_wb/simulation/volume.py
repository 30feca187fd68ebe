"""A simulated volume: scans of many layers in one file, with the lines that are in it."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
from scipy.spatial import cKDTree

from ..dislocation_lines.line import NO_NODE, DislocationLine
from ..dislocation_lines.network import LineNetwork
from ..io.output import check_output, check_room, new_file
from ..io.output_names import HDF5_SUFFIXES
from ..progress import SILENT, Monitor
from ..truth import NO_LINE
from .crystal import Crystal, make_crystal
from .geometry import Geometry, make_geometry
from .layer_series import LayerSeries
from .nexus_file import write_measurement
from .parameters import SimulationParameters
from .scan import SimulatedScan, image_shift_px, simulate_scan
from .volume_lines import CrystalPiece, pieces_in_box, plane_boundaries, to_volume
from .volume_truth import VolumeTruth, write_volume_truth

Z_MOTOR = "samz"
REACH_UM = 0.3
"""A point of a line shows where a pixel of the line that shows lies at most this far beside it."""

_BYTES = 2


def simulate_volume(
    path: str | Path,
    parameters: SimulationParameters,
    series: LayerSeries,
    *,
    overwrite: bool = False,
    monitor: Monitor = SILENT,
) -> VolumeTruth:
    """Simulate a volume and write it, one layer at a time, as BLISS writes a series of scans.

    The file gets its name when it is complete. Entries are 1.1, 2.1 and so on; `samz` among the
    positioners is the height of the layer in the crystal, in mm.

    Parameters
    ----------
    path : str or Path
    parameters : SimulationParameters
        Of all layers; the seed of the scan fixes sensor, beam profile and jitter.
    series : LayerSeries
    overwrite : bool
        Replace a file of that name.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    VolumeTruth
        What `read_volume_truth` reads from the file.

    Raises
    ------
    DarfixWBError
        As `darfix_wb.io.output.new_file` and `LayerSeries.layers`.
    OperationCancelled
        If the monitor is asked to stop.
    """
    layers = series.layers(parameters)
    check_output(path, overwrite=overwrite, suffixes=HDF5_SUFFIXES)
    frames = parameters.scan.steps * int(np.prod(parameters.scan.shape))
    check_room(path, _BYTES * frames * len(layers))
    with (
        new_file(path, overwrite=overwrite, suffixes=HDF5_SUFFIXES) as partial,
        h5py.File(partial, "w", track_order=True) as file,
    ):
        sight = _Sight(layers, series)
        for k, (layer, part) in enumerate(zip(layers, monitor.parts(len(layers)), strict=True)):
            scan = simulate_scan(layer, monitor=part)
            height = {Z_MOTOR: layer.sample.layer_z_um / 1000}
            write_measurement(file, scan, entry=f"{k + 1}.1", standing_mm=height)
            file.flush()
            sight.look(k, scan)
        truth = sight.truth()
        write_volume_truth(file, truth)
    return truth


class _Sight:
    """Collects from layer to layer where the lines of the crystal show."""

    def __init__(self, layers: list[SimulationParameters], series: LayerSeries) -> None:
        first = self._parameters = layers[0]
        self._geometry = make_geometry(first)
        self._crystal = make_crystal(first, self._geometry)
        self._heights = np.array([layer.sample.layer_z_um for layer in layers])
        self._step = series.step_um
        pitch = np.array([self._geometry.row_um, self._geometry.column_um])
        self._pitch = pitch
        views = np.array([layer.sample.view_um for layer in layers])
        self._offsets = np.array([image_shift_px(layer) for layer in layers]) * pitch - views
        low = [self._heights[0] - self._step / 2, *(-0.5 * pitch)]
        high = [self._heights[-1] + self._step / 2, *((np.array(first.scan.shape) - 0.5) * pitch)]
        self._bounds = np.array([low, high])
        self._pieces = pieces_in_box(self._crystal, self._geometry, self._bounds)
        points = [piece.points_um for piece in self._pieces]
        self._points = np.concatenate([np.empty((0, 3)), *points])
        counts = [len(part) for part in points]
        self._numbers = np.repeat([piece.number for piece in self._pieces], counts)
        nearest = np.rint((self._points[:, 0] - self._heights[0]) / self._step)
        self._layer = np.clip(nearest, 0, len(layers) - 1).astype(int)
        self._ends = np.cumsum(counts, dtype=int)
        self._shows = np.zeros(len(self._points), bool)

    def look(self, k: int, scan: SimulatedScan) -> None:
        """Take in the scan of a layer."""
        numbers = np.where(scan.truth.shown_lines, scan.truth.line_map, NO_LINE)
        pixels = np.argwhere(numbers != NO_LINE)
        shown = numbers[tuple(pixels.T)]
        places = pixels * self._pitch - self._offsets[k]
        here = np.flatnonzero(self._layer == k)
        for number in np.intersect1d(shown, self._numbers[here]):
            tree = cKDTree(places[shown == number])
            own = here[self._numbers[here] == number]
            distance, _ = tree.query(self._points[own, 1:], distance_upper_bound=REACH_UM)
            self._shows[own] = np.isfinite(distance)

    def truth(self) -> VolumeTruth:
        """Return what was found."""
        boundaries, member = plane_boundaries(self._pieces)
        lines, nodes = _lines(self._pieces, member, self._crystal, self._geometry)
        network = LineNetwork(
            lines,
            self._bounds,
            nodes_um=nodes,
            boundaries=tuple(boundaries),
            layers_um=self._heights,
            layer_names=tuple(f"{k + 1}.1" for k in range(len(self._heights))),
        )
        shows = np.split(self._shows, self._ends[:-1]) if len(self._ends) else []
        return VolumeTruth(
            network=network,
            g_dot_b=np.array([piece.g_dot_b for piece in self._pieces], float),
            shows=tuple(shows),
            numbers=np.array([piece.number for piece in self._pieces], int),
            crystal_boundaries=np.array([piece.boundary for piece in self._pieces], int),
            offsets_um=self._offsets,
            spacing_um=np.array([self._step, *self._pitch]),
            two_theta_deg=float(np.rad2deg(2 * self._geometry.theta_rad)),
            parameters=self._parameters,
        )


def _lines(
    pieces: list[CrystalPiece],
    member: np.ndarray,
    crystal: Crystal,
    geometry: Geometry,
) -> tuple[tuple[DislocationLine, ...], np.ndarray]:
    """Return the lines of a network and its nodes (n, 3), which are those in the box."""
    used = sorted({node for piece in pieces for node in piece.nodes} - {NO_NODE})
    number_of = {old: new for new, old in enumerate(used)} | {NO_NODE: NO_NODE}
    nodes = np.empty((0, 3))
    if used:
        nodes = to_volume(crystal.curved.node_um[used], geometry)
    lines = tuple(
        DislocationLine(
            piece.points_um,
            nodes=tuple(number_of[node] for node in piece.nodes),
            boundary=int(boundary),
            burgers_um=piece.burgers_um,
        )
        for piece, boundary in zip(pieces, member, strict=True)
    )
    return lines, nodes
