"""The dislocation image: what must hold for any scan."""

from dataclasses import replace

import numpy
import pytest
from scipy import ndimage
from skimage.registration import phase_cross_correlation

from darfix_wb.dislocation_image import as_shown, dislocation_image
from darfix_wb.dislocation_image.image import NOTHING_LIT
from darfix_wb.dislocation_image.noise import FrameNoise, measure_noise
from darfix_wb.dislocation_image.smoothing import smoothed
from darfix_wb.dislocation_image.sums import (
    BACKGROUND_PX,
    EDGES,
    N_BINS,
    N_LOW,
    STEP,
    pixel_row,
    sum_frames,
)
from darfix_wb.errors import OperationCancelled
from darfix_wb.extraction import extract
from darfix_wb.normalization import Background
from darfix_wb.progress import Monitor
from darfix_wb.scan import RockingScan
from darfix_wb.simulation import (
    SampleParameters,
    ScanParameters,
    SimulationParameters,
    simulate_scan,
)

SHAPE, N_FRAMES, WIDTH = (192, 224), 15, 2.0
ANGLES = numpy.arange(N_FRAMES) - (N_FRAMES - 1) / 2
LINE = (slice(90, 94), slice(60, 130))


def frames_of(seed, *, line=18.0, strong=800.0, shape=SHAPE):
    """Frames with fringes that change from frame to frame, and a line below the peak only."""
    rng = numpy.random.default_rng(seed)
    curve = numpy.exp(-0.5 * (ANGLES / WIDTH) ** 2)
    fringes = ndimage.gaussian_filter(rng.standard_normal((N_FRAMES, *shape)), (0, 4, 4))
    fringes = 1 + 0.3 * fringes / fringes.std()
    signal = strong * curve[:, None, None] * fringes.clip(0)
    signal[:5, LINE[0], LINE[1]] += line
    return 100 + rng.normal(0, 4, signal.shape) + rng.poisson(signal)


def image_of(frames, angles=ANGLES, **options):
    patched = extract(RockingScan(frames.astype(numpy.float32), angles), patch_size=32, stride=16)
    return dislocation_image(patched, **options)


def at_line(image):
    return float(numpy.nanmean(image[91:93, 65:125]))


@pytest.mark.parametrize("seed", range(3))
def test_a_line_stands_out_and_strong_beam_does_not(seed):
    found = image_of(frames_of(seed))
    assert at_line(found.image) > 5
    assert at_line(found.low) > 5
    assert abs(at_line(found.high)) < 1.5
    elsewhere = found.image.copy()
    elsewhere[80:104, 50:140] = 0
    assert numpy.nanmax(numpy.abs(elsewhere)) < 8
    assert found.warnings == ()


@pytest.mark.parametrize("seed", range(3))
def test_sigma_is_that_of_the_image_where_nothing_is(seed):
    found = image_of(frames_of(seed, line=0.0))
    for image in (found.image, found.low, found.high):
        assert numpy.nanstd(image) == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize(("gain", "offset"), [(3.0, 0.0), (0.25, 40.0), (1.0, 900.0)])
def test_counts_in_another_unit_give_the_same_image(gain, offset):
    frames = frames_of(0)
    expected, found = image_of(frames).image, image_of(gain * frames + offset).image
    difference = numpy.abs(found - expected)
    assert numpy.nanquantile(difference, 0.99) < 0.1
    assert at_line(found) == pytest.approx(at_line(expected), rel=0.02)


def test_a_mirrored_scan_gives_the_mirrored_image():
    frames = frames_of(1)
    expected = image_of(frames).image
    for axes in ((1,), (2,)):
        found = image_of(numpy.flip(frames, axes)).image
        mirrored = numpy.flip(found, axes[0] - 1)
        assert numpy.nanquantile(numpy.abs(mirrored - expected), 0.99) < 0.4


def test_reversed_angles_change_low_for_high():
    frames = frames_of(2)
    there, back = image_of(frames), image_of(frames, -ANGLES)
    numpy.testing.assert_allclose(back.image, there.image, rtol=1e-3, atol=2e-3)
    assert at_line(back.high) == pytest.approx(at_line(there.low), rel=0.02)
    assert abs(at_line(back.low)) < 1.5


def test_the_order_of_the_frames_does_not_matter():
    frames = frames_of(3)
    order = numpy.random.default_rng(0).permutation(N_FRAMES)
    found = image_of(frames[order], ANGLES[order]).image
    numpy.testing.assert_allclose(found, image_of(frames).image, rtol=1e-3, atol=2e-3)


def test_warm_pixels_are_gone_and_hide_no_line():
    frames = frames_of(4)
    rng = numpy.random.default_rng(5)
    warm = rng.random(SHAPE) < 0.006
    frames[:, warm] += rng.exponential(25.0, int(warm.sum()))
    found = image_of(frames)
    assert at_line(found.image) > 4
    found.image[80:104, 50:140] = 0
    assert (found.image > 8).sum() < 0.1 * warm.sum()


def test_stripes_of_the_beam_and_banding_are_no_lines():
    frames = frames_of(6, line=0.0)
    rng = numpy.random.default_rng(7)
    above = frames - 100
    frames = 100 + above * (1 + 0.1 * rng.standard_normal(SHAPE[1]))
    frames += rng.normal(0, 2, (1, SHAPE[0], 1))
    assert numpy.nanmax(image_of(frames).image) < 8


def test_invalid_pixels_are_nan_and_their_counts_do_not_matter():
    frames = frames_of(8)
    invalid = numpy.zeros(SHAPE, dtype=bool)
    invalid[20:40, 150:190] = True
    frames[:, invalid] = numpy.nan
    found = image_of(frames)
    assert numpy.isnan(found.image[invalid]).all()
    assert numpy.isfinite(found.image[~invalid]).mean() > 0.99
    assert at_line(found.image) > 5
    assert numpy.nanmax(found.image[10:60, 140:200]) < 6


def test_nothing_lit_is_said():
    noise = numpy.random.default_rng(0).normal(100, 4, (N_FRAMES, *SHAPE))
    found = image_of(noise)
    assert found.warnings == (NOTHING_LIT,)
    assert numpy.isnan(found.image).all()


def test_drift_of_two_pixels_costs_little():
    frames = frames_of(9)
    drifting = numpy.stack(
        [
            ndimage.shift(frame, (2 * (k / (N_FRAMES - 1) - 0.5), 0), order=1, mode="nearest")
            for k, frame in enumerate(frames_of(9, line=0) * 0 + numpy.round(frames))
        ]
    )
    still = image_of(frames)
    assert at_line(image_of(drifting).low) > 0.8 * at_line(still.low)


def test_a_single_frame_has_an_image():
    frames = frames_of(10)[:1]
    found = image_of(frames, ANGLES[:1])
    assert numpy.isfinite(found.image).mean() > 0.99


def test_frames_left_out_are_not_summed():
    frames = frames_of(11)
    expected = image_of(numpy.delete(frames, 3, axis=0), numpy.delete(ANGLES, 3))
    spoilt = frames.copy()
    spoilt[3] = 50_000
    scan = RockingScan(spoilt.astype(numpy.float32), ANGLES).leave_out({3: "flash"})
    found = dislocation_image(extract(scan, patch_size=32, stride=16))
    assert at_line(found.image) == pytest.approx(at_line(expected.image), rel=0.05)


class Counted:
    """Frames that count how often each is read."""

    def __init__(self, frames):
        self.frames, self.shape, self.dtype = frames, frames.shape, frames.dtype
        self.reads = numpy.zeros(len(frames), dtype=int)

    def __getitem__(self, index):
        self.reads[index] += 1
        return self.frames[index]


def test_frames_are_read_once_and_six_of_them_twice():
    frames = Counted(frames_of(12).astype(numpy.float32))
    patched = extract(RockingScan(frames, ANGLES), patch_size=32, stride=16)
    frames.reads[:] = 0
    dislocation_image(patched)
    assert frames.reads.max() <= 2
    assert frames.reads.sum() <= N_FRAMES + 6


def test_it_is_cancelled():
    patched = extract(RockingScan(frames_of(13), ANGLES), patch_size=32, stride=16)
    with pytest.raises(OperationCancelled):
        dislocation_image(patched, monitor=Monitor(cancelled=lambda: True))


def plain_sums(patched, noise):
    """The same sums, in the plain words of the formula, in units of the dark noise."""
    scan, level = patched.scan, patched.background.level
    total = numpy.zeros(scan.frame_shape)
    for index in range(scan.n_frames):
        counts = (scan.frame(index).astype(float) - level) / noise.sigma
        blocks = counts.reshape(SHAPE[0] // STEP, STEP, -1, STEP).mean(axis=(1, 3))
        smooth = ndimage.gaussian_filter(blocks, BACKGROUND_PX / STEP, mode="nearest")
        lit = numpy.maximum(smooth, 0)
        inverse = 1 / (1 + noise.gain / noise.sigma * lit + (noise.texture * lit) ** 2)
        ground, weight = (
            ndimage.zoom(one, STEP, order=1, grid_mode=True, mode="nearest")
            for one in (smooth, inverse)
        )
        total += (counts - ground) * weight
    return total


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_compiled_sums_are_those_of_the_formula(dtype):
    frames = frames_of(14).round().astype(dtype)
    patched = extract(RockingScan(frames, ANGLES), patch_size=32, stride=16)
    sums = sum_frames(patched)
    expected = plain_sums(patched, sums.noise)
    scale = numpy.abs(expected).max()
    numpy.testing.assert_allclose(sums.signal.sum(axis=0), expected, atol=1e-5 * scale)


def test_a_dark_image_gives_what_its_level_gives():
    frames = frames_of(15).round().astype("uint16")
    patched = extract(RockingScan(frames, ANGLES), patch_size=32, stride=16, dark=100.0)
    level = numpy.full(SHAPE, 100.0, numpy.float32)
    by_image = replace(patched, background=Background(level, patched.background.sigma))
    one, other = (dislocation_image(each).image for each in (patched, by_image))
    numpy.testing.assert_allclose(one, other, rtol=1e-3, atol=2e-3)


@pytest.mark.parametrize("shape", [(192, 224), (101, 67), (40, 33)])
def test_frames_of_any_size(shape):
    rng = numpy.random.default_rng(0)
    curve = 300 * numpy.exp(-0.5 * (ANGLES / WIDTH) ** 2)[:, None, None]
    frames = rng.normal(100 + curve, 4, (N_FRAMES, *shape))
    patched = extract(RockingScan(frames, ANGLES), patch_size=16, stride=8)
    found = dislocation_image(patched)
    assert found.image.shape == shape
    assert numpy.isfinite(found.image).mean() > 0.99
    assert found.sums.weight.shape == (N_BINS, -(-shape[0] // STEP), -(-shape[1] // STEP))


def test_values_between_blocks_are_linear():
    blocks = numpy.add.outer(numpy.arange(5.0), 2 * numpy.arange(7.0)).astype(numpy.float32)
    expected = ndimage.zoom(blocks, STEP, order=1, grid_mode=True, mode="nearest")
    for row in range(len(expected)):
        numpy.testing.assert_allclose(
            pixel_row(blocks, row)[: expected.shape[1]], expected[row], atol=1e-5
        )


@pytest.mark.parametrize("shape", [(3, 50), (40, 4), (65, 33)])
def test_smoothing_is_that_of_scipy(shape):
    image = numpy.random.default_rng(0).normal(size=shape).astype(numpy.float32)
    expected = ndimage.gaussian_filter(image, 1.5, mode="nearest", truncate=3.0)
    numpy.testing.assert_allclose(smoothed(image, 1.5), expected, atol=1e-5)


def test_bins_below_the_peak_are_the_low_ones():
    assert EDGES[N_LOW - 1] == 0
    assert list(EDGES) == sorted(-edge for edge in EDGES)


@pytest.mark.parametrize("gain", [0.5, 2.0, 8.0])
def test_the_gain_is_found(gain):
    rng = numpy.random.default_rng(1)
    curve = 500 * numpy.exp(-0.5 * (ANGLES / WIDTH) ** 2)
    ramp = numpy.linspace(0.3, 1, SHAPE[1])
    level = curve[:, None, None] * numpy.broadcast_to(ramp, SHAPE)
    frames = 100 + rng.normal(0, 4, level.shape) + gain * rng.poisson(level / gain)
    noise = measure_noise(extract(RockingScan(frames, ANGLES), patch_size=32))
    assert noise.gain == pytest.approx(gain, rel=0.1)
    assert isinstance(noise, FrameNoise)


def test_as_shown_keeps_nan_and_flattens_noise():
    shown = as_shown(numpy.array([numpy.nan, -5.0, 0.0, 3.0, 300.0]))
    assert numpy.isnan(shown[0])
    numpy.testing.assert_allclose(shown[1:], [0, 0, numpy.arcsinh(1), numpy.arcsinh(100)])


def test_lines_of_the_truth_lie_where_the_image_shows_them():
    """A systematic offset would be blamed on the methods: strain, drift, aperture."""
    offsets = []
    for seed in (3, 5, 8):
        parameters = SimulationParameters(
            sample=SampleParameters(crystal_seed=seed, dislocation_density_per_um2=0.012),
            scan=ScanParameters(shape=(192, 224), steps=21, seed=seed, drift_px=4.0),
        )
        scan = simulate_scan(parameters)
        found = dislocation_image(extract(scan.rocking_scan, patch_size=32, stride=16))
        lines = ndimage.gaussian_filter(scan.truth.shown_lines.astype(float), 2)
        shown = as_shown(numpy.nan_to_num(found.image))
        whole, _, _ = phase_cross_correlation(shown, lines, normalization=None)
        offsets.append(whole)
    assert numpy.abs(numpy.mean(offsets, axis=0)).max() <= 2


def test_a_scan_without_frames_has_nothing_lit():
    scan = RockingScan(frames_of(16), ANGLES).leave_out(dict.fromkeys(range(N_FRAMES), "black"))
    found = dislocation_image(extract(scan, patch_size=32, stride=16))
    assert found.warnings == (NOTHING_LIT,)
    assert numpy.isnan(found.image).all()


@pytest.mark.parametrize("unit", [1e-25, 1e25])
def test_any_unit_of_counts(unit):
    frames = frames_of(17)
    found = image_of((frames * unit).astype(numpy.float32))
    assert at_line(found.image) == pytest.approx(at_line(image_of(frames).image), rel=0.02)
