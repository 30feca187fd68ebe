"""The angle rule on curves whose peaks and widths are known."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.beam import BeamCondition
from darfix_wb.classification.angle_rule import angle_rule
from darfix_wb.errors import DarfixWBError
from darfix_wb.extraction import extract
from darfix_wb.rocking_curves import peak_angles

WEAK, STRONG, EMPTY = BeamCondition
ANGLES = numpy.linspace(-8, 8, 321)


def conditions(patched):
    return angle_rule(patched).condition()[:, 0]


def test_weak_and_strong_by_distance_in_widths(with_curves, gaussian):
    peaks = numpy.array([-2.0, 0.0, 1.3])
    patched = with_curves(ANGLES, gaussian(ANGLES[:, None], peaks, 1.0))
    numpy.testing.assert_allclose(peak_angles(patched)[0, 0], peaks, atol=0.01)
    z = numpy.abs(ANGLES[:, None] - peaks)
    found = conditions(patched)
    assert (found[z < 1.2] == STRONG).all()
    assert (found[z > 1.3] == WEAK).all()
    strong = angle_rule(patched).probabilities[:, 0, :, STRONG]
    assert (strong[z < 0.95] > 0.95).all()
    seen = gaussian(z) > 1
    assert (strong[(z > 1.55) & seen] < 0.05).all()
    assert strong[numpy.abs(z - 1.25) < 0.03] == pytest.approx(0.5, abs=0.25)


def test_the_rule_is_in_units_of_the_curve(with_curves, gaussian):
    peaks = numpy.array([-1.0, 0.4])
    once = with_curves(ANGLES, gaussian(ANGLES[:, None], peaks))
    steps = ANGLES * 0.004 + 13.5
    scaled = with_curves(steps, gaussian(ANGLES[:, None], peaks, height=1000.0))
    numpy.testing.assert_allclose(
        angle_rule(scaled).probabilities, angle_rule(once).probabilities, atol=1e-4
    )
    brighter = with_curves(ANGLES, gaussian(ANGLES[:, None], peaks, height=50_000.0))
    same = angle_rule(brighter).probabilities[..., STRONG]
    numpy.testing.assert_allclose(same, angle_rule(once).probabilities[..., STRONG], atol=0.11)


def test_a_scan_cropped_beside_the_peak_keeps_its_labels(with_curves, gaussian):
    curves = gaussian(ANGLES[:, None], numpy.zeros(3))
    whole = conditions(with_curves(ANGLES, curves))
    cropped = conditions(with_curves(ANGLES[120:], curves[120:]))
    numpy.testing.assert_array_equal(cropped, whole[120:])


def test_the_order_of_the_frames_does_not_matter(with_curves, gaussian):
    curves = gaussian(ANGLES[:, None], numpy.array([0.0, 1.0]))
    order = numpy.random.default_rng(0).permutation(len(ANGLES))
    ordered, shuffled = with_curves(ANGLES, curves), with_curves(ANGLES[order], curves[order])
    numpy.testing.assert_allclose(
        angle_rule(shuffled).probabilities, angle_rule(ordered).probabilities[order], atol=1e-6
    )


def test_a_narrow_curve_is_given_the_median_width(with_curves, gaussian):
    widths = numpy.array([1.0, 1.0, 0.2])
    found = conditions(with_curves(ANGLES, gaussian(ANGLES[:, None], 0.0, widths)))
    numpy.testing.assert_array_equal(found[:, 2], found[:, 0])


def test_a_wide_curve_keeps_its_width(with_curves, gaussian):
    widths = numpy.array([1.0, 1.0, 2.0])
    found = conditions(with_curves(ANGLES, gaussian(ANGLES[:, None], 0.0, widths)))
    is_strong = found == STRONG
    assert is_strong[:, 2].sum() == pytest.approx(2 * is_strong[:, 0].sum(), rel=0.05)


def test_two_peaks_are_both_strong_and_weak_between(with_curves, gaussian):
    # Two sub-grains in one patch; the other patches set the layer's typical width.
    double = gaussian(ANGLES, -4, 0.5) + gaussian(ANGLES, 4, 0.5, 500.0)
    others = gaussian(ANGLES[:, None], numpy.array([-1.0, 0.0, 1.0]))
    found = conditions(with_curves(ANGLES, numpy.column_stack([others, double])))[:, 3]
    assert (found[numpy.abs(numpy.abs(ANGLES) - 4) < 1] == STRONG).all()
    assert (found[numpy.abs(ANGLES) < 1.5] == WEAK).all()


def test_a_second_peak_at_the_end_of_the_scan_counts(with_curves, gaussian):
    cut = gaussian(ANGLES, -4, 0.5) + gaussian(ANGLES, 8, 0.5)
    others = gaussian(ANGLES[:, None], numpy.array([-1.0, 0.0, 1.0]))
    found = conditions(with_curves(ANGLES, numpy.column_stack([others, cut])))[:, 3]
    assert found[-1] == STRONG
    assert found[numpy.argmin(numpy.abs(ANGLES + 4))] == STRONG
    assert (found[numpy.abs(ANGLES - 2) < 2] == WEAK).all()


def test_ripples_below_a_fifth_of_the_peak_are_no_peaks(with_curves, gaussian):
    curve = gaussian(ANGLES) + gaussian(ANGLES, 5, 0.3, 150.0)
    found = conditions(with_curves(ANGLES, numpy.column_stack([curve] * 3)))[:, 0]
    assert found[numpy.argmin(numpy.abs(ANGLES - 5))] == WEAK


def test_noise_makes_no_peaks(with_curves, gaussian):
    angles = numpy.linspace(-8, 8, 33)
    noise = numpy.random.default_rng(0).normal(0, 0.12, (33, 200))
    curves = gaussian(angles[:, None], numpy.zeros(200), height=1.5) + noise
    found = conditions(with_curves(angles, curves))
    far = numpy.abs(angles) > 3
    assert (found[far] == STRONG).mean() < 0.01


def test_no_signal_is_empty_and_faint_signal_far_off_is_unsure(with_curves, gaussian):
    curves = numpy.column_stack([gaussian(ANGLES), numpy.zeros(len(ANGLES))])
    probabilities = angle_rule(with_curves(ANGLES, curves)).probabilities[:, 0]
    assert (probabilities[:, 1] == [0, 0, 1]).all()
    numpy.testing.assert_allclose(probabilities[0, 0], [0.6, 0.1, 0.3])
    numpy.testing.assert_allclose(probabilities.sum(axis=-1), 1, rtol=1e-5)


def test_each_position_of_a_second_motor_has_its_own_curve(with_curves, gaussian):
    # chi moves the peak along phi: a global peak would call the outer curves' peaks weak.
    phi = numpy.tile(ANGLES[::10], 3)
    centres = numpy.repeat([-5.0, 0.0, 5.0], 33)
    frames = numpy.arange(99).reshape(3, 33)
    order = numpy.random.default_rng(1).permutation(99)
    back = numpy.argsort(order)
    values = gaussian(phi, centres)[order, None] * [1.0, 0.5]
    patched = with_curves(phi[order], values, curves=back[frames])
    numpy.testing.assert_allclose(peak_angles(patched)[:, 0, 0], [-5, 0, 5], atol=0.05)
    found = conditions(patched)[back]
    z = numpy.abs(phi - centres)
    assert (found[z < 1] == STRONG).all()
    assert (found[z > 2] == WEAK).all()


def test_repeated_angles_do_not_widen_the_peak(with_curves, gaussian):
    angles = numpy.array([-0.3, -0.2, -0.1, -0.1, -0.1, 0.0, 0.1, 0.2, 0.3])
    found = conditions(with_curves(angles, gaussian(angles[:, None], numpy.zeros(3), 0.05)))
    assert (found[0] == WEAK).all()
    assert (found[5] == STRONG).all()


def test_the_centre_of_mass_leaves_the_tails_out(with_curves):
    values = numpy.array([[19.0], [100.0], [60.0], [0.0]])
    patched = with_curves([0.0, 1.0, 2.0, 3.0], values)
    assert peak_angles(patched)[0, 0, 0] == pytest.approx((100 + 120) / 160)


def test_a_curve_without_signal_has_no_peak(with_curves):
    assert numpy.isnan(peak_angles(with_curves([0.0, 1.0, 2.0], numpy.zeros((3, 1)))))


@pytest.mark.parametrize("n_frames", [1, 2])
def test_less_than_three_frames_make_no_curve(with_curves, n_frames):
    patched = with_curves(range(n_frames), numpy.full((n_frames, 1), 100.0))
    with pytest.raises(DarfixWBError, match=rf"at least 3 frames, got {n_frames}\. .*network"):
        angle_rule(patched)


def test_a_tilted_crystal(make_scan):
    patched = extract(make_scan(tilt=0.012, n_steps=21), patch_size=16)
    found = angle_rule(patched).condition()
    angles = patched.scan.angles
    for columns, peak in ((slice(0, 2), -0.012), (slice(3, 5), 0.012)):
        near = numpy.abs(angles - peak) < 0.006
        far = numpy.abs(angles - peak) > 0.016
        assert (found[near, :, columns] == STRONG).all()
        assert (found[far, :, columns] == WEAK).all()
    assert (found[..., 5] == EMPTY).all()
