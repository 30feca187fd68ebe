"""What is found to be invalid, and what is not, on random scans."""

import numpy
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.extraction import extract
from darfix_wb.pixels import GivenMask, PixelMask, find_invalid_pixels, isolated_pixels
from darfix_wb.scan import RockingScan

SEEDS = range(6)


def injected(rng, shape):
    """A module gap, a dead column, a block and single pixels, or some of them."""
    invalid = numpy.zeros(shape, dtype=bool)
    kinds = rng.permutation(4)[: rng.integers(1, 5)]
    if 0 in kinds:
        top = rng.integers(0, shape[0] - 12)
        invalid[top : top + rng.integers(1, 12)] = True
    if 1 in kinds:
        invalid[:, rng.integers(shape[1])] = True
    if 2 in kinds:
        top, left = rng.integers(0, shape[0] - 10), rng.integers(0, shape[1] - 10)
        invalid[top : top + 10, left : left + 10] = True
    if 3 in kinds:
        invalid.flat[rng.choice(invalid.size, 30, replace=False)] = True
    return invalid


def as_scan(frames):
    return RockingScan(frames, numpy.arange(len(frames)), "phi")


FILLED = [
    ("uint16", 0),
    ("uint16", 65535),
    ("uint16", 57),
    ("uint32", 2**32 - 1),
    ("int32", -1),
    ("float32", numpy.nan),
    ("float64", numpy.inf),
    ("float32", 0),
]


@pytest.mark.parametrize(("dtype", "value"), FILLED)
@pytest.mark.parametrize("seed", SEEDS)
def test_pixels_without_counts_change_nothing_else(make_frames, seed, dtype, value):
    rng = numpy.random.default_rng(seed)
    frames = make_frames(rng).astype(dtype)
    invalid = injected(rng, frames.shape[1:])
    right = extract(as_scan(frames.copy()), patch_size=32)
    frames[:, invalid] = value
    found = extract(as_scan(frames), patch_size=32)
    mask = found.scan.mask
    assert mask.invalid[invalid].all()
    assert numpy.count_nonzero(mask.invalid & ~invalid) <= 0.005 * invalid.size
    assert abs(found.background.level - right.background.level) < 1
    assert found.background.sigma == pytest.approx(right.background.sigma, rel=0.1)
    assert not found.scan.left_out
    assert f"{mask.n_invalid} of {invalid.size} pixels" in found.scan.warnings[0]
    scale = 0.05 * right.curves.max(axis=0) + 3 * right.noise
    share = mask.invalid.mean()
    assert (numpy.abs(found.curves - right.curves) < (1 + 20 * share) * scale).mean() > 0.97


@pytest.mark.parametrize("seed", SEEDS)
def test_mending_takes_valid_counts_of_the_same_frame_and_changes_no_other(make_frames, seed):
    rng = numpy.random.default_rng(seed)
    frame = make_frames(rng, n_frames=1)[0]
    invalid = injected(rng, frame.shape)
    frame[invalid] = 7
    before = frame.copy()
    mended = PixelMask(invalid).mend(frame)
    numpy.testing.assert_array_equal(frame, before)
    numpy.testing.assert_array_equal(mended[~invalid], frame[~invalid])
    assert mended.dtype == frame.dtype
    assert numpy.isin(mended[invalid], frame[~invalid]).all()
    numpy.testing.assert_array_equal(PixelMask(invalid).mend(mended), mended)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_hot_pixel_is_found_and_a_line_is_not(make_frames, seed):
    rng = numpy.random.default_rng(seed)
    frames = make_frames(rng)
    assert numpy.count_nonzero(find_invalid_pixels(frames).invalid) <= 0.001 * frames[0].size
    hot = rng.choice(frames[0].size, 20, replace=False)
    warmth = rng.uniform(100, 5000, 20)
    frames.reshape(len(frames), -1)[:, hot] += warmth.round().astype("uint16")
    found = find_invalid_pixels(frames)
    dark = frames.min(axis=0).flat[hot] < 105 + 5 + warmth + 40
    assert found.invalid.flat[hot][dark].mean() > 0.9
    assert found.n_invalid <= 20 + 0.001 * frames[0].size


@pytest.mark.parametrize("shift", [-50, 60])
def test_rows_and_columns_with_an_offset_of_their_own(make_frames, shift):
    found = []
    for seed in range(10):
        rng = numpy.random.default_rng(seed)
        frames = make_frames(rng)
        lines = numpy.zeros(frames.shape[1:], dtype=bool)
        top, left = int(rng.integers(4, 80)), int(rng.integers(5, 120))
        lines[top : top + rng.integers(1, 13)] = True
        lines[:, left] = True
        frames[:, lines] = (frames[:, lines].astype(int) + shift).clip(1)
        mask = find_invalid_pixels(frames)
        assert mask.invalid[~lines].mean() < 0.01
        found.append(mask.invalid[lines].mean() > 0.99)
    assert numpy.mean(found) >= 0.8


def test_a_dark_margin_of_the_image_is_none(make_frames):
    rng = numpy.random.default_rng(0)
    frames = make_frames(rng)
    for margin in ((slice(None), slice(None), slice(-12, None)), (slice(None), slice(0, 5))):
        frames[margin] = rng.normal(80, 4.6, frames[margin].shape).round()
    assert find_invalid_pixels(frames).invalid.mean() < 0.01


def test_a_dark_row_does_not_spoil_the_noise(make_frames):
    frames = make_frames(numpy.random.default_rng(1))
    right = extract(as_scan(frames.copy()), patch_size=32)
    frames[:, 40] -= 45
    found = extract(as_scan(frames), patch_size=32)
    assert found.scan.mask.reasons["in a row or column that differs"] == frames.shape[2]
    assert abs(found.background.level - right.background.level) < 1
    assert found.background.sigma == pytest.approx(right.background.sigma, rel=0.1)


def test_what_stands_out_in_one_half_only_is_no_hot_pixel():
    frames = numpy.random.default_rng(0).normal(100, 4, (12, 64, 64))
    frames[:5, 20, 20] += 300
    frames[:, 40, 40] += 60
    assert numpy.argwhere(find_invalid_pixels(frames).invalid).tolist() == [[40, 40]]


@pytest.mark.parametrize("seed", SEEDS)
def test_zeros_of_a_subtracted_background_or_of_single_photons_are_counts(make_frames, seed):
    rng = numpy.random.default_rng(seed)
    frames = make_frames(rng, width=2.0).astype("int32")
    for counts in (
        numpy.maximum(frames - 125, 0),  # clipped well above the offset
        rng.poisson(0.02 * numpy.maximum(frames - 105, 0)),  # photons counted one by one
        (frames - 105).astype("float32"),
    ):
        mask = find_invalid_pixels(counts)
        assert mask.zeros_are_counts
        assert mask.invalid.mean() < 0.002
        assert mask.n_invalid or numpy.shares_memory(mask.mend(counts[0]), counts)


def test_a_mask_of_darfix_leaves_the_region_of_interest(make_frames):
    frames = make_frames(numpy.random.default_rng(1), width=2.0)
    right = extract(as_scan(frames[:, 20:70, 30:100].copy()), patch_size=32)
    frames[:, :20] = frames[:, 70:] = frames[:, :, :30] = frames[:, :, 100:] = 0
    found = extract(as_scan(frames), patch_size=32)
    assert found.scan.mask.reasons["0 or negative"] == frames[0].size - 50 * 70
    assert abs(found.background.level - right.background.level) < 2
    assert found.background.sigma == pytest.approx(right.background.sigma, rel=0.15)


@pytest.mark.parametrize("seed", SEEDS)
def test_borders_that_a_shift_correction_filled(make_frames, seed):
    rng = numpy.random.default_rng(seed)
    frames = make_frames(rng)
    right = extract(as_scan(frames.copy()), patch_size=32)
    for index, shift in enumerate(numpy.linspace(0, 9, len(frames)).astype(int)):
        frames[index, :shift] = 0
        frames[index, :, frames.shape[2] - shift :] = 0
        if shift:  # a correction by parts of a pixel mixes counts and zeros at the edge
            frames[index, shift] //= 4
            frames[index, :, -shift - 1] //= 8
    found = extract(as_scan(frames), patch_size=32)
    assert abs(found.background.level - right.background.level) < 1
    assert found.background.sigma == pytest.approx(right.background.sigma, rel=0.1)
    assert not found.scan.left_out
    assert "of the pixels have no counts" in found.scan.warnings[0]
    assert all(frame.min() > 70 for frame in found.scan.iter_frames())


def test_a_mask_that_is_given(make_frames):
    frames = make_frames(numpy.random.default_rng(0))
    given = numpy.zeros(frames.shape[1:], dtype=numpy.uint8)
    given[30:40, 50:60] = 3
    mask = extract(as_scan(frames), patch_size=32, mask=GivenMask(given, "m.npy")).scan.mask
    assert mask.invalid[30:40, 50:60].all()
    assert (mask.reasons["given"], mask.given) == (100, "m.npy")
    for wrong, text in ((given[1:], "shape of the frames"), (given * 0 + 1, "leave some pixels")):
        with pytest.raises(DarfixWBError, match=text):
            extract(as_scan(frames), patch_size=32, mask=GivenMask(wrong))


def test_isolated_pixels_of_a_constant_image():
    bright, dark = isolated_pixels(numpy.full((40, 40), 5.0))
    assert (bright.size, dark.size) == (0, 0)


def test_unsigned_counts_stored_as_signed_are_noticed(make_frames):
    frames = make_frames(numpy.random.default_rng(0))
    bright = numpy.minimum(frames.astype(int) * 70, 65535).astype("uint16")
    assert find_invalid_pixels(bright.view("int16")).wrapped
    assert not find_invalid_pixels(bright).wrapped
    assert not find_invalid_pixels((frames - 105).astype("int16")).wrapped
