"""Frames cut into patches and stitched back, against plain loops."""

from __future__ import annotations

import pickle

import numpy
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.patches import PatchGrid

GRIDS = [
    ((64, 96), 16, None),  # fits
    ((50, 61), 16, None),  # padded at both borders
    ((50, 61), 16, 8),
    ((37, 20), 20, 7),  # one column of patches, stride that divides nothing
    ((17, 31), 16, 1),
    ((16, 16), 16, None),  # one patch
]


@pytest.fixture(params=GRIDS, ids=str)
def grid(request):
    return PatchGrid(*request.param)


@pytest.fixture
def frame(grid):
    return numpy.random.default_rng(0).normal(300, 90, grid.frame_shape)


def hann(size):
    """Raised cosine of a patch's side."""
    return 0.5 - 0.5 * numpy.cos(2 * numpy.pi * (numpy.arange(size) + 0.5) / size)


def test_shape_counts_every_started_patch():
    assert PatchGrid((2160, 2560), 64).shape == (34, 40)
    assert PatchGrid((2160, 2560), 64, 32).shape == (67, 79)
    assert PatchGrid((64, 64), 64).shape == (1, 1)
    assert PatchGrid((65, 64), 64).shape == (2, 1)
    assert PatchGrid((128, 96), 64, 32).shape == (3, 2)


def test_every_pixel_lies_in_a_patch_and_no_patch_is_needless(grid):
    size = grid.patch_size
    covered = numpy.zeros(grid.frame_shape, dtype=int)
    for row, column in grid.origins:
        before = numpy.count_nonzero(covered == 0)
        assert row < grid.frame_shape[0]
        assert column < grid.frame_shape[1]
        covered[row : row + size, column : column + size] += 1
        assert numpy.count_nonzero(covered == 0) < before
    assert covered.min() >= 1
    assert len(grid.origins) == grid.n_patches == numpy.prod(grid.shape)


def test_origins_are_the_corners_of_the_view(grid, frame):
    patches = grid.view(frame).reshape(grid.n_patches, grid.patch_size, grid.patch_size)
    for (row, column), patch in zip(grid.origins, patches, strict=True):
        assert patch[0, 0] == frame[row, column]


def test_border_patches_are_continued_by_reflection(grid, frame):
    size = grid.patch_size
    height, width = grid.frame_shape
    view = grid.view(frame)
    assert view.shape == (*grid.shape, size, size)
    for row, column in numpy.ndindex(grid.shape):
        for i, j in ((0, 0), (size - 1, 0), (size // 2, size - 1), (size - 1, size - 1)):
            y, x = row * grid.stride + i, column * grid.stride + j
            y = y if y < height else 2 * (height - 1) - y
            x = x if x < width else 2 * (width - 1) - x
            assert view[row, column, i, j] == frame[y, x]


def test_view_copies_nothing_where_patches_fit():
    frame = numpy.arange(64 * 96.0).reshape(64, 96)
    whole = PatchGrid((64, 96), 16).view(frame)
    assert numpy.shares_memory(whole, frame)
    whole[0, 0] = -1
    assert numpy.all(frame[:16, :16] == -1)
    overlapping = PatchGrid((64, 96), 16, 8).view(frame)
    assert numpy.shares_memory(overlapping, frame)
    assert not overlapping.flags.writeable


def test_view_of_a_read_only_frame():
    frame = numpy.zeros((32, 32))
    frame.flags.writeable = False
    assert not PatchGrid((32, 32), 16).view(frame).flags.writeable


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "int32", "float32", "float64"])
def test_means_are_those_of_the_frames_own_pixels(grid, frame, dtype):
    frame = (frame / 4 if dtype == "uint8" else frame * 10).astype(dtype)
    if numpy.dtype(dtype).kind != "u":
        frame -= frame.dtype.type(900)
    size = grid.patch_size
    expected = [
        frame[row : row + size, column : column + size].astype(float).mean()
        for row, column in grid.origins
    ]
    means = grid.means(frame)
    assert means.dtype == float
    numpy.testing.assert_allclose(means.ravel(), expected, rtol=1e-5)


def test_means_do_not_overflow():
    frame = numpy.full((64, 96), 65535, dtype=numpy.uint16)
    for stride in (16, 8):
        numpy.testing.assert_array_equal(PatchGrid(frame.shape, 16, stride).means(frame), 65535)


def test_values_of_separate_patches_fill_their_pixels():
    grid = PatchGrid((50, 61), 16)
    values = numpy.random.default_rng(1).random(grid.shape).astype("float32")
    expected = numpy.kron(values, numpy.ones((16, 16), "float32"))[:50, :61]
    numpy.testing.assert_array_equal(grid.stitch(values), expected)


@pytest.mark.parametrize("n", [None, 3])
def test_stitching_is_the_hann_weighted_mean(grid, n):
    shape = grid.shape if n is None else (*grid.shape, n)
    values = numpy.random.default_rng(2).random(shape)
    size, (height, width) = grid.patch_size, grid.frame_shape
    window = numpy.outer(hann(size), hann(size)) if grid.overlaps else numpy.ones((size, size))
    total = numpy.zeros((height, width, *shape[2:]))
    weight = numpy.zeros((height, width))
    for (row, column), value in zip(grid.origins, values.reshape(-1, *shape[2:]), strict=True):
        for i in range(size):
            for j in range(size):
                if row + i < height and column + j < width:
                    total[row + i, column + j] += window[i, j] * value
                    weight[row + i, column + j] += window[i, j]
    expected = total / weight.reshape(height, width, *[1] * (total.ndim - 2))
    stitched = grid.stitch(values)
    assert stitched.dtype == numpy.float32
    numpy.testing.assert_allclose(stitched, expected, rtol=2e-5)


def test_stitching_keeps_a_constant_and_stays_within_the_values(grid):
    numpy.testing.assert_allclose(grid.stitch(numpy.full(grid.shape, 0.3)), 0.3, rtol=1e-6)
    values = numpy.random.default_rng(3).random(grid.shape)
    stitched = grid.stitch(values)
    assert values.min() - 1e-6 <= stitched.min()
    assert stitched.max() <= values.max() + 1e-6


def test_blending_leaves_no_step_at_patch_edges():
    values = numpy.zeros((7, 7))
    values[3, 3] = 1
    whole = PatchGrid((128, 128), 32, 16).stitch(values)
    steps = numpy.abs(numpy.diff(whole, axis=0)).max()
    assert whole.max() > 0.9
    assert steps < 2 * whole.max() / 16


@pytest.mark.parametrize("size", [0, 7, 49, -8])
def test_a_patch_that_does_not_fit_is_refused(size):
    with pytest.raises(DarfixWBError, match=rf"at least 8 px .* 48 px, .* got {size}\. Choose"):
        PatchGrid((32, 64), size)


def test_frames_smaller_than_a_patch_are_continued_by_reflection():
    frame = numpy.arange(22 * 40.0).reshape(22, 40)
    grid = PatchGrid(frame.shape, 32, 16)
    assert grid.shape == (1, 2)
    expected = numpy.pad(frame, ((0, 10), (0, 8)), mode="reflect")
    numpy.testing.assert_array_equal(grid.view(frame)[0, 1], expected[:, 16:48])
    assert grid.means(frame)[0, 0] == frame[:, :32].mean()
    numpy.testing.assert_allclose(grid.stitch(numpy.ones((1, 2))), 1)


def test_frames_smaller_than_any_patch_are_refused():
    with pytest.raises(DarfixWBError, match=r"at most 7 px, .* got 8\. Use larger frames"):
        PatchGrid((5, 64), 8)


@pytest.mark.parametrize("stride", [0, -1, 17])
def test_a_stride_that_leaves_gaps_is_refused(stride):
    with pytest.raises(DarfixWBError, match=rf"at most patch_size \(16 px\), got {stride}\."):
        PatchGrid((32, 32), 16, stride)


def test_what_does_not_fit_the_grid_is_refused():
    grid = PatchGrid((32, 48), 16)
    for function in (grid.view, grid.means, grid.pad):
        with pytest.raises(DarfixWBError, match=r"frame_shape \(32, 48\), got \(48, 32\)"):
            function(numpy.zeros((48, 32)))
    with pytest.raises(DarfixWBError, match=r"grid's shape \(2, 3\), got \(3, 2\)"):
        grid.stitch(numpy.zeros((3, 2)))


def test_grids_are_compared_by_value_and_travel_between_processes():
    grid = PatchGrid((numpy.int64(32), 48.0), 16)
    assert grid == PatchGrid((32, 48), 16, 16)
    assert grid != PatchGrid((32, 48), 16, 8)
    assert {grid: 1}[PatchGrid((32, 48), 16)] == 1
    means = grid.means(numpy.eye(32, 48))
    again = pickle.loads(pickle.dumps(grid))
    assert again == grid
    numpy.testing.assert_array_equal(again.means(numpy.eye(32, 48)), means)
