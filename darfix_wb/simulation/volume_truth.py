"""What is known about a simulated volume: its lines, and where they show in the layers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from silx.io.dictdump import dicttonx

from ..dislocation_lines.line import DislocationLine
from ..dislocation_lines.network import SAMPLING_UM, LineNetwork
from ..dislocation_lines.network_file import network_of, network_tree
from ..errors import DarfixWBError
from ..io.hdf5_access import open_hdf5, reason
from .parameters import SimulationParameters
from .volume_lines import SHORTEST_UM
from .volume_pieces import cut, joined, long_runs, tidy

GROUP = "volume_truth"
_FEWEST_POINTS = round(SHORTEST_UM / SAMPLING_UM) + 1


@dataclass(frozen=True, eq=False)
class VolumeTruth:
    """The lines of a simulated volume.

    Attributes
    ----------
    network : LineNetwork
        All lines in the volume, points 0.1 um apart: (layer, row, column) in um, where images would
        show them without any shift of the layers. Its box is the field of view, and the range of
        the layers with half a step on either side.
    g_dot_b : (n_lines,) float64
        Diffraction vector times Burgers vector; 0 is invisible.
    shows : tuple of (n_points,) bool
        For each line, which of its points show in the nearest layer.
    numbers : (n_lines,) int
        Number of each line in the crystal; a line that leaves the box and comes back has several
        pieces of one number.
    crystal_boundaries : (n_lines,) int
        Number of the boundary in the crystal, -1 for lone lines. Those of the network are the ones
        that a plane describes.
    offsets_um : (n_layers, 2) float64
        Shift of the image of each layer, (row, column), by jitter, drift between layers and drift
        in the scan up to its middle frame.
    spacing_um : (3,) float64
        Distance of layers, rows and columns.
    two_theta_deg : float
        Rows are stretched by ``1 / sin(two_theta)`` against columns.
    parameters : SimulationParameters
        Those of the first layer.
    """

    network: LineNetwork
    g_dot_b: np.ndarray
    shows: tuple[np.ndarray, ...]
    numbers: np.ndarray
    crystal_boundaries: np.ndarray
    offsets_um: np.ndarray
    spacing_um: np.ndarray
    two_theta_deg: float
    parameters: SimulationParameters

    def shown(self) -> LineNetwork:
        """Return the pieces that show: those that are to be found.

        Lines with g.b = 0 are left out. Pieces shorter than 0.3 um belong to what is next to them.
        Two lines that meet where no third one shows are one line.
        """
        return tidy(self.network, joined(self._part(True)))

    def hidden(self) -> LineNetwork:
        """Return all other pieces: neither to be found nor false when found."""
        return tidy(self.network, self._part(False))

    def _part(self, wanted: bool) -> list[DislocationLine]:
        lines = []
        for line, shows, g_dot_b in zip(self.network.lines, self.shows, self.g_dot_b, strict=True):
            flags = long_runs(shows & (g_dot_b != 0), _FEWEST_POINTS)
            lines += cut(line, flags, wanted)
        return lines


def write_volume_truth(file: h5py.File, truth: VolumeTruth) -> None:
    """Write the truth into the file of the scans, as `/volume_truth`."""
    tree = network_tree(truth.network)
    tree["lines"] |= {
        "g_dot_b": truth.g_dot_b,
        "number": truth.numbers,
        "crystal_boundary": truth.crystal_boundaries,
        "shows": np.concatenate([np.empty(0, bool), *truth.shows]).astype(np.uint8),
        "shows@meaning": "1 where a point shows in the nearest layer",
    }
    tree |= {
        "@NX_class": "NXprocess",
        "program": "darfix-wb simulate",
        "simulation": json.dumps(truth.parameters.to_dict(), sort_keys=True),
        "layers": tree["layers"] | {"offset": truth.offsets_um, "offset@units": "um"},
        "geometry": {
            "@NX_class": "NXcollection",
            "spacing": truth.spacing_um,
            "spacing@units": "um",
            "spacing@axes": "layer, row, column",
            "stretched_axis": "row",
            "two_theta": truth.two_theta_deg,
            "two_theta@units": "degree",
            "energy": truth.parameters.beam.energy_kev,
            "energy@units": "keV",
            "reflection": np.array(truth.parameters.sample.reflection),
        },
    }
    dicttonx(tree, file, h5path=f"/{GROUP}", add_nx_class=False, update_mode="modify")


def read_volume_truth(path: str | Path) -> VolumeTruth:
    """Read the truth of a simulated volume from the file of its scans.

    Raises
    ------
    DarfixWBError
        Where the file cannot be read or holds no truth of a volume.
    """
    with open_hdf5(path) as file:
        try:
            return _read(file[GROUP])
        except (KeyError, ValueError, IndexError) as error:
            raise DarfixWBError(
                f"The truth of a volume must come from a file written by darfix-wb simulate with "
                f"--layers, got {path} ({reason(error)}). Simulate the volume again or choose "
                "another file."
            ) from error


def _read(group: h5py.Group) -> VolumeTruth:
    network = network_of(group)
    table, geometry = group["lines"], group["geometry"]
    ends = np.cumsum([len(line.points_um) for line in network.lines])
    shows = np.split(table["shows"][()].astype(bool), ends[:-1]) if len(ends) else []
    return VolumeTruth(
        network=network,
        g_dot_b=table["g_dot_b"][()],
        shows=tuple(shows),
        numbers=table["number"][()],
        crystal_boundaries=table["crystal_boundary"][()],
        offsets_um=group["layers/offset"][()],
        spacing_um=geometry["spacing"][()],
        two_theta_deg=float(geometry["two_theta"][()]),
        parameters=SimulationParameters.from_dict(json.loads(group["simulation"].asstr()[()])),
    )
