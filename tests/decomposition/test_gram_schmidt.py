"""Gram-Schmidt: basis, maps, conditions, memory."""

from __future__ import annotations

import tracemalloc

import numpy
import pytest

from darfix_wb.decomposition.basis import orthonormal
from darfix_wb.decomposition.gram_schmidt import gram_schmidt
from darfix_wb.decomposition.regions import Regions
from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.extraction import PatchedScan, extract
from darfix_wb.normalization import Background
from darfix_wb.patches import PatchGrid
from darfix_wb.progress import Monitor
from darfix_wb.scan import RockingScan


def test_the_basis_is_orthonormal():
    rng = numpy.random.default_rng(0)
    common = rng.uniform(10, 20, 31)
    basis = orthonormal(common + rng.uniform(0, 3, (3, 31)))
    numpy.testing.assert_allclose(basis @ basis.T, numpy.eye(3), atol=1e-10)


def test_the_basis_follows_the_order_of_the_regions():
    curves = numpy.array([[2.0, 0, 0, 0], [1, 3, 0, 0], [1, 1, 1, 0]])
    numpy.testing.assert_allclose(orthonormal(curves), numpy.eye(4)[:3], atol=1e-12)


@pytest.mark.parametrize(
    ("curves", "name"),
    [
        ([[1.0, 0, 0], [1, 0.04, 0], [0, 0, 1]], "4.0% for weak_low"),
        ([[1.0, 0, 0], [0, 1, 0], [1, 1, 0]], "0.0% for weak_high"),
        ([[0.0, 0, 0], [0, 1, 0], [1, 1, 0]], "0.0% for strong"),
    ],
)
def test_curves_that_are_alike_are_refused(curves, name):
    with pytest.raises(DarfixWBError, match=rf"got {name}: the regions are not independent"):
        orthonormal(numpy.array(curves))


def test_a_mixture_returns_its_coefficients(patched_of, mixture, three_regions):
    noise = 0.05
    logs, _, shares = mixture(noise=noise)
    result = gram_schmidt(patched_of(2**logs), regions=three_regions)
    basis = result.curves.T
    numpy.testing.assert_allclose(basis @ basis.T, numpy.eye(3), atol=1e-10)
    pure = [mixture()[0][:, 8 * j, 0] - 1 for j in range(3)]
    expected = numpy.einsum("jk,ki,iyx->jyx", basis, numpy.transpose(pure), shares / 6)
    low = float(numpy.percentile(logs, 1))
    found = result.images - (1 - low) * basis.sum(axis=1)[:, None, None]
    error = (found - expected)[:, :, 8:] / noise
    # The basis is of noisy curves, averaged over 64 px: a tenth of the noise of one pixel.
    assert numpy.mean(numpy.abs(error) < 3) > 0.995
    assert error.std() == pytest.approx(1, abs=0.05)
    assert numpy.abs(error.mean(axis=(1, 2))).max() < 0.2


def test_a_permutation_of_pixels_commutes(patched_of, mixture, three_regions):
    logs, _, _ = mixture(noise=0.05)
    rng = numpy.random.default_rng(1)
    # Within each column beside the regions, so that these keep their pixels.
    order = rng.permuted(numpy.tile(numpy.arange(32)[:, None], (1, 32)), axis=0)

    def permuted(stack):
        moved = stack.copy()
        moved[..., 8:] = numpy.take_along_axis(stack[..., 8:], order[None], axis=1)
        return moved

    first = gram_schmidt(patched_of(2**logs), regions=three_regions)
    second = gram_schmidt(patched_of(2 ** permuted(logs)), regions=three_regions)
    numpy.testing.assert_array_equal(second.images, permuted(first.images))
    numpy.testing.assert_array_equal(second.weak_image, permuted(first.weak_image[None])[0])


def test_the_weak_image_is_what_the_crystal_does_not_explain(patched_of, mixture, three_regions):
    result = gram_schmidt(patched_of(2 ** mixture()[0]), regions=three_regions)
    c1, c2 = result.images[1:]
    ratio = result.weak_image / numpy.hypot(c1, c2)
    numpy.testing.assert_allclose(ratio, ratio[0, 0], rtol=1e-4)
    rng = numpy.random.default_rng(0)
    dark = numpy.log2(numpy.maximum(rng.normal(0, 1, 10**5), 1)).std()
    assert 1 / ratio[0, 0] == pytest.approx(dark, rel=0.02)
    assert (result.method, result.unit) == ("gso", "sigma of a pixel")
    assert list(result.weak) == [False, True, True]
    assert result.weak_image.dtype == result.images.dtype == numpy.float32
    assert result.regions is three_regions


@pytest.mark.parametrize(("margin", "right"), [(0, 0.99), (16, 0.85)])
def test_conditions_of_a_tilted_crystal_are_mostly_right(make_scan, truth, margin, right):
    patched = extract(make_scan(n_steps=21, tilt=0.004, margin=margin), patch_size=16)
    result = gram_schmidt(patched)
    assert result.scores.shape == patched.curves.shape
    assert numpy.isfinite(result.scores).all()
    weak, strong = truth(patched, middle=(96 - margin) / 2)
    assert (result.scores[strong][:, None] > result.scores[weak]).mean() > right
    assert (result.scores[patched.curves < 3 * patched.noise] == -20).all()


def test_two_motors_make_one_curve(patched_of, mixture, three_regions):
    logs, _, _ = mixture()
    two = patched_of(2 ** numpy.concatenate([logs, logs]), curves=numpy.arange(24).reshape(2, 12))
    twice, once = (
        gram_schmidt(two, regions=three_regions),
        gram_schmidt(patched_of(2**logs), regions=three_regions),
    )
    numpy.testing.assert_allclose(twice.images, once.images * numpy.sqrt(2), rtol=1e-4, atol=1e-4)
    numpy.testing.assert_allclose(twice.scores[:12], once.scores, atol=0.05)


def test_too_few_frames_and_regions_outside(patched_of, mixture, three_regions):
    logs, _, _ = mixture()
    with pytest.raises(DarfixWBError, match=r"at least 3 frames, got 2\. Give a whole"):
        gram_schmidt(patched_of(2 ** logs[:2]), regions=three_regions)
    outside = Regions((0, 0, 8, 8), (8, 0, 8, 8), (30, 0, 8, 8))
    with pytest.raises(DarfixWBError, match="inside the frame of 32x40 px, got weak_high of 8x8"):
        gram_schmidt(patched_of(2**logs), regions=outside)


def test_alike_regions_are_refused(patched_of, mixture):
    same = Regions((0, 0, 8, 8), (8, 0, 8, 8), (8, 0, 4, 8))
    with pytest.raises(DarfixWBError, match=r"for weak_high: the regions are not independent"):
        gram_schmidt(patched_of(2 ** mixture()[0]), regions=same)


@pytest.mark.parametrize("align", [False, True])
def test_progress_goes_from_pass_to_pass(tilted, align):
    told = []
    gram_schmidt(tilted, align=align, monitor=Monitor(told.append))
    assert told == sorted(told)
    assert len(told) == (3 + align) * 21
    assert told[-1] == pytest.approx(1)


@pytest.mark.parametrize("last", [5, 25, 45, 65])
def test_it_can_be_cancelled_at_any_frame(tilted, last):
    told = []
    with pytest.raises(OperationCancelled, match="was cancelled"):
        gram_schmidt(
            tilted, align=True, monitor=Monitor(told.append, cancelled=lambda: len(told) == last)
        )
    assert len(told) == last


class _Endless:
    """Frames made when they are asked for."""

    dtype = numpy.dtype("uint16")

    def __init__(self, n_frames):
        self.shape = (n_frames, 256, 256)

    def __getitem__(self, index):
        rng = numpy.random.default_rng(index)
        z = (index - (self.shape[0] - 1) / 2) / self.shape[0] * 6
        frame = numpy.full(self.shape[1:], 100.0)
        for part, centre in ((slice(0, 64), 0), (slice(64, 128), -1.5), (slice(128, 256), 1.5)):
            frame[part] += 500 * numpy.exp(-0.5 * (z - centre) ** 2)
        return rng.poisson(frame).astype(self.dtype)


def _peak_memory(n_frames):
    scan = RockingScan(_Endless(n_frames), numpy.arange(n_frames))
    grid = PatchGrid(scan.frame_shape, 64)
    patched = PatchedScan(scan, grid, Background(100.0, 4.0), numpy.ones((n_frames, 4, 4)))
    regions = Regions((0, 0, 50, 50), (64, 0, 50, 50), (128, 0, 50, 50))
    tracemalloc.start()
    gram_schmidt(patched, regions=regions)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_memory_does_not_grow_with_the_number_of_frames(monkeypatch):
    monkeypatch.setattr("darfix_wb.decomposition.alignment.SUBSAMPLE", 4096)
    few, many = _peak_memory(6), _peak_memory(60)
    frame = 256 * 256 * 4
    assert many - few < frame / 2


def test_a_whole_number_of_counts_is_as_good_as_any(make_scan):
    whole = gram_schmidt(extract(make_scan(n_steps=21, tilt=0.004), patch_size=16, dark=100.0))
    exact = gram_schmidt(
        extract(make_scan(n_steps=21, tilt=0.004, dtype="float32"), patch_size=16, dark=100.0)
    )
    weak = numpy.corrcoef(whole.weak_image.ravel(), exact.weak_image.ravel())
    assert weak[0, 1] > 0.97
