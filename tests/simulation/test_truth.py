"""Labels of patches, against maps worked out by hand."""

import dataclasses

import numpy as np
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.patches import PatchGrid
from darfix_wb.simulation import patch_truth
from darfix_wb.simulation.truth import TruthMaps

WEAK, STRONG, EMPTY = 0, 1, 2


def maps_like(scan, shape, ms, dev, lit, signal):
    return TruthMaps(
        frame_shape=shape,
        ms=np.asarray(ms, np.float16),
        dev=np.asarray(dev, np.float16),
        illumination=np.asarray(lit, np.float16),
        signal_adu=np.asarray(signal, np.float32),
        local_peak_deg=np.zeros_like(signal, np.float32),
        dislocation_mask=np.zeros(shape, bool),
        dislocations=scan.truth.dislocations,
        parameters=scan.parameters,
    )


def test_conditions_by_hand(small_scan):
    """Four patches of 8 px: strong, weak, unlit and silent; then a frame off the peak."""
    ms = np.zeros((2, 4, 4))
    ms[0, :2, :2] = [[0.2, 0.2], [0.2, 0.2]]
    ms[0, :2, 2:] = [[0.1, 0.0], [0.0, 0.0]]
    dev = np.full((2, 4, 4), 2.0)
    dev[0, :2, :2] = 0.5
    dev[0, :2, 2:] = [[0.9, 0.9], [0.9, 1.2]]
    lit = np.ones((2, 4, 4))
    lit[:, 2:, :2] = 0.2
    signal = np.full((4, 4), 100.0)
    signal[2:, 2:] = 0.5
    maps = maps_like(small_scan, (16, 16), ms, dev, lit, signal)
    truth = patch_truth(maps, PatchGrid((16, 16), 8))
    np.testing.assert_array_equal(truth.condition[0], [[STRONG, WEAK], [EMPTY, EMPTY]])
    np.testing.assert_array_equal(truth.geometric[0], [[STRONG, STRONG], [EMPTY, EMPTY]])
    np.testing.assert_array_equal(truth.clear[0], [[True, False], [False, False]])
    np.testing.assert_array_equal(truth.condition[1], [[WEAK, WEAK], [EMPTY, EMPTY]])
    np.testing.assert_array_equal(truth.clear[1], [[True, True], [False, False]])


def test_means_are_weighted_by_area(small_scan):
    """Patches of 10 px on a frame of 16 x 18: 10 columns are 2.5 bins; the last bin has 2 px."""
    ms = np.zeros((1, 4, 5))
    ms[0, :, 2] = 0.1
    parts = np.zeros((1, 4, 5))
    for factor, expected in ((1.49, WEAK), (1.51, STRONG)):
        parts[0, :, 2] = 0.1 * factor
        maps = maps_like(
            small_scan, (16, 18), parts, np.ones_like(ms), np.ones_like(ms), np.ones((4, 5)) * 9
        )
        truth = patch_truth(maps, PatchGrid((16, 18), 10))
        # first patch: 2 of its 10 columns lie in bin 2: mean = 0.2 * 0.1 * factor
        assert truth.condition[0, 0, 0] == expected
        # last patch holds columns 10-17 of the frame only: 2 of 8 columns lie in bin 2
        assert truth.condition[0, 0, 1] == STRONG


def test_truth_of_a_scan(small_scan):
    grid = PatchGrid(small_scan.frames.shape[1:], 32)
    truth = patch_truth(small_scan.truth, grid)
    assert truth.condition.shape == (11, *grid.shape)
    assert truth.condition.dtype == truth.geometric.dtype == np.uint8
    middle, ends = truth.condition[5], truth.condition[[0, -1]]
    assert np.mean(middle == STRONG) > 0.8
    assert np.mean(ends == WEAK) > 0.8
    assert truth.clear[0].all()


def test_grid_of_other_frames_is_refused(small_scan):
    with pytest.raises(DarfixWBError, match="must be made for frames of"):
        patch_truth(small_scan.truth, PatchGrid((64, 64), 32))


def test_overlapping_patches(small_scan):
    grid = PatchGrid(small_scan.frames.shape[1:], 32, 16)
    truth = patch_truth(small_scan.truth, grid)
    coarse = patch_truth(small_scan.truth, dataclasses.replace(grid, stride=32))
    np.testing.assert_array_equal(
        truth.condition[:, ::2, ::2][:, :3, :4], coarse.condition[:, :3, :4]
    )
