"""PCA, NMF and NICA: scale, sign, weak components, binning, conditions."""

from __future__ import annotations

import warnings

import numpy
import pytest
from sklearn.exceptions import ConvergenceWarning

from darfix_wb.decomposition import binning
from darfix_wb.decomposition.blind_source import METHODS, separate, weak_components
from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.extraction import extract
from darfix_wb.progress import Monitor
from darfix_wb.scan import RockingScan

N_STEPS = 21


@pytest.fixture(scope="module")
def parts(patched_of):
    """A crystal whose defects, on its left, shine on the low flank only; and where they are."""
    rng = numpy.random.default_rng(0)
    steps = numpy.arange(N_STEPS)
    crystal = numpy.exp(-0.5 * ((steps - 10) / 2) ** 2)
    defects = numpy.exp(-0.5 * ((steps - 3) / 1.5) ** 2)
    blotches = 300 * rng.gamma(4, 0.25, (32, 40))
    lines = numpy.zeros((32, 40))
    lines[::4, :20] = 80
    frames = crystal[:, None, None] * blotches + defects[:, None, None] * lines
    return patched_of(frames + rng.normal(0, 1, frames.shape)), lines


@pytest.mark.parametrize("method", METHODS)
def test_components_are_in_the_scale_of_the_frames(parts, method):
    patched, _ = parts
    result = separate(patched, method=method, n_components=2)
    assert (result.curves.sum(axis=0) >= 0).all()
    if method != "pca":
        assert result.curves.min() >= 0
        assert result.images.min() >= 0
    frames = patched.scan.frames
    rest = frames - numpy.tensordot(result.curves, result.images, axes=1)
    # NICA takes the mean from its sources: it shows what varies over the frame.
    assert rest.std() < (0.7 if method == "nica" else 0.05) * frames.std()


@pytest.mark.parametrize("method", ["nmf", "nica-nmf"])
def test_the_weak_image_shows_the_defects(parts, method):
    patched, lines = parts
    result = separate(patched, method=method, n_components=2)
    assert result.weak.sum() == 1
    assert (result.method, result.unit, result.binning) == (method, "counts", 1)
    assert result.note in ("", "darfix's NMF did not converge")
    assert result.weak_image.dtype == result.images.dtype == numpy.float32
    assert numpy.corrcoef(result.weak_image.ravel(), lines.ravel())[0, 1] > 0.98


def test_same_seed_same_result(parts):
    patched, _ = parts
    first, second = (separate(patched, method="nmf", seed=5) for _ in range(2))
    numpy.testing.assert_array_equal(first.images, second.images)
    numpy.testing.assert_array_equal(first.scores, second.scores)


@pytest.mark.parametrize("method", METHODS)
def test_frames_in_memory_are_not_changed(make_scan, method):
    scan = make_scan(dtype="float32")
    before = scan.frames.copy()
    separate(extract(scan, patch_size=16), method=method)
    numpy.testing.assert_array_equal(scan.frames, before)


def test_conditions_of_one_crystal_are_mostly_right(make_scan, truth):
    patched = extract(make_scan(n_steps=N_STEPS), patch_size=16)
    result = separate(patched, method="nmf")
    assert result.scores.shape == patched.curves.shape
    assert numpy.isfinite(result.scores).all()
    weak, strong = truth(patched, tilt=0)
    assert (result.scores[strong][:, None] > result.scores[weak]).mean() > 0.95
    assert (result.scores[patched.curves <= 3 * patched.noise] == -20).all()


def test_binned_pixels_are_means_of_squares(make_scan):
    patched = extract(make_scan(shape=(66, 97)), patch_size=16, dark=100.0)
    stack = binning.binned_stack(patched, 4)
    assert stack.shape == (11, 17, 25)
    assert stack.dtype == numpy.float32
    frame = patched.scan.frame(5) - 100.0
    assert stack[5, 2, 3] == pytest.approx(frame[8:12, 12:16].mean(), rel=1e-5)
    # The last square has two rows and one column of the frame, which are repeated.
    last = numpy.array([frame[64, 96], *[frame[65, 96]] * 3]).mean()
    assert stack[5, -1, -1] == pytest.approx(last, rel=1e-5)


def test_a_binned_result_says_so(make_scan):
    patched = extract(make_scan(shape=(66, 97)), patch_size=16)
    result = separate(patched, method="nmf", binning=4)
    assert result.images.shape == (3, 17, 25)
    assert result.weak_image.shape == (66, 97)
    assert numpy.ptp(result.weak_image[:4, :4]) == 0
    assert result.note.startswith("binned 4x4")
    assert result.binning == 4
    fine = separate(patched, method="nmf", binning=1)
    assert fine.images.shape == (3, 66, 97)
    assert "binned" not in fine.note


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((31, 512, 640), 1), ((31, 2160, 2560), 4), ((961, 2160, 2560), 8), ((9999, 2160, 2560), 16)],
)
def test_large_scans_are_binned(shape, expected):
    frames = numpy.broadcast_to(numpy.uint16(0), shape)
    scan = RockingScan(frames, numpy.arange(shape[0]))
    assert binning.automatic_binning(scan) == expected


@pytest.mark.parametrize("wrong", [-1, 0, 65])
def test_binning_fits_the_frame(scan, wrong):
    with pytest.raises(DarfixWBError, match=rf"shorter side \(64 px\), got {wrong}\."):
        separate(extract(scan, patch_size=16), binning=wrong)


def test_what_cannot_be_separated_is_refused(scan):
    patched = extract(scan, patch_size=16)
    with pytest.raises(DarfixWBError, match="one of pca, nmf, nica, nica-nmf, got 'ica'"):
        separate(patched, method="ica")
    for wrong in (1, 12):
        with pytest.raises(DarfixWBError, match=rf"number of frames \(11\), got {wrong}\. Choose"):
            separate(patched, n_components=wrong)


def test_progress_and_cancelling(scan):
    patched, told = extract(scan, patch_size=16), []
    separate(patched, method="pca", monitor=Monitor(told.append))
    assert told == sorted(told)
    assert told[-1] == 1
    for last in (3, 11):
        told.clear()
        with pytest.raises(OperationCancelled, match="The decomposition was cancelled"):
            separate(patched, monitor=Monitor(told.append, cancelled=lambda n=last: len(told) == n))
        assert len(told) == last


def _gaussian(mean, width, height=1.0):
    return height * numpy.exp(-0.5 * ((numpy.arange(N_STEPS) - mean) / width) ** 2)


@pytest.mark.parametrize(
    ("other", "weak"),
    [
        (_gaussian(10, 1), False),
        (_gaussian(11, 2), False),
        (_gaussian(13, 1), True),
        (_gaussian(6, 1), True),
        (_gaussian(5, 1) + _gaussian(15, 1), True),  # both tails
        (_gaussian(10, 2) + 0.1 * _gaussian(5, 1), False),
        (-_gaussian(10, 1) + _gaussian(16, 2), True),  # signed: what is above 0 counts
    ],
)
def test_weak_components_lie_beside_the_reference(other, weak):
    curves = numpy.stack([other, _gaussian(10, 2, 5), _gaussian(17, 1)], axis=1)
    found, sure = weak_components(numpy.ones((3, 4, 4)), curves, numpy.arange(N_STEPS))
    assert list(found) == [weak, False, True]
    assert sure


def test_without_a_weak_component_the_farthest_is_taken(make_scan, monkeypatch):
    curves = numpy.stack([_gaussian(10.5, 2), _gaussian(10, 2, 5), 0 * _gaussian(9, 2)], axis=1)
    found, sure = weak_components(numpy.ones((3, 4, 4)), curves, numpy.arange(N_STEPS))
    assert list(found) == [True, False, False]
    assert not sure
    module = "darfix_wb.decomposition.blind_source"
    images = numpy.ones((3, 64, 96), dtype="float32")
    monkeypatch.setattr(f"{module}.separate_with_darfix", lambda *_: (images, curves))
    result = separate(extract(make_scan(n_steps=N_STEPS), patch_size=16))
    assert result.note == "no component is weak beam by its curve: the farthest one is taken"


def test_steps_are_those_within_each_curve(parts, patched_of):
    patched, _ = parts
    frames = numpy.concatenate([patched.scan.frames] * 2)
    two = patched_of(frames, curves=numpy.arange(2 * N_STEPS).reshape(2, N_STEPS))
    twice, once = separate(two, n_components=2), separate(patched, n_components=2)
    assert sorted(twice.weak) == sorted(once.weak)
    numpy.testing.assert_allclose(twice.weak_image, 2 * once.weak_image, rtol=0.2, atol=20)


def test_nmf_that_does_not_converge_says_so(scan, monkeypatch):
    def impatient(stack, method, n_components, seed):
        warnings.warn("Maximum number of iterations reached", ConvergenceWarning)
        return numpy.ones((3, *stack.shape[1:]), dtype="float32"), numpy.eye(len(stack), 3)

    monkeypatch.setattr("darfix_wb.decomposition.blind_source.separate_with_darfix", impatient)
    assert separate(extract(scan, patch_size=16)).note.startswith("darfix's NMF did not converge")


def test_other_warnings_are_passed_on(scan, monkeypatch):
    def doubtful(stack, method, n_components, seed):
        warnings.warn("overflow", RuntimeWarning)
        return numpy.ones((3, *stack.shape[1:]), dtype="float32"), numpy.eye(len(stack), 3)

    monkeypatch.setattr("darfix_wb.decomposition.blind_source.separate_with_darfix", doubtful)
    with pytest.warns(RuntimeWarning, match="overflow"):
        separate(extract(scan, patch_size=16))
