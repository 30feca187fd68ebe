"""Features of a rocking curve: ratios only, and each patch by itself and its neighbours."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.networks.context_features import (
    CURVE_FEATURES,
    FEATURES,
    IMAGE_FEATURES,
    context_features,
)

N_STEPS, ROWS, COLUMNS = 13, 3, 4
ANGLES = numpy.linspace(-0.03, 0.03, N_STEPS)
NOISE = 0.5


@pytest.fixture
def curves():
    rng = numpy.random.default_rng(0)
    centre = rng.uniform(-0.004, 0.004, (ROWS, COLUMNS))
    z = (ANGLES[:, None, None] - centre) / 0.006
    return 800 * numpy.exp(-0.5 * z**2) + 3.0


def make(curves, angles=ANGLES, lit=None, image=True, curve=True, noise=NOISE):
    lit = numpy.ones(curves.shape[1:], dtype=bool) if lit is None else lit
    rng = numpy.random.default_rng(1)
    logits = rng.normal(size=(*curves.shape, 3))
    spread = rng.normal(size=curves.shape)
    return context_features(
        curves, angles, noise, lit, logits, spread, image_known=image, curve_known=curve
    )


def column(features, name):
    return features[..., FEATURES.index(name)]


def test_every_feature_has_a_name(curves):
    features = make(curves)
    assert features.shape == (*curves.shape, len(FEATURES))
    assert features.dtype == numpy.float32
    assert numpy.isfinite(features).all()
    assert len(set(FEATURES)) == len(FEATURES)


def test_exposure_and_unit_of_the_angle_change_nothing(curves):
    usual = make(curves)
    longer = make(10 * curves, noise=10 * NOISE)
    numpy.testing.assert_allclose(longer, usual, atol=1e-5)
    numpy.testing.assert_allclose(make(curves, 3600 * ANGLES), usual, atol=1e-5)


def test_a_scan_run_backwards_only_turns_the_signed_distance(curves):
    forwards = make(curves, image=False)
    backwards = make(curves[::-1], ANGLES[::-1], image=False)[::-1]
    numpy.testing.assert_allclose(backwards, forwards, atol=1e-6)


def test_the_peak_is_where_the_patch_is_brightest(curves):
    features = make(curves)
    nearest = column(features, "nearness to the peak").argmax(axis=0)
    numpy.testing.assert_array_equal(nearest, curves.argmax(axis=0))
    assert column(features, "share of own peak").max(axis=0) == pytest.approx(0)


def test_neighbours_are_the_lit_ones_among_nine(curves):
    lit = numpy.ones((ROWS, COLUMNS), dtype=bool)
    lit[0, 1] = False
    brighter = curves.copy()
    brighter[:, 0, 1] *= 1000
    names = ("share of the neighbours' peak", "share of the scan's peak", "share of the frame")
    for name in names:
        before, after = (column(make(c, lit=lit), name) for c in (curves, brighter))
        numpy.testing.assert_allclose(after, before, atol=1e-6)


def test_unlit_patches_are_all_zeros(curves):
    lit = numpy.zeros((ROWS, COLUMNS), dtype=bool)
    assert not make(curves, lit=lit).any()
    lit[1, 2] = True
    features = make(curves, lit=lit)
    assert not features[:, ~lit].any()
    assert (features[:, lit][..., -1] == 1).all()


def test_either_side_can_be_left_out(curves):
    alone = make(curves, curve=False)
    for name in (*CURVE_FEATURES, "curve known"):
        assert not column(alone, name).any()
    assert column(alone, "image known").all()
    blind = make(curves, image=False)
    for name in (*IMAGE_FEATURES, "image known"):
        assert not column(blind, name).any()
    assert column(blind, "curve known").all()
