"""Decoding against the enumeration of every possible sequence."""

from __future__ import annotations

import itertools

import numpy
import pytest

from darfix_wb.beam import BeamCondition, BeamMap, ClassificationRecord
from darfix_wb.classification.decoding import TRANSITIONS, decode, resolves_peaks, set_empty
from darfix_wb.extraction import extract
from darfix_wb.patches import PatchGrid
from darfix_wb.scan import RockingScan

WEAK, STRONG, EMPTY = BeamCondition
GRID = PatchGrid((16, 32), 16)


def every_path(observed):
    """Posterior of ``(n_steps, 3)`` by summing over all sequences of conditions."""
    n_steps = len(observed)
    posterior = numpy.zeros((n_steps, 3))
    for path in itertools.product(range(3), repeat=n_steps):
        weight = observed[0, path[0]]
        for step in range(1, n_steps):
            weight *= TRANSITIONS[path[step - 1], path[step]] * observed[step, path[step]]
        for step, condition in enumerate(path):
            posterior[step, condition] += weight
    return posterior / posterior.sum(axis=1, keepdims=True)


def random_map(n_frames, seed=0):
    probabilities = numpy.random.default_rng(seed).dirichlet([1, 1, 0.5], (n_frames, 1, 2))
    record = ClassificationRecord(100.0, "given", 3.0, "phi", True, "cpu")
    return BeamMap(probabilities.astype("float32"), GRID, "abc", "lcnn", ("doubt",), (0, 1), record)


@pytest.mark.parametrize("n_steps", [1, 2, 7])
@pytest.mark.parametrize("seed", range(3))
def test_the_posterior_is_exact(n_steps, seed):
    beam_map = random_map(n_steps, seed)
    decoded = decode(beam_map, numpy.arange(n_steps)[None])
    for column in range(2):
        expected = every_path(beam_map.probabilities[:, 0, column].astype(float))
        numpy.testing.assert_allclose(decoded.probabilities[:, 0, column], expected, atol=1e-4)


def test_the_map_keeps_its_grid_and_origin():
    beam_map = random_map(5)
    before = beam_map.probabilities.copy()
    decoded = decode(beam_map, numpy.arange(5)[None])
    assert (decoded.grid, decoded.model_hash, decoded.method) == (GRID, "abc", "lcnn")
    assert (decoded.record, decoded.warnings) == (beam_map.record, ("doubt",))
    assert decoded.thresholds is None
    assert decoded.probabilities.dtype == numpy.float32
    numpy.testing.assert_array_equal(beam_map.probabilities, before)


def test_curves_are_followed_by_angle_and_each_alone():
    beam_map = random_map(8)
    curves = numpy.array([[6, 1, 3, 0], [2, 7, 5, 4]])
    decoded = decode(beam_map, curves)
    for frames in curves:
        expected = every_path(beam_map.probabilities[frames, 0, 1].astype(float))
        numpy.testing.assert_allclose(decoded.probabilities[frames, 0, 1], expected, atol=1e-4)


def test_a_single_doubt_is_overruled_by_its_neighbours():
    probabilities = numpy.tile(numpy.float32([0.9, 0.09, 0.01]), (9, 1, 2, 1))
    probabilities[4] = [0.3, 0.69, 0.01]
    decoded = decode(BeamMap(probabilities, GRID), numpy.arange(9)[None])
    assert (decoded.condition() == WEAK).all()


def test_a_clear_peak_stays():
    order = [WEAK] * 4 + [STRONG] * 3 + [WEAK] * 4
    probabilities = numpy.float32([[0.8, 0.15, 0.05], [0.15, 0.8, 0.05]])[order]
    probabilities = numpy.tile(probabilities[:, None, None], (1, 1, 2, 1))
    decoded = decode(BeamMap(probabilities, GRID), numpy.arange(11)[None])
    numpy.testing.assert_array_equal(decoded.condition()[:, 0, 0], order)


def opinions(order, sure=0.8):
    """``(n_frames, 1, 2, 3)``: for each frame `sure` of one condition, the rest on the others."""
    others = (1 - sure) / 2
    each = numpy.full((3, 3), others, dtype="float32") + (sure - others) * numpy.eye(3, dtype="f4")
    return numpy.tile(each[list(order)][:, None, None], (1, 1, 2, 1))


@pytest.mark.parametrize("valley", [1, 2, 4])
def test_several_peaks_stay_apart(valley):
    order = [WEAK] * 3 + ([STRONG] * 2 + [WEAK] * valley) * 2 + [STRONG] * 3 + [WEAK] * 3
    decoded = decode(BeamMap(opinions(order, 0.9), GRID), numpy.arange(len(order))[None])
    numpy.testing.assert_array_equal(decoded.condition()[:, 0, 0], order)


def test_a_frame_that_doubts_is_decided_by_its_own_peak():
    order = [WEAK] * 3 + [STRONG] * 3 + [WEAK] * 5 + [STRONG] * 3 + [WEAK] * 3
    probabilities = opinions(order)
    unsure = [1, 4, 8, 12]
    probabilities[unsure] = [0.49, 0.49, 0.02]
    decoded = decode(BeamMap(probabilities, GRID), numpy.arange(len(order))[None])
    numpy.testing.assert_array_equal(decoded.condition()[:, 0, 0], order)


def test_a_badly_exposed_frame_is_overruled_in_its_own_curves_only():
    order = [WEAK] * 5 + [STRONG] * 3 + [WEAK] * 5
    probabilities = opinions(order * 2, 0.9)
    probabilities[2] = [0.35, 0.64, 0.01]
    beam_map = BeamMap(probabilities, GRID)
    decoded = decode(beam_map, numpy.arange(26).reshape(2, 13))
    numpy.testing.assert_array_equal(decoded.condition()[:, 0, 0], order * 2)
    alone = decode(BeamMap(probabilities[13:], GRID), numpy.arange(13)[None])
    numpy.testing.assert_array_equal(decoded.probabilities[13:], alone.probabilities)


@pytest.mark.parametrize("n_steps", [2, 3, 5])
def test_many_short_curves_are_as_many_scans(n_steps):
    n_curves = 40
    beam_map = random_map(n_curves * n_steps)
    order = numpy.random.default_rng(3).permutation(n_curves * n_steps)
    curves = order.reshape(n_curves, n_steps)
    decoded = decode(beam_map, curves)
    for frames in curves:
        alone = BeamMap(beam_map.probabilities[frames], GRID)
        expected = decode(alone, numpy.arange(n_steps)[None]).probabilities
        numpy.testing.assert_array_equal(decoded.probabilities[frames], expected)


def test_certainty_that_contradicts_itself_stays_finite():
    probabilities = numpy.zeros((4, 1, 2, 3), dtype="float32")
    probabilities[::2, ..., STRONG] = probabilities[1::2, ..., EMPTY] = 1
    decoded = decode(BeamMap(probabilities, GRID), numpy.arange(4)[None]).probabilities
    numpy.testing.assert_allclose(decoded.sum(axis=-1), 1, rtol=1e-5)


def test_transitions_are_probabilities_that_shun_strong_next_to_empty():
    numpy.testing.assert_allclose(TRANSITIONS.sum(axis=1), 1)
    assert (numpy.diagonal(TRANSITIONS) > 0.5).all()
    assert TRANSITIONS[STRONG, EMPTY] < TRANSITIONS[STRONG, WEAK]
    assert TRANSITIONS[EMPTY, STRONG] < TRANSITIONS[EMPTY, WEAK]


@pytest.mark.parametrize(("width", "fine"), [(0.003, False), (0.0045, False), (0.006, True)])
def test_peaks_are_resolved_by_four_frames(make_scan, width, fine):
    """Steps of 0.003: a peak is as many times `width` / 0.003 * 2.355 frames wide."""
    scan = make_scan(n_steps=27, width=width)
    assert resolves_peaks(extract(scan, patch_size=16)) == fine


def test_short_curves_of_a_fine_scan_resolve_nothing(make_scan):
    scan = make_scan(n_steps=30)
    every_sixth = numpy.arange(30).reshape(5, 6).T
    short = RockingScan(scan.frames, scan.angles, curves=every_sixth)
    assert resolves_peaks(extract(scan, patch_size=16))
    assert not resolves_peaks(extract(short, patch_size=16))


def test_a_scan_without_signal_has_no_peaks(make_scan):
    dark = extract(make_scan(shape=(32, 32), margin=32), patch_size=16)
    assert dark.empty.all()
    assert isinstance(resolves_peaks(dark), bool)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_emptiness_is_taken_from_the_curves(dtype):
    probabilities = numpy.array(
        [[[0.6, 0.3, 0.1], [0.6, 0.3, 0.1]], [[0, 0, 1], [0.2, 0.8, 0]]], dtype=dtype
    )[:, None]
    set_empty(probabilities, numpy.array([[False, True]]))
    numpy.testing.assert_allclose(probabilities[0, 0], [[2 / 3, 1 / 3, 0], [0, 0, 1]], rtol=1e-6)
    numpy.testing.assert_allclose(probabilities[1, 0], [[0.5, 0.5, 0], [0, 0, 1]], rtol=1e-6)
