"""Frames that were not taken as the others are found, and no others."""

import numpy
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.extraction import extract
from darfix_wb.scan import RockingScan

SEEDS = range(8)


def left_out(frames, angles=None, curves=None):
    angles = numpy.arange(len(frames)) if angles is None else angles
    patched = extract(RockingScan(frames, angles, "phi", curves=curves), patch_size=32)
    return dict(patched.scan.left_out), patched


@pytest.mark.parametrize("seed", SEEDS)
def test_right_scans_keep_all_frames(make_frames, seed):
    rng = numpy.random.default_rng(seed)
    options = {"n_frames": int(rng.integers(3, 30)), "peaks": int(rng.integers(1, 3))}
    width = rng.choice([0.3, 0.6, 1.5, 3.0])
    found, patched = left_out(make_frames(rng, width=width, **options))
    assert (found, patched.scan.warnings) == ({}, ())


def black(frames, rng, index):
    frames[index] = 0
    return "one value"


def white(frames, rng, index):
    frames[index] = 65535
    return "one value"


def noisy_white(frames, rng, index):
    frames[index] = rng.normal(30000, 50, frames.shape[1:])
    return "times as bright"


def dark(frames, rng, index):
    frames[index] = rng.normal(103, 4.6, frames.shape[1:]).round()
    return "no beam"


def repeated(frames, rng, index):
    frames[index] = frames[index - 1]
    return "repeats frame"


def torn_to_zero(frames, rng, index):
    frames[index, 60:] = 0
    return "torn"


def torn_to_dark(frames, rng, index):
    frames[index, :48] = rng.normal(103, 4.6, (48, frames.shape[2])).round()
    return "torn"


def torn_to_the_frame_before(frames, rng, index):
    frames[index, 48:] = frames[index - 1, 48:]
    return "torn"


@pytest.mark.parametrize(
    "spoil",
    [
        black,
        white,
        noisy_white,
        dark,
        repeated,
        torn_to_zero,
        torn_to_dark,
        torn_to_the_frame_before,
    ],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_bad_frame_is_found(make_frames, seed, spoil):
    rng = numpy.random.default_rng(seed)
    frames = make_frames(rng, n_frames=21, width=3.0)
    _, right = left_out(frames.copy())
    index = int(rng.integers(8, 13))
    reason = spoil(frames, rng, index)
    found, patched = left_out(frames)
    assert list(found) == [index]
    assert reason in found[index]
    assert f"frame {index} ({found[index]})" in " ".join(patched.scan.warnings)
    assert abs(patched.background.level - right.background.level) < 1
    assert patched.background.sigma == pytest.approx(right.background.sigma, rel=0.1)
    assert (patched.empty == right.empty).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_beam_lost_for_some_frames(make_frames, seed):
    rng = numpy.random.default_rng(seed)
    frames = make_frames(rng, n_frames=31, width=4.0)
    start = int(rng.integers(10, 16))
    frames[start : start + 4] = rng.normal(103, 4.6, (4, *frames.shape[1:])).round()
    found, _ = left_out(frames)
    assert list(found) == list(range(start, start + 4))
    assert all(reason.startswith("no beam") for reason in found.values())


@pytest.mark.parametrize(("start", "count"), [(1, 3), (4, 2), (14, 3), (17, 5), (25, 5)])
@pytest.mark.parametrize("width", [0.8, 2.0])
def test_the_beam_lost_with_its_stray_light(make_frames, width, start, count):
    """Where the beam lights all of the detector a little, its loss shows at any angle."""
    rng = numpy.random.default_rng(start)
    frames = make_frames(rng, n_frames=31, width=width) + 12
    assert left_out(frames.copy())[0] == {}
    run = slice(start, start + count)
    frames[run] = rng.normal(103, 4.6, (count, *frames.shape[1:])).round()
    reason = "no beam, or hardly any"
    assert left_out(frames)[0] == dict.fromkeys(range(start, start + count), reason)


@pytest.mark.parametrize("index", [3, 15, 25])
def test_a_flash_on_a_narrow_peak(make_frames, index):
    rng = numpy.random.default_rng(index)
    frames = make_frames(rng, n_frames=31, width=0.8)
    frames[index] = rng.normal(20000, 100, frames.shape[1:])
    found, _ = left_out(frames)
    assert list(found) == [index]
    assert "times as bright" in found[index]


def test_zero_frames_at_the_end_were_never_written(make_frames):
    frames = make_frames(numpy.random.default_rng(0), n_frames=21)
    frames[16:] = 0
    found, patched = left_out(frames)
    assert list(found) == list(range(16, 21))
    assert "frames 16 to 20" in patched.scan.warnings[0]


def test_a_scan_of_mostly_bad_frames_is_refused(make_frames):
    frames = make_frames(numpy.random.default_rng(0), n_frames=9)
    frames[3:8] = 0
    text = r"5 of 9 are not: 3 to 7 \(one value \(0\) in all pixels\)"
    with pytest.raises(DarfixWBError, match=text):
        left_out(frames)


def test_frames_are_left_out_of_their_own_curve(make_frames):
    rng = numpy.random.default_rng(3)
    one, other = (make_frames(rng, n_frames=15, width=3.0) for _ in range(2))
    frames = numpy.concatenate([one, other])
    frames[20] = 0
    curves = numpy.arange(30).reshape(2, 15)
    found, patched = left_out(frames, numpy.tile(numpy.arange(15), 2), curves)
    assert list(found) == [20]
    assert [len(curve) for curve in patched.scan.curves] == [15, 14]
    assert [len(curve) for curve in patched.scan.whole_curves] == [15, 15]


def test_empty_frames_of_a_subtracted_background_stay(make_frames):
    frames = make_frames(numpy.random.default_rng(0), n_frames=25, width=1.5).astype(int)
    frames = numpy.maximum(frames - 130, 0).astype("uint16")
    frames[:5] = frames[-5:] = 0
    found, _ = left_out(frames)
    assert found == {}
