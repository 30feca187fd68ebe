"""Dark level and noise, and the scaling of patches, against numpy."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy
import pytest

from darfix_wb.blocks import Blocks
from darfix_wb.errors import DarfixWBError
from darfix_wb.normalization import (
    Background,
    LogScaling,
    PatchNormalizer,
    PatchScaling,
    background_from_dark,
    estimate_background,
    scaling_from_dict,
)
from darfix_wb.patches import PatchGrid

DTYPES = ["uint16", "int16", "int32", "float32", "float64"]
SCALINGS = [PatchScaling(), LogScaling(mean=2.0, std=1.5)]


def noise(shape=(4, 96, 128), level=100.0, sigma=4.0, seed=0):
    return numpy.random.default_rng(seed).normal(level, sigma, shape)


def reference(frame, grid, level, sigma, scaling):
    """Network input by float64 numpy."""
    signal = frame.astype(float) - level
    if isinstance(scaling, LogScaling):
        images = (numpy.log(numpy.maximum(signal, 1)) - scaling.mean) / scaling.std
        images = grid.view(images).reshape(grid.n_patches, -1)
        return images, numpy.zeros((grid.n_patches, 2))
    images = grid.view(numpy.arcsinh(signal / sigma)).reshape(grid.n_patches, -1)
    mean, spread = images.mean(axis=1), numpy.maximum(images.std(axis=1), 1e-3)
    scaled = (images - mean[:, None]) / spread[:, None]
    return scaled, numpy.stack([mean, numpy.log(spread)], axis=1)


@pytest.mark.parametrize("scaling", SCALINGS, ids=lambda s: s.kind)
@pytest.mark.parametrize("dark", ["number", "image"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_network_input_is_that_of_numpy(dtype, dark, scaling):
    grid = PatchGrid((50, 61), 16, 8)
    rng = numpy.random.default_rng(0)
    frame = rng.gamma(1.0, 400.0, grid.frame_shape).astype(dtype)
    if numpy.dtype(dtype).kind != "u":
        frame[:20] -= frame.dtype.type(300)
    frame[30, 40] = 0
    level = 98.5 if dark == "number" else rng.normal(98, 2, grid.frame_shape).astype("float32")
    normalizer = PatchNormalizer(scaling, grid, Background(level, 3.7))
    images, features = normalizer(frame)
    assert images.shape == (grid.n_patches, 1, 16, 16)
    assert images.dtype == features.dtype == numpy.float32
    expected, levels = reference(frame, grid, level, 3.7, scaling)
    numpy.testing.assert_allclose(images.reshape(grid.n_patches, -1), expected, atol=2e-4)
    numpy.testing.assert_allclose(features, levels, atol=2e-4)


def test_threads_cut_at_the_same_time_what_one_cuts():
    grid = PatchGrid((50, 61), 16, 8)
    frame = noise((50, 61)).astype("uint16")
    normalizer = PatchNormalizer(PatchScaling(), grid, Background(100.0, 4.0))
    whole, features = normalizer(frame)
    meeting = threading.Barrier(3)

    def cut(patches):
        images, levels = normalizer.cut(scaled, patches)
        meeting.wait(timeout=10)  # All have cut before any looks.
        numpy.testing.assert_array_equal(images, whole[patches])
        numpy.testing.assert_array_equal(levels, features[patches])

    scaled = normalizer.scale(frame)
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(cut, numpy.array_split(numpy.arange(grid.n_patches), 3)))


def test_a_thread_cuts_fewer_and_more_patches_in_turn():
    grid = PatchGrid((50, 61), 16, 8)
    normalizer = PatchNormalizer(PatchScaling(), grid, Background(100.0, 4.0))
    frame = noise((50, 61))
    whole, _ = normalizer(frame)
    scaled = normalizer.scale(frame)
    for patches in ([3, 1], [0, 2, 4, 7], [5]):
        images, _ = normalizer.cut(scaled, numpy.array(patches))
        numpy.testing.assert_array_equal(images, whole[patches])


def test_chosen_patches_come_in_the_order_asked_for():
    grid = PatchGrid((50, 61), 16)
    frame = noise((50, 61))
    normalizer = PatchNormalizer(PatchScaling(), grid, Background(100.0, 4.0))
    chosen = numpy.array([11, 0, 5])
    numpy.testing.assert_array_equal(
        normalizer(frame, patches=chosen)[0], normalizer(frame)[0][chosen]
    )


@pytest.mark.parametrize("scaling", SCALINGS, ids=lambda s: s.kind)
@pytest.mark.parametrize("value", [0, 100, 65535])
def test_a_constant_patch_stays_finite(scaling, value):
    frame = numpy.full((32, 32), value, dtype=numpy.uint16)
    normalizer = PatchNormalizer(scaling, PatchGrid((32, 32), 16), Background(100.0, 4.0))
    images, features = normalizer(frame)
    assert numpy.isfinite(images).all()
    assert numpy.isfinite(features).all()
    if scaling.per_patch:
        numpy.testing.assert_allclose(images, 0, atol=0.05)


def test_exposure_moves_a_scaled_patch_little():
    rng = numpy.random.default_rng(1)
    signal = rng.gamma(2.0, 2000.0, (16, 16))
    background = Background(0.0, 1.0)
    normalizer = PatchNormalizer(PatchScaling(), PatchGrid((16, 16), 16), background)
    once, level = normalizer(signal)
    twice, higher = normalizer(2 * signal)
    numpy.testing.assert_allclose(once, twice, atol=1e-3)
    assert higher[0, 0] - level[0, 0] == pytest.approx(numpy.log(2), abs=1e-3)


@pytest.mark.parametrize("dtype", DTYPES)
def test_dark_level_and_noise_of_a_dark_detector(dtype):
    background = estimate_background(Blocks.of(noise().round().astype(dtype)))
    assert background.level == pytest.approx(100, abs=0.3)
    assert background.sigma == pytest.approx(4, rel=0.05)


def test_dark_level_is_found_under_a_signal():
    frames = noise((10, 96, 128))
    lit = numpy.random.default_rng(3).gamma(2, 300, (96, 128))
    frames[3:7, :, 30:] += lit[:, 30:]
    frames[:, :, 40:] += 15.0
    background = estimate_background(Blocks.of(frames))
    assert background.level == pytest.approx(100, abs=1.5)
    assert background.sigma == pytest.approx(4, rel=0.2)


def test_dead_regions_are_no_background():
    frames = noise().astype("uint16")
    frames[:, :32, :32] = 0
    frames[:, 64:80, :16] = 65535
    background = estimate_background(Blocks.of(frames))
    assert background.level == pytest.approx(99.5, abs=0.5)


def test_dead_regions_of_a_broken_value_are_no_background():
    frames = noise().astype("float32")
    frames[:, :48, :48] = 0.1
    assert estimate_background(Blocks.of(frames)).level == pytest.approx(100, abs=0.5)


@pytest.mark.parametrize("dtype", [">u2", ">f4", "uint8"])
def test_the_background_is_the_same_in_every_layout(dtype):
    frames = noise().round()
    expected = estimate_background(Blocks.of(frames))
    wide = numpy.repeat(frames.astype(dtype), 2, axis=2)[..., ::2]
    assert not wide.flags.c_contiguous
    wide.flags.writeable = False
    assert estimate_background(Blocks.of(wide)) == expected


def test_a_background_that_was_set_to_zero_is_taken_as_it_is():
    frames = noise(level=50.0)
    frames[:, :, :64] = 0
    background = estimate_background(Blocks.of(frames))
    assert background.level == 0
    assert background.sigma > 1


def test_subtracted_backgrounds_may_be_negative():
    background = estimate_background(Blocks.of(noise(level=-20.0)))
    assert background.level == pytest.approx(-20, abs=0.3)


def test_frames_without_anything_are_refused():
    with pytest.raises(DarfixWBError, match="constant value 7 in every block"):
        estimate_background(Blocks.of(numpy.full((3, 32, 32), 7, dtype="uint16")))


def test_one_constant_frame_among_others_changes_nothing():
    frames = noise((6, 64, 64))
    frames[2] = 0
    assert estimate_background(Blocks.of(frames)).level == pytest.approx(100, abs=0.5)


def test_a_known_dark_level_keeps_the_estimated_noise():
    estimated = Background(101.0, 3.0)
    assert background_from_dark(95, estimated) == Background(95.0, 3.0)
    image = background_from_dark(numpy.full((4, 5), 95), estimated)
    assert image.level.dtype == numpy.float32
    assert (image.mean_level, image.sigma) == (95.0, 3.0)


@pytest.mark.parametrize("dark", [numpy.nan, numpy.inf, [[1.0, numpy.nan]]])
def test_a_dark_level_that_is_not_finite_is_refused(dark):
    with pytest.raises(DarfixWBError, match="dark level must be finite"):
        background_from_dark(dark, Background(100.0, 4.0))


def test_log_constants_are_those_of_the_frames():
    frames = noise((3, 20, 20), level=500.0, sigma=50.0)
    fitted = LogScaling.fit(frames, Background(100.0, 4.0))
    logs = numpy.log(frames - 100)
    assert fitted.mean == pytest.approx(logs.mean(), rel=1e-5)
    assert fitted.std == pytest.approx(logs.std(), rel=1e-4)


@pytest.mark.parametrize("scaling", SCALINGS, ids=lambda s: s.kind)
def test_scalings_come_back_from_plain_literals(scaling):
    assert scaling_from_dict(scaling.to_dict()) == scaling


@pytest.mark.parametrize("kind", ["percentile", None])
def test_an_unknown_scaling_is_refused(kind):
    with pytest.raises(DarfixWBError, match=r"must be 'asinh-patch' or 'log-constants', got"):
        scaling_from_dict({"kind": kind})
