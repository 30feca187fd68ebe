"""darfix's n-std rule: scores, image, blocks."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.decomposition import nstd
from darfix_wb.decomposition.nstd import curve_std, nstd_image, nstd_scores
from darfix_wb.errors import OperationCancelled
from darfix_wb.extraction import extract
from darfix_wb.io.darfix.tasks import weak_beam_of_darfix
from darfix_wb.progress import Monitor


@pytest.fixture(scope="module")
def ragged(make_scan):
    """Frames of 35x52 px in patches of 15 px: those at the border have pixels of their own."""
    return extract(make_scan((35, 52)), patch_size=15, dark=100.0)


def _stack(patched):
    return patched.scan.frames.astype("float32") - numpy.float32(100)


def test_scores_are_medians_over_the_patches_own_pixels(ragged):
    ratio = _stack(ragged).astype(float) / _stack(ragged).std(axis=0, dtype=float)
    expected = [
        numpy.median(ratio[:, row : row + 15, column : column + 15], axis=(1, 2))
        for row, column in ragged.grid.origins
    ]
    found = nstd_scores(ragged)
    assert found.shape == (11, 3, 4)
    numpy.testing.assert_allclose(found.reshape(11, -1).T, expected, rtol=1e-5)


@pytest.mark.parametrize("n", [0.3, 1.0, 2.0])
def test_more_than_half_is_blanked_where_the_score_is_above_n(ragged, n):
    stack = _stack(ragged)
    blanked = (weak_beam_of_darfix(stack, n) == 0) & (stack != 0)
    scores = nstd_scores(ragged)
    for patch, (row, column) in enumerate(ragged.grid.origins):
        own = blanked[:, row : row + 15, column : column + 15]
        if own[0].size % 2:
            more = own.mean(axis=(1, 2)) > 0.5
            numpy.testing.assert_array_equal(scores.reshape(11, -1)[:, patch] > n, more)


def test_two_passes_give_the_standard_deviation(ragged):
    expected = _stack(ragged).std(axis=0, dtype=float)
    numpy.testing.assert_allclose(curve_std(ragged), expected, rtol=1e-6)


def test_flat_pixels_have_finite_scores(make_scan):
    scan = make_scan()
    patched = extract(scan, patch_size=16, dark=100.0)
    patched.scan.frames[:, :16, :16] = 100
    patched.scan.frames[:, 16:32, :16] = 120
    scores = nstd_scores(patched)
    assert (scores[:, 0, 0] == 0).all()
    assert (scores[:, 1, 0] == nstd.SCORE_LIMIT).all()


@pytest.mark.parametrize("rows", [35, 8, 1])
def test_the_image_is_the_mean_of_what_stays(ragged, rows, monkeypatch):
    monkeypatch.setattr(nstd, "BLOCK_BYTES", rows * 52 * 11 * 4)
    stack = _stack(ragged)
    image = nstd_image(ragged, 0.5)
    stays = stack <= 0.5 * stack.std(axis=0)
    with numpy.errstate(invalid="ignore"):
        expected = numpy.where(stays, stack, 0).sum(axis=0) / stays.sum(axis=0)
    numpy.testing.assert_allclose(image, expected, rtol=1e-4, atol=1e-4)
    assert image.dtype == numpy.float32


def test_nothing_is_left_of_a_bright_pixel(make_scan):
    scan = make_scan()
    patched = extract(scan, patch_size=16, dark=100.0)
    patched.scan.frames[:, 3, 4] = 5000
    image = nstd_image(patched, 1.0)
    assert numpy.isnan(image[3, 4])
    assert numpy.isfinite(image).sum() == image.size - 1


def test_conditions_of_a_tilted_crystal_are_right(tilted, truth):
    weak, strong = truth(tilted)
    scores = nstd_scores(tilted)
    assert (scores[weak] < 1).mean() > 0.95
    assert (scores[strong] > 1).mean() > 0.95


def test_progress_and_cancelling(ragged, monkeypatch):
    monkeypatch.setattr(nstd, "BLOCK_BYTES", 20 * 52 * 11 * 4)
    for work in (nstd_scores, lambda patched, **told: nstd_image(patched, 1.0, **told)):
        told = []
        work(ragged, monitor=Monitor(told.append))
        assert told == sorted(told)
        assert told[-1] == pytest.approx(1)
        with pytest.raises(OperationCancelled, match="The n-std rule was cancelled"):
            work(ragged, monitor=Monitor(cancelled=lambda: True))
