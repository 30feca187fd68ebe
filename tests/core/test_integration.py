"""Weak- and strong-beam images against plain loops and known scenes."""

from __future__ import annotations

from dataclasses import replace

import numpy
import pytest

from darfix_wb.beam import BeamCondition, BeamMap
from darfix_wb.classification.angle_rule import angle_rule
from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.extraction import extract
from darfix_wb.integration import integrate
from darfix_wb.integration.background import paper_post_processing
from darfix_wb.local_background import local_background
from darfix_wb.patches import PatchGrid
from darfix_wb.progress import Monitor
from darfix_wb.rocking_curves import peak_angles
from darfix_wb.scan import RockingScan

WEAK, STRONG, EMPTY = BeamCondition


def random_map(patched, seed=0):
    shape = (patched.scan.n_frames, *patched.grid.shape)
    probabilities = numpy.random.default_rng(seed).dirichlet([0.4, 0.4, 0.2], shape)
    return BeamMap(probabilities.astype("float32"), patched.grid)


def certain_map(patched, conditions):
    """One condition per frame, ``(n_frames,)``, or per patch."""
    shape = (patched.scan.n_frames, *patched.grid.shape)
    conditions = numpy.asarray(conditions)
    if conditions.ndim == 1:
        conditions = conditions[:, None, None]
    conditions = numpy.broadcast_to(conditions, shape)
    return BeamMap(numpy.eye(3, dtype="float32")[conditions], patched.grid)


def local_peaks(patched):
    """Peak angle of each pixel; the middle of the scan where there is no signal."""
    return patched.grid.stitch(numpy.nan_to_num(peak_angles(patched)[0], nan=0.0))


@pytest.fixture(params=[None, 8], ids=["separate", "overlapping"])
def patched(scan, request):
    return extract(scan, patch_size=16, stride=request.param)


def test_default_images_are_weighted_means(patched, scan):
    beam_map = random_map(patched)
    images = integrate(patched, beam_map)
    signal = numpy.stack(list(patched.scan.iter_frames())) - patched.background.level
    is_low = scan.angles[:, None, None] < local_peaks(patched)
    weights = numpy.stack([patched.grid.stitch(part) for part in beam_map.probabilities])
    weights = numpy.clip((weights - 0.5) / 0.2, 0, 1).astype(float)
    for name, condition, chosen in [
        ("weak", WEAK, 1),
        ("strong", STRONG, 1),
        ("weak_low", WEAK, is_low),
        ("weak_high", WEAK, ~is_low),
    ]:
        weight = weights[..., condition] * chosen
        total = weight.sum(axis=0)
        seen = (total > 0.5) & ~patched.scan.mask.invalid
        expected = (signal * weight).sum(axis=0)[seen] / total[seen]
        image = getattr(images, name)
        assert seen.any()
        numpy.testing.assert_array_equal(numpy.isfinite(image), seen)
        numpy.testing.assert_allclose(image[seen], expected, rtol=1e-3, atol=0.01)
        if "_" not in name:
            numpy.testing.assert_allclose(getattr(images, f"{name}_count"), total, rtol=1e-4)
    assert (images.mode, images.threshold) == ("default", 5.0)


def test_certain_frames_are_averaged_and_counted(patched, scan):
    conditions = [WEAK] * 3 + [STRONG] * 5 + [WEAK] * 2 + [EMPTY]
    images = integrate(patched, certain_map(patched, conditions))
    signal = scan.frames - patched.background.level
    assert (images.weak_count == 5).all()
    assert (images.strong_count == 5).all()
    numpy.testing.assert_allclose(images.weak, signal[[0, 1, 2, 8, 9]].mean(axis=0), atol=1e-3)
    numpy.testing.assert_allclose(images.strong, signal[3:8].mean(axis=0), atol=1e-2)
    numpy.testing.assert_allclose(images.weak_low, signal[:3].mean(axis=0), atol=1e-3)
    numpy.testing.assert_allclose(images.weak_high, signal[8:10].mean(axis=0), atol=1e-3)


def test_nan_where_nothing_contributed(scan):
    patched = extract(scan, patch_size=16)
    conditions = numpy.full((11, *patched.grid.shape), EMPTY)
    conditions[2, 1, 3] = WEAK
    images = integrate(patched, certain_map(patched, conditions))
    block = numpy.zeros((64, 96), dtype=bool)
    block[16:32, 48:64] = True
    numpy.testing.assert_array_equal(numpy.isfinite(images.weak), block)
    numpy.testing.assert_array_equal(images.weak_count, block)
    assert numpy.isnan(images.strong).all()
    assert not images.binary_map[~block].any()


def test_flanks_follow_the_local_peak(make_scan):
    patched = extract(make_scan(tilt=0.012), patch_size=16)
    conditions = [EMPTY] * 5 + [WEAK] + [EMPTY] * 5  # the middle angle: above left, below right
    images = integrate(patched, certain_map(patched, conditions))
    left, right = images.weak_low[:, :32], images.weak_low[:, 48:80]
    assert numpy.isnan(left).all()
    assert numpy.isfinite(right).all()
    assert numpy.isfinite(images.weak_high[:, :32]).all()
    assert numpy.isnan(images.weak_high[:, 48:80]).all()


def test_paper_images_are_sums_of_counts(patched, scan):
    beam_map = random_map(patched)
    images = integrate(patched, beam_map, mode="paper")
    likeliest = beam_map.probabilities.argmax(axis=-1)
    for name, condition in (("weak", WEAK), ("strong", STRONG)):
        expected, count = numpy.zeros((64, 96)), numpy.zeros((64, 96))
        for frame, patches in zip(scan.frames, likeliest, strict=True):
            chosen = patched.grid.stitch(patches == condition) >= 0.5
            expected[chosen] += frame[chosen]
            count += chosen
        numpy.testing.assert_array_equal(getattr(images, name), expected)
        numpy.testing.assert_array_equal(getattr(images, f"{name}_count"), count)
    weak = patched.grid.stitch((likeliest == WEAK)[2]) >= 0.5
    is_low = (scan.angles[2] < local_peaks(patched)) & weak
    assert (images.weak_low[is_low] >= scan.frames[2][is_low]).all()
    numpy.testing.assert_allclose(images.weak_low + images.weak_high, images.weak)
    rise = numpy.maximum(images.weak - images.weak.mean() - images.weak.std(), 0)
    numpy.testing.assert_array_equal(images.binary_map, rise / rise.max() > 0.6)
    assert (images.mode, images.threshold) == ("paper", 0.6)


def test_separate_paper_patches_are_whole(scan):
    patched = extract(scan, patch_size=16)
    beam_map = random_map(patched)
    images = integrate(patched, beam_map, mode="paper")
    expected = numpy.zeros((64, 96))
    for frame, patches in zip(scan.frames, beam_map.condition(), strict=True):
        for (row, column), condition in zip(patched.grid.origins, patches.ravel(), strict=True):
            if condition == WEAK:
                block = numpy.s_[row : row + 16, column : column + 16]
                expected[block] += frame[block]
    numpy.testing.assert_array_equal(images.weak, expected)


def test_sums_of_many_counts_are_exact():
    # Added one by one in single precision, counts above 2**24 would be off by hundreds.
    frames = numpy.random.default_rng(0).integers(60000, 65536, (600, 16, 16)).astype("uint16")
    patched = extract(RockingScan(frames, numpy.arange(600.0)), patch_size=8)
    images = integrate(patched, certain_map(patched, [WEAK] * 600), mode="paper")
    numpy.testing.assert_array_equal(images.weak, frames.sum(axis=0).astype("float32"))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["uint16", ">u2", "int32", "float32", ">f4", "float64"])
def test_frames_of_any_type_and_layout_give_the_same_images(scan, dtype, order):
    patched = extract(scan, patch_size=16, stride=8)
    beam_map = random_map(patched)
    frames = [numpy.array(frame, dtype, order=order) for frame in scan.frames]
    other = replace(patched, scan=RockingScan(_Frames(frames), scan.angles))
    for mode in ("default", "paper"):
        expected, images = (
            integrate(patched, beam_map, mode=mode),
            integrate(other, beam_map, mode=mode),
        )
        for name in ("weak", "strong", "weak_low", "weak_high", "weak_count", "strong_count"):
            numpy.testing.assert_array_equal(getattr(images, name), getattr(expected, name))


class _Frames(list):
    """Frames that keep their layouts."""

    @property
    def shape(self):
        return (len(self), *self[0].shape)


def test_each_rocking_curve_has_its_own_flanks(make_scan):
    # Two curves, frame by frame in turn; the second one's peak lies three steps further up.
    first, second = make_scan(margin=0).frames, make_scan(margin=0, seed=1).frames
    frames = numpy.stack([first, numpy.roll(second, 3, axis=0)], axis=1).reshape(22, 64, 96)
    angles = numpy.repeat(numpy.arange(11.0), 2)
    curves = numpy.arange(22).reshape(11, 2).T
    patched = extract(RockingScan(frames, angles, curves=curves), patch_size=16)
    conditions = numpy.full(22, EMPTY)
    conditions[[12, 13]] = WEAK  # step 6: above the first peak at 5, below the second at 8
    images = integrate(patched, certain_map(patched, conditions))
    signal = frames - patched.background.level
    numpy.testing.assert_allclose(images.weak_high, signal[12], atol=1e-2)
    numpy.testing.assert_allclose(images.weak_low, signal[13], atol=1e-2)


def test_weak_frames_hold_what_is_weak(patched, scan):
    beam_map = random_map(patched)
    weak = numpy.full(scan.frames.shape, numpy.nan, dtype="float32")
    integrate(patched, beam_map, weak_frames=weak)
    weight = numpy.clip((beam_map.pixel_weights(4)[..., WEAK] - 0.5) / 0.2, 0, 1)
    signal = numpy.maximum(scan.frames[4] - patched.background.level, 0)
    numpy.testing.assert_allclose(weak[4], signal * weight, rtol=1e-3, atol=1e-3)
    assert weak.min() == 0


def scene(n_beads, slope=6.0, n_frames=9):
    """Weak frames with beads of 40 counts on an uneven ground, and where the beads are."""
    rng = numpy.random.default_rng(0)
    ground = 8 + slope * numpy.linspace(0, 1, 256)[:, None] * numpy.linspace(1, 0, 320)
    beads = numpy.zeros((256, 320))
    mask = numpy.zeros(beads.shape, dtype=bool)
    for _ in range(n_beads):
        row, column = rng.integers(10, 240), rng.integers(10, 300)
        beads[row : row + 4, column : column + 5] = 40
        mask[row : row + 4, column : column + 5] = True
    frames = 100 + rng.normal(0, 4, (n_frames, 256, 320))
    frames += rng.poisson(ground + beads, frames.shape)
    angles = numpy.arange(n_frames, dtype=float)
    return RockingScan(frames.round().astype("uint16"), angles), mask


def test_the_binary_map_finds_beads_on_an_uneven_ground():
    scan, beads = scene(25)
    patched = extract(scan, patch_size=64, stride=32, dark=100.0)
    binary = integrate(patched, certain_map(patched, [WEAK] * 9)).binary_map
    assert binary[beads].mean() > 0.95
    assert binary[~beads].mean() < 1e-4


def test_the_binary_map_of_mere_noise_is_that_of_its_threshold():
    scan, _ = scene(0, slope=0.0)
    patched = extract(scan, patch_size=64, stride=32, dark=100.0)
    conditions = certain_map(patched, [WEAK] * 9)
    assert integrate(patched, conditions).binary_map.mean() < 1e-4
    share = integrate(patched, conditions, threshold=2.0).binary_map.mean()
    assert share == pytest.approx(0.0228, abs=0.006)


def test_pixels_seen_by_fewer_frames_need_a_stronger_signal():
    scan, _ = scene(0)
    patched = extract(scan, patch_size=64, dark=100.0)
    conditions = numpy.full((9, *patched.grid.shape), WEAK)
    conditions[1:, :2] = EMPTY
    binary = integrate(patched, certain_map(patched, conditions), threshold=3.0).binary_map
    assert binary[:128].mean() < 0.005


def test_the_binary_map_of_a_clipped_background_is_not_full():
    # After a background subtraction most pixels are 0: their spread alone is no noise.
    scan, beads = scene(25)
    frames = numpy.maximum(scan.frames.astype(int) - 113, 0).astype("uint16")
    assert numpy.median(frames) == 0
    patched = extract(RockingScan(frames, scan.angles), patch_size=64, stride=32)
    conditions = certain_map(patched, [WEAK] + [EMPTY] * 8)
    binary = integrate(patched, conditions).binary_map
    assert binary[beads].mean() > 0.8
    assert binary[~beads].mean() < 0.25 * (frames[0] > 0)[~beads].mean()


def test_the_binary_map_where_nothing_is_weak(scan):
    patched = extract(scan, patch_size=16)
    for mode in ("default", "paper"):
        images = integrate(patched, certain_map(patched, [STRONG] * 11), mode=mode)
        assert not images.binary_map.any()


def test_paper_post_processing_by_hand():
    image = numpy.array([[0.0, 0.0], [0.0, 8.0]])  # mean 2, standard deviation sqrt(12)
    numpy.testing.assert_allclose(paper_post_processing(image), [[0, 0], [0, 1]])
    image = numpy.array([[0.0] * 6, [0, 0, 0, 0, 6, 9]])
    rise = image - image.mean() - image.std()
    expected = numpy.maximum(rise, 0) / rise[1, 5]
    numpy.testing.assert_allclose(paper_post_processing(image), expected)


def test_local_background_follows_the_ground_and_not_the_beads():
    rng = numpy.random.default_rng(0)
    y, x = numpy.mgrid[:300, :260]
    ground = 20 + 0.05 * y + 0.02 * x
    image = ground + rng.normal(0, 1, ground.shape)
    image[rng.random(ground.shape) < 0.05] += 200
    image[:100, :80] = numpy.nan
    background = local_background(image)
    assert background.dtype == numpy.float32
    assert numpy.isfinite(background).all()
    inner = numpy.s_[110:270, 90:230]
    assert numpy.abs(background - ground)[inner].max() < 1.5


def test_local_background_of_nothing():
    numpy.testing.assert_array_equal(local_background(numpy.full((40, 50), numpy.nan)), 0)


def test_a_map_of_other_frames_is_refused(scan):
    patched = extract(scan, patch_size=16)
    shorter = BeamMap(numpy.ones((10, *patched.grid.shape, 3)), patched.grid)
    with pytest.raises(DarfixWBError, match=r"\(11 of \(64, 96\) px\), got one of 10 frames"):
        integrate(patched, shorter)
    grid = PatchGrid((64, 112), 16)
    with pytest.raises(DarfixWBError, match=r"got one of 11 frames of \(64, 112\) px"):
        integrate(patched, BeamMap(numpy.ones((11, *grid.shape, 3)), grid))
    with pytest.raises(DarfixWBError, match="mode must be one of default, paper, got 'median'"):
        integrate(patched, random_map(patched), mode="median")


def test_the_map_may_have_another_grid_than_the_scan(scan):
    coarse, fine = extract(scan, patch_size=32), extract(scan, patch_size=16)
    images = integrate(fine, certain_map(coarse, [WEAK] * 11))
    numpy.testing.assert_allclose(
        images.weak, (scan.frames - fine.background.level).mean(axis=0), atol=1e-2
    )


def test_progress_and_cancelling(scan):
    patched = extract(scan, patch_size=16)
    told = []
    with pytest.raises(OperationCancelled, match="Integration was cancelled"):
        integrate(
            patched,
            angle_rule(patched),
            monitor=Monitor(told.append, cancelled=lambda: len(told) == 4),
        )
    numpy.testing.assert_allclose(told, numpy.arange(1, 5) / 11)
