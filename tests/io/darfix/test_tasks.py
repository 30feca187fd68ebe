"""darfix's own decompositions, run on frames."""

from __future__ import annotations

import warnings

import numpy
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.io.darfix.tasks import METHODS, separate_with_darfix, weak_beam_of_darfix


@pytest.fixture
def stack():
    """``(9, 12, 10)`` float32 of three curves, with negative noise."""
    rng = numpy.random.default_rng(0)
    steps = numpy.arange(9)[:, None]
    curves = numpy.exp(-0.5 * ((steps - [2, 4, 6]) / 1.2) ** 2)
    frames = numpy.tensordot(curves, rng.gamma(1, 50, (3, 12, 10)), axes=1)
    return (frames + rng.normal(0, 2, frames.shape)).astype("float32")


def separate(stack, method, seed=0):
    """Whether NMF converges matters to nobody here."""
    with warnings.catch_warnings(record=True):
        return separate_with_darfix(stack, method, 3, seed)


@pytest.mark.parametrize("method", METHODS)
def test_components_and_curves_make_the_frames(stack, method):
    images, curves = separate(stack, method)
    assert images.shape == (3, 12, 10)
    assert curves.shape == (9, 3)
    if method == "NICA":
        return  # no common scale
    frames = stack - stack.mean(axis=0) if method == "PCA" else stack
    rest = frames - numpy.tensordot(curves, images, axes=1)
    assert rest.std() < 0.1 * frames.std()


@pytest.mark.parametrize("method", METHODS)
def test_the_frames_are_not_changed(stack, method):
    before = stack.copy()
    separate(stack, method)
    numpy.testing.assert_array_equal(stack, before)
    assert stack.flags.writeable


@pytest.mark.parametrize("method", METHODS)
def test_one_seed_one_result_and_numpy_keeps_its_own(stack, method, capsys):
    numpy.random.seed(7)  # noqa: NPY002
    expected = numpy.random.random()  # noqa: NPY002
    numpy.random.seed(7)  # noqa: NPY002
    first = separate(stack, method, seed=3)
    assert numpy.random.random() == expected  # noqa: NPY002
    second = separate(stack, method, seed=3)
    for one, other in zip(first, second, strict=True):
        numpy.testing.assert_array_equal(one, other)
    assert capsys.readouterr().out == ""


def test_an_unknown_method_is_refused(stack):
    with pytest.raises(DarfixWBError, match="one of PCA, NMF, NICA, NICA_NMF, got 'ICA'"):
        separate_with_darfix(stack, "ICA", 3, 0)


def test_bright_values_are_blanked(stack):
    before = stack.copy()
    left = weak_beam_of_darfix(stack, 1.5)
    bright = stack > 1.5 * stack.std(axis=0)
    assert 0 < bright.sum() < bright.size
    numpy.testing.assert_array_equal(left, numpy.where(bright, 0, stack))
    numpy.testing.assert_array_equal(stack, before)
    assert stack.flags.writeable
