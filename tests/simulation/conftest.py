"""A small scan that several tests look at, and crystals with a single dislocation."""

import numpy as np
import pytest

from darfix_wb.simulation import (
    GridParameters,
    SampleParameters,
    ScanParameters,
    SimulationParameters,
    simulate_scan,
)
from darfix_wb.simulation.crystal import Crystal, Dislocations
from darfix_wb.simulation.geometry import make_geometry

COARSE = GridParameters(row_px=4, column_px=4, layer_cell_um=0.15, exit_cell_um=1.0)


def small_parameters(steps=11, shape=(96, 130), sample=None, **scan):
    sample = SampleParameters(upstream_um=10, exit_um=15, subgrain_um=20, **(sample or {}))
    return SimulationParameters(
        sample=sample, scan=ScanParameters(shape=shape, steps=steps, **scan), grid=COARSE
    )


def crystal_of(point, line, burgers, parameters):
    """A crystal without tilt and with one dislocation, or none where `burgers` is zero."""
    line, burgers = np.asarray(line, float), np.asarray(burgers, float)
    geometry = make_geometry(parameters)
    g_dot_b = burgers @ geometry.diffraction_vector_per_um / (2 * np.pi)
    table = Dislocations(
        point_um=np.array([point], float),
        line=line[None] / np.linalg.norm(line),
        burgers_um=burgers[None],
        bow_per_um=np.zeros(1),
        g_dot_b=np.round([g_dot_b], 6),
        boundary=np.array([-1], np.int32),
    )
    none = np.zeros(0)
    return Crystal(table, np.zeros((0, 3)), none, none, np.zeros(3), np.zeros(3))


@pytest.fixture(scope="session")
def small_scan():
    return simulate_scan(small_parameters())
