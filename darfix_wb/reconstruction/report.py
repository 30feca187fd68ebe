"""What a reconstruction found, in numbers and in a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy

from ..dislocation_lines.network import LineNetwork
from ..volume_comparison.report import Comparison, plain


@dataclass(frozen=True, eq=False)
class ReconstructionReport:
    """A network, and how it compares.

    Attributes
    ----------
    network : LineNetwork
    offsets_um : numpy.ndarray
        ``(n_layers, 2)`` displacement of each layer that was taken off.
    comparison : Comparison or None
        With the reference; None where there is none.
    """

    network: LineNetwork
    offsets_um: numpy.ndarray
    comparison: Comparison | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """Why the lines may not be trusted, a sentence each."""
        return self.network.warnings

    def as_dict(self) -> dict[str, Any]:
        """Plain values, which JSON can hold."""
        network = self.network
        found = {
            "lines": len(network.lines),
            "length_um": network.length_um,
            "density_per_um2": network.density_per_um2,
            "junctions": len(network.junctions_um),
            "boundaries": [
                {
                    "centre_um": one.centre_um.tolist(),
                    "normal": one.normal.tolist(),
                    "spacing_um": one.spacing_um,
                    "misorientation_urad": one.misorientation_urad,
                    "lines": sum(line.boundary == number for line in network.lines),
                }
                for number, one in enumerate(network.boundaries)
            ],
            "jitter_um": numpy.sqrt(numpy.mean(self.offsets_um**2, axis=0)).tolist(),
            "comparison": None if self.comparison is None else _compared(self.comparison),
            "warnings": list(self.warnings),
        }
        return plain(found)

    def __str__(self) -> str:
        network = self.network
        jitter = numpy.sqrt(numpy.mean(self.offsets_um**2, axis=0))
        return (
            f"{len(network.lines)} lines, {network.length_um:.1f} um in all, "
            f"{network.density_per_um2:.3g} per um2; {len(network.junctions_um)} junctions, "
            f"{len(network.boundaries)} boundaries; displacement of layers {jitter[0]:.3f} um "
            f"along rows and {jitter[1]:.3f} um along columns (root mean square)."
        )


def _compared(comparison: Comparison) -> dict[str, Any]:
    """All figures, those of the table with their names, and the histogram of distances."""
    edges, counts = comparison.histogram()
    chance = comparison.null.rows()
    table = [[name, value, chance[name]] for name, value in comparison.figures.rows().items()]
    shown = {"table": table, "distances": {"edges_um": edges, "counts": counts}}
    return comparison.as_dict() | shown
