"""Along a flank P(strong) does not rise."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.classification.order import in_order


def one_peak(rng, n_steps=25, rows=3, columns=4):
    centre = rng.uniform(3, n_steps - 4, (rows, columns))
    width = rng.uniform(1, 6)
    z = (numpy.arange(n_steps)[:, None, None] - centre) / width
    return 1000 * numpy.exp(-(z**2) / 2) + rng.normal(0, 1, z.shape)


@pytest.mark.parametrize("seed", range(10))
def test_logits_do_not_rise_away_from_the_only_peak(seed):
    rng = numpy.random.default_rng(seed)
    curves = one_peak(rng)
    logits = rng.normal(0, 4, curves.shape).astype(numpy.float32)
    ordered = in_order(logits, curves, 1.0)
    assert ordered.dtype == logits.dtype
    for row, column in numpy.ndindex(curves.shape[1:]):
        peak = curves[:, row, column].argmax()
        assert (numpy.diff(ordered[peak:, row, column]) <= 1e-6).all()
        assert (numpy.diff(ordered[: peak + 1, row, column]) >= -1e-6).all()
    numpy.testing.assert_allclose(in_order(ordered, curves, 1.0), ordered, atol=1e-5)
    numpy.testing.assert_allclose(
        in_order(logits[::-1], curves[::-1], 1.0)[::-1], ordered, atol=1e-5
    )


@pytest.mark.parametrize("seed", range(5))
def test_what_is_in_order_stays(seed):
    rng = numpy.random.default_rng([seed, 1])
    curves = one_peak(rng)
    logits = numpy.log(numpy.maximum(curves, 5)) - 4
    numpy.testing.assert_allclose(in_order(logits, curves, 1.0), logits, atol=0.1)


def test_each_of_two_peaks_has_flanks_of_its_own():
    steps = numpy.arange(30)
    curve = 500 * numpy.exp(-((steps - 7) ** 2) / 8) + 300 * numpy.exp(-((steps - 20) ** 2) / 8)
    logits = numpy.full(30, -3.0)
    logits[5:10] = logits[18:23] = 3.0
    curves, given = curve[:, None, None], logits[:, None, None]
    numpy.testing.assert_array_equal(in_order(given, curves, 1.0), given)


def test_noise_alone_has_no_peak():
    rng = numpy.random.default_rng(0)
    curves, logits = rng.normal(0, 1, (2, 20, 2, 2))
    numpy.testing.assert_array_equal(in_order(logits, curves, 1.0), logits)
