"""What the file of a reconstruction tells beside its lines."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

import numpy

from ..dislocation_lines.network import LineNetwork
from ..dislocation_lines.network_file import RECONSTRUCTION, network_of
from ..errors import DarfixWBError
from ..io.hdf5_access import open_hdf5
from ..io.nexus import find_process
from ..io.provenance import Provenance

FIGURES = "figures"
"""Name of the report as JSON in the file."""


@dataclass(frozen=True, eq=False)
class SavedReconstruction:
    """A network from its file, and how it was found.

    Attributes
    ----------
    network : LineNetwork
    figures : dict
        As of `darfix_wb.reconstruction.report.ReconstructionReport.as_dict`; empty for lines that
        come from elsewhere.
    volume_file : str
        The volume that they were found in; empty where none is told.
    spacing_um : tuple of float
        Distances of its layers, rows and columns; empty where none are told.
    reference : str
        What they were compared with; empty for nothing.
    offsets_um : numpy.ndarray
        ``(n_layers, 2)`` float64: displacement of each layer that was taken off.
    """

    network: LineNetwork
    figures: dict[str, Any]
    volume_file: str
    spacing_um: tuple[float, ...]
    reference: str
    offsets_um: numpy.ndarray


def read_reconstruction(path: str | os.PathLike) -> SavedReconstruction:
    """Read the file of a reconstruction, or of other lines.

    Raises
    ------
    DarfixWBError
        If it holds no network, or is damaged.
    """
    with open_hdf5(path) as file:
        group = find_process(file, RECONSTRUCTION)
        provenance = Provenance.from_nexus(group)
        try:
            network = network_of(group)
            figures = json.loads(group[FIGURES].asstr()[()]) if FIGURES in group else {}
            offsets = numpy.zeros((len(network.layers_um), 2))
            if "displacement" in group:
                offsets = group["displacement/offset"][()].reshape(offsets.shape)
        except (KeyError, ValueError, IndexError) as error:
            raise DarfixWBError(
                f"The lines of a network must be complete, and those of {path} are not ({error}). "
                "Reconstruct it again, or choose another file."
            ) from error
    parameters = provenance.parameters
    spacing = tuple(parameters.get("spacing_um", ()))
    return SavedReconstruction(
        network=network,
        figures=figures,
        volume_file=provenance.source if spacing else "",
        spacing_um=spacing,
        reference=parameters.get("reference", ""),
        offsets_um=offsets,
    )
