"""Rocking scans with known truth, from the Takagi-Taupin equations."""

from __future__ import annotations

from .layer_series import LayerSeries
from .materials import MATERIALS
from .nexus_file import write_scan
from .parameters import (
    BeamParameters,
    DetectorParameters,
    GridParameters,
    OpticsParameters,
    SampleParameters,
    ScanParameters,
    SimulationParameters,
)
from .random_materials import random_material_parameters
from .randomization import random_parameters
from .scan import SimulatedScan, simulate_scan
from .truth import TruthMaps, patch_truth, read_truth
from .volume import simulate_volume
from .volume_truth import VolumeTruth, read_volume_truth

__all__ = [
    "MATERIALS",
    "BeamParameters",
    "DetectorParameters",
    "GridParameters",
    "LayerSeries",
    "OpticsParameters",
    "SampleParameters",
    "ScanParameters",
    "SimulatedScan",
    "SimulationParameters",
    "TruthMaps",
    "VolumeTruth",
    "patch_truth",
    "random_material_parameters",
    "random_parameters",
    "read_truth",
    "read_volume_truth",
    "simulate_scan",
    "simulate_volume",
    "write_scan",
]
