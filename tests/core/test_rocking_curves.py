"""Peak and width of rocking curves, over random curves."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.rocking_curves import SIGMA_PER_FWHM, peak_centre_and_width, peak_part

ANGLES = 5.0 + 0.004 * numpy.arange(41)


def curves_of(rng):
    """Gaussian peaks of random height, width and place, ``(41, 4, 5)``, and their parameters."""
    centre = rng.uniform(ANGLES[12], ANGLES[-13], (4, 5))
    sigma = rng.uniform(0.008, 0.012, (4, 5))
    height = 10 ** rng.uniform(1, 4, (4, 5))
    curves = height * numpy.exp(-(((ANGLES[:, None, None] - centre) / sigma) ** 2) / 2)
    return curves, centre, sigma


@pytest.mark.parametrize("seed", range(5))
def test_peaks_are_found_where_they_are(seed):
    curves, centre, sigma = curves_of(numpy.random.default_rng(seed))
    found, width = peak_centre_and_width(curves, ANGLES, numpy.ones((4, 5), bool))
    numpy.testing.assert_allclose(found, centre, atol=0.001)
    typical = numpy.median(sigma)
    numpy.testing.assert_allclose(width, numpy.maximum(sigma, typical), atol=0.004 * 0.6)


@pytest.mark.parametrize("seed", range(5))
def test_gain_reversal_and_another_zero_of_the_motor_change_nothing(seed):
    rng = numpy.random.default_rng(seed)
    curves, _, _ = curves_of(rng)
    lit = rng.random((4, 5)) < 0.7
    centre, width = peak_centre_and_width(curves, ANGLES, lit)
    for other, angles, back in (
        (curves * 7.5, ANGLES, 0.0),
        (curves[::-1], ANGLES[::-1], 0.0),
        (curves, ANGLES - 12.0, 12.0),
    ):
        centre_again, width_again = peak_centre_and_width(other, angles, lit)
        numpy.testing.assert_allclose(centre_again + back, centre, atol=1e-9)
        numpy.testing.assert_allclose(width_again, width, atol=1e-9)


def test_a_curve_without_signal_has_no_peak():
    curves = numpy.zeros((41, 4, 5))
    centre, width = peak_centre_and_width(curves, ANGLES, numpy.zeros((4, 5), bool), least=1.0)
    assert numpy.isnan(centre).all()
    numpy.testing.assert_allclose(width, 0.004 * SIGMA_PER_FWHM)


def test_the_peak_is_what_exceeds_a_fifth_of_the_top():
    curve = numpy.array([1.0, 2.0, 2.1, 10.0, 0.0])
    numpy.testing.assert_array_equal(peak_part(curve, 10.0), [0, 0, 2.1, 10, 0])
