"""A scan on which weak and strong beam are told apart by brightness and texture."""

import numpy
import pytest

from darfix_wb.extraction import extract
from darfix_wb.labels import LabelMap
from darfix_wb.scan import RockingScan

N_FRAMES = 12
PATCH_SIZE = 16


def make_scan(seed: int = 0, shape: tuple[int, int] = (64, 80)) -> RockingScan:
    """12 frames, strong in the middle, with an unlit margin of 16 px on the right."""
    rng = numpy.random.default_rng(seed)
    curve = numpy.exp(-0.5 * ((numpy.arange(N_FRAMES) - 5.5) / 1.5) ** 2)
    blotches = rng.gamma(1.5, 1.0, (shape[0] // 4, shape[1] // 4)).repeat(4, 0).repeat(4, 1)
    signal = 600.0 * curve[:, None, None] * blotches + 40.0
    signal[:, :, -PATCH_SIZE:] = 0.0
    counts = 100.0 + signal + rng.normal(0, 4.0, signal.shape) + rng.normal(0, 1, signal.shape)
    counts += numpy.sqrt(2 * signal) * rng.normal(0, 1, signal.shape)
    return RockingScan(counts.clip(0, 65535).astype(numpy.uint16), numpy.arange(N_FRAMES))


@pytest.fixture(autouse=True)
def _one_thread(one_thread):
    """In every test."""


@pytest.fixture
def patched():
    """The scan, cut into 4 x 5 patches of 16 px."""
    return extract(make_scan(), patch_size=PATCH_SIZE)


@pytest.fixture
def labels(patched):
    """Four weak and four strong frames, labelled as a person would."""
    unlabelled = LabelMap.unlabelled(N_FRAMES, patched.grid)
    return unlabelled.with_frames(
        {"weak": [0, 1, 10, 11], "strong": [4, 5, 6, 7]}, empty=patched.empty
    )
