"""The published manual way, on frames whose lines are known."""

from __future__ import annotations

import h5py
import numpy
import pytest
from scipy import ndimage
from skimage.filters import frangi

from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.progress import Monitor
from darfix_wb.voxel_lines import ridges
from darfix_wb.voxel_lines.lines import cured_skeleton
from darfix_wb.voxel_lines.manual import SIGMAS, hot_pattern, manual_mask
from darfix_wb.voxel_lines.weak_frames import manual_frames

SPACING = numpy.array([1.0, 0.12, 0.05])


def steep_line(seed=0, n_layers=16, shape=(70, 90)):
    """Frames with one bright bead each, along a straight line, and the line, um."""
    rng = numpy.random.default_rng(seed)
    frames = rng.normal(115, 2, (n_layers, *shape))
    rows, columns = numpy.ogrid[: shape[0], : shape[1]]
    places = numpy.stack(
        [numpy.arange(n_layers), 30 + 0.5 * numpy.arange(n_layers), 40 + numpy.arange(n_layers)], 1
    )
    for frame, (_, row, column) in zip(frames, places, strict=True):
        frame += 80 * numpy.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 8)
    return frames, places * SPACING


def test_a_line_is_found_where_it_is():
    frames, line = steep_line()
    found = manual_mask(frames, SPACING, crop_px=7)
    assert found.mask.shape == (16, round(56 * 0.6), round(76 * 0.6))
    numpy.testing.assert_allclose(
        found.spacing_um, SPACING * [1, 56 / round(56 * 0.6), 76 / round(76 * 0.6)]
    )
    network = cured_skeleton(found.mask, found.spacing_um, origin_um=found.origin_um)
    longest = max(network.lines, key=lambda one: one.length_um)
    assert longest.length_um > 0.8 * numpy.linalg.norm(line[-1] - line[0])
    wanted = numpy.stack(
        [numpy.interp(longest.points_um[:, 0], line[:, 0], line[:, axis]) for axis in range(3)], 1
    )
    assert numpy.abs(longest.points_um - wanted).max() < 0.25


def test_warm_pixels_become_vertical_lines_unless_mended():
    frames, _ = steep_line()
    frames[:, 15, 70] += 300
    plain, mended = (
        manual_mask(frames, SPACING, crop_px=5, hot_pixels_mended=mend) for mend in (False, True)
    )
    place = (slice(2, -2), round((15 - 5) * 0.6 - 0.2), round((70 - 5) * 0.6 - 0.2))
    assert plain.mask[place].mean() > 0.9
    assert not mended.mask[place].any()
    assert mended.mask.sum() > 60
    assert hot_pattern(frames)[15, 70] == pytest.approx(300, abs=5)


def test_counts_below_the_floor_say_nothing():
    frames, _ = steep_line()
    assert not manual_mask(frames, SPACING, crop_px=5, floor=400).mask.any()
    assert manual_mask(frames, SPACING, crop_px=5, floor=110).mask.any()
    assert not manual_mask(frames, SPACING, crop_px=5, threshold=1.1).mask.any()


@pytest.mark.parametrize("n_layers", [5, 60])
@pytest.mark.parametrize("gamma", [None, 0.01])
def test_slabs_give_what_the_whole_volume_gives(monkeypatch, n_layers, gamma):
    rng = numpy.random.default_rng(0)
    volume = ndimage.gaussian_filter(rng.normal(size=(30, 14, 15)), 1.5).astype(numpy.float32)
    sigmas = SIGMAS[:2]
    monkeypatch.setattr(ridges, "VOXELS_AT_ONCE", 14 * 15 * (2 * 7 + n_layers))
    found = ridges.bright_ridges(volume, sigmas, gamma=gamma)
    whole = frangi(volume, sigmas=sigmas, gamma=gamma, black_ridges=False)
    assert whole.max() > 0.3
    numpy.testing.assert_allclose(found, whole, atol=1e-4)


def test_a_volume_without_anything_has_no_ridges():
    assert not ridges.bright_ridges(numpy.full((5, 6, 7), 3, numpy.float32), SIGMAS).any()


def test_filtering_can_be_cancelled_and_tells_how_far_it_is():
    frames, _ = steep_line(n_layers=5)
    told = []
    manual_mask(frames, SPACING, crop_px=5, monitor=Monitor(told.append))
    assert told[-1] == 1
    with pytest.raises(OperationCancelled):
        manual_mask(frames, SPACING, crop_px=5, monitor=Monitor(cancelled=lambda: True))


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({}, "250 px of frames of 70 x 90 px"),
        ({"crop_px": -1}, "crop must be at least 0 px"),
        ({"crop_px": 0, "scale": 0}, "scale must be above 0"),
        ({"crop_px": 0, "scale": 2}, "scale must be above 0"),
        ({"crop_px": 0, "sigmas": ()}, "sigmas above 0"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, match):
    with pytest.raises(DarfixWBError, match=match):
        manual_mask(steep_line()[0], SPACING, **options)


def test_frames_of_one_layer_are_refused():
    with pytest.raises(DarfixWBError, match="Give one frame of each layer"):
        manual_mask(steep_line()[0][0], SPACING)


def write_layer(path, *, peak=14, height=100.0, shape=(4, 5), n_frames=31):
    """A scan of a Gaussian rocking curve with standard deviation of 3 steps; its data URL."""
    angles = numpy.arange(n_frames) * 0.01
    counts = 100 + height * numpy.exp(-((numpy.arange(n_frames) - peak) ** 2) / 18)
    with h5py.File(path, "w") as file:
        frames = counts[:, None, None] * numpy.ones(shape)
        file["/1.1/instrument/pco_ff/data"] = (100 * frames).astype(numpy.uint16)
        file["/1.1/instrument/positioners/phi"] = angles
        file["/1.1/instrument/positioners/phi"].attrs["units"] = "degree"
    return f"{path}::/1.1/instrument/pco_ff/data"


def test_the_frame_follows_the_peak(tmp_path):
    urls = [write_layer(tmp_path / f"{k}.h5", peak=14 + k, height=150.0) for k in range(3)]
    found = manual_frames(urls)
    assert found.frames.shape == (3, 4, 5)
    assert numpy.diff(found.numbers).tolist() == [1, 1]
    end = 3 * numpy.sqrt(2 * numpy.log(100))
    assert found.angles == pytest.approx([-0.01 * numpy.ceil(end)] * 3)
    half = manual_frames(urls, share=0.5)
    assert half.angles == pytest.approx([-0.04] * 3)
    given = manual_frames(urls, offset=0.05)
    assert given.numbers.tolist() == [19, 20, 21]
    with h5py.File(tmp_path / "1.h5") as file:
        numpy.testing.assert_array_equal(given.frames[1], file["/1.1/instrument/pco_ff/data"][20])


def test_a_layer_without_such_a_frame_is_refused(tmp_path):
    url = write_layer(tmp_path / "low.h5", peak=0)
    with pytest.raises(DarfixWBError, match="must fall to 1% of its peak at smaller angles"):
        manual_frames([url])
    with pytest.raises(DarfixWBError, match="offset must lie within the scan"):
        manual_frames([url], offset=-0.05)
    other = write_layer(tmp_path / "other.h5", shape=(4, 6))
    with pytest.raises(DarfixWBError, match="must have one shape"):
        manual_frames([write_layer(tmp_path / "good.h5"), other])
    with pytest.raises(DarfixWBError, match="at least one layer"):
        manual_frames([])
