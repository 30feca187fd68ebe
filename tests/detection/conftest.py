"""A simulated crystal with lines, and detectors."""

import pytest
import torch

from darfix_wb.detection.detector import LineDetector
from darfix_wb.detection.network import LineNetwork
from darfix_wb.dislocation_image import dislocation_image
from darfix_wb.extraction import extract
from darfix_wb.simulation import ScanParameters, SimulationParameters, simulate_scan


@pytest.fixture(scope="session")
def crystal():
    """A crystal with lone lines and a boundary, 160x192 px."""
    return simulate_scan(SimulationParameters(scan=ScanParameters(shape=(160, 192), steps=21)))


@pytest.fixture(scope="session")
def patched(crystal):
    return extract(crystal.rocking_scan, patch_size=32, stride=16)


@pytest.fixture(scope="session")
def found(patched):
    return dislocation_image(patched)


@pytest.fixture
def random_detector():
    """Makes detectors of random weights."""

    def make(seed=0):
        torch.manual_seed(seed)
        return LineDetector(LineNetwork(), 0.8, -0.3, {"command": "test"})

    return make
