"""One pass over a scan: curves, background, emptiness."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.blocks import Blocks
from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.extraction import EMPTY_SNR, extract
from darfix_wb.normalization import estimate_background
from darfix_wb.patches import PatchGrid
from darfix_wb.progress import Monitor
from darfix_wb.scan import RockingScan


@pytest.mark.parametrize(("size", "stride"), [(16, None), (16, 8), (24, 24)])
def test_curves_are_the_mean_counts_above_dark(scan, size, stride):
    patched = extract(scan, patch_size=size, stride=stride, dark=97.5)
    assert patched.grid == PatchGrid((64, 96), size, stride)
    expected = [
        scan.frames[:, row : row + size, column : column + size].mean(axis=(1, 2)) - 97.5
        for row, column in patched.grid.origins
    ]
    curves = patched.curves.reshape(scan.n_frames, -1)
    numpy.testing.assert_allclose(curves.T, expected, rtol=1e-9)


def test_the_background_is_that_of_all_frames(scan):
    assert extract(scan, patch_size=16).background == estimate_background(Blocks.of(scan.frames))
    assert extract(scan, patch_size=16).background.level == pytest.approx(100, abs=1)
    assert extract(scan, patch_size=16).background.sigma == pytest.approx(4, rel=0.1)


def test_a_dark_image_is_subtracted_pixel_by_pixel(scan):
    dark = numpy.linspace(90, 110, 64 * 96, dtype="float32").reshape(64, 96)
    own = RockingScan(scan.frames, scan.angles, dark=dark)
    for patched in (extract(own, patch_size=16), extract(scan, patch_size=16, dark=dark)):
        blocks = (scan.frames - dark).reshape(11, 4, 16, 6, 16).mean(axis=(2, 4))
        numpy.testing.assert_allclose(patched.curves, blocks, rtol=1e-5)
    assert extract(own, patch_size=16, dark=0.0).background.level == 0


def test_a_dark_image_of_other_frames_is_refused(scan):
    with pytest.raises(DarfixWBError, match=r"frame_shape \(64, 96\), got \(64, 95\)"):
        extract(scan, patch_size=16, dark=numpy.zeros((64, 95)))


def test_the_unlit_margin_is_empty_and_nothing_else(scan):
    empty = extract(scan, patch_size=16).empty
    assert empty[:, -1].all()
    assert not empty[:, :-1].any()


def test_a_patch_is_lit_where_its_curve_rises_above_the_noise(scan):
    patched = extract(scan, patch_size=16)
    sigma = patched.background.sigma * numpy.hypot(1 / 16, 0.1)
    assert patched.noise == pytest.approx(sigma)
    curves = numpy.zeros_like(patched.curves)
    curves[5, 0, 0] = 1.01 * EMPTY_SNR * sigma
    curves[5, 0, 1] = 0.99 * EMPTY_SNR * sigma
    empty = type(patched)(scan, patched.grid, patched.background, curves).empty
    assert not empty[0, 0]
    assert empty[0, 1]


def test_one_frame_cannot_tell_empty_from_weak(scan):
    alone = RockingScan(scan.frames[:1], scan.angles[:1])
    assert not extract(alone, patch_size=16).empty.any()


def test_progress_and_cancelling(scan):
    told = []
    extract(scan, patch_size=16, monitor=Monitor(told.append))
    assert told == sorted(told)
    assert (len(told), told[-1]) == (22, 1.0)
    read = []
    with pytest.raises(OperationCancelled, match="Patch extraction was cancelled"):
        extract(scan, patch_size=16, monitor=Monitor(read.append, cancelled=lambda: len(read) == 3))
    assert len(read) == 3


@pytest.mark.parametrize("pixels", [[numpy.nan], [numpy.inf], [numpy.inf, -numpy.inf, numpy.nan]])
def test_pixels_that_are_not_finite_are_filled(make_scan, pixels):
    scan = make_scan(dtype="float32")
    right = extract(scan, patch_size=16)
    scan.frames[4, 7, : len(pixels)] = pixels
    patched = extract(scan, patch_size=16)
    assert numpy.isfinite(patched.scan.frame(4)).all()
    numpy.testing.assert_allclose(patched.curves, right.curves, rtol=0.02, atol=0.5)
    assert patched.background.level == pytest.approx(right.background.level, abs=0.1)


def test_huge_pixels_are_finite():
    frames = numpy.full((2, 32, 32), 1e308)
    frames[:, ::2] = 0
    assert RockingScan(frames, [0, 1]).frame(0).max() == 1e308


def test_angles_in_any_order_make_one_ascending_curve(scan):
    order = numpy.random.default_rng(0).permutation(11)
    shuffled = RockingScan(scan.frames[order], scan.angles[order])
    numpy.testing.assert_array_equal(shuffled.angles[shuffled.curves[0]], scan.angles)


@pytest.mark.parametrize(
    ("shape", "n_angles", "text"),
    [((3, 32), 3, r"\(n_frames, height, width\), got \(3, 32\)"), ((3, 32, 32), 4, "one motor")],
)
def test_frames_and_angles_that_do_not_fit_are_refused(shape, n_angles, text):
    with pytest.raises(DarfixWBError, match=text):
        RockingScan(numpy.zeros(shape), numpy.zeros(n_angles))
