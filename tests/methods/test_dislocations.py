"""Images of the dislocations as methods: an image with a unit, and nothing said of the patches."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.detection.detector import LineDetector
from darfix_wb.detection.mapping import map_dislocations
from darfix_wb.dislocation_image import dislocation_image
from darfix_wb.errors import OperationCancelled
from darfix_wb.extraction import extract
from darfix_wb.image_quality.shown import SIGMA
from darfix_wb.io.frame_sources import open_scan
from darfix_wb.labels import LabelMap
from darfix_wb.methods.method import MethodOptions
from darfix_wb.methods.registry import make_method
from darfix_wb.methods.runner import Runner, weak_image
from darfix_wb.progress import Monitor
from darfix_wb.scan import RockingScan

SHAPE = (96, 128)
ON_LINE = (slice(41, 44), slice(20, 60))
UNLIT = (slice(None), slice(96, None))
OPTIONS = MethodOptions(device="cpu")


@pytest.fixture(scope="module")
def patched():
    """A line of 3 px in the frames off the peak, and a quarter of the frame without any signal."""
    rng = numpy.random.default_rng(0)
    curve = 600 * numpy.exp(-(numpy.linspace(-3, 3, 13)[:, None, None] ** 2))
    lit = numpy.ones(SHAPE)
    lit[UNLIT] = 0
    counts = 100 + rng.normal(0, 4, (13, *SHAPE)) + lit * rng.poisson(curve, (13, *SHAPE))
    for frames in (slice(None, 4), slice(9, None)):
        counts[(frames, *ON_LINE)] += 12
    return extract(RockingScan(counts.astype(numpy.float32), numpy.arange(13)), patch_size=32)


@pytest.fixture(scope="module")
def answers(patched):
    answers = {}
    for name in ("matched", "detector"):
        runner = Runner(make_method(name, OPTIONS), [patched])
        answers[name] = runner.answer(runner.fit([]), 0).result()
    return answers


def test_the_dislocation_image_shows_the_line(patched, answers):
    answer = answers["matched"]
    assert (answer.beam_map, answer.unit, answer.note) == (None, "sigma", "")
    assert (answer.model_hash, answer.device) == ("", "")
    numpy.testing.assert_array_equal(answer.weak_image, dislocation_image(patched).image)
    assert numpy.isnan(answer.weak_image[UNLIT]).all()
    lit = answer.weak_image[:, :96]
    assert numpy.isfinite(lit).all()
    assert answer.weak_image[ON_LINE].mean() > 8
    beside = numpy.concatenate([lit[:36].ravel(), lit[50:].ravel()])
    assert abs(numpy.median(beside)) < 0.3
    assert 0.7 < beside.std() < 1.5


def test_the_detector_gives_a_probability(patched, answers):
    answer = answers["detector"]
    assert (answer.beam_map, answer.unit, answer.device) == (None, "probability", "cpu")
    assert answer.model_hash == LineDetector.load().hash
    assert answer.weak_image.shape == SHAPE
    assert numpy.isnan(answer.weak_image[UNLIT]).all()
    lit = answer.weak_image[:, :96]
    assert lit.min() >= 0
    assert lit.max() <= 1
    expected = map_dislocations(patched, device="cpu").probability
    numpy.testing.assert_array_equal(answer.weak_image, expected)


@pytest.mark.parametrize("name", ["matched", "detector"])
def test_labels_change_nothing(patched, answers, name):
    method = make_method(name, OPTIONS)
    assert (method.needs_labels, method.trains) == (False, False)
    labels = LabelMap.unlabelled(13, patched.grid).with_frames({"weak": [0], "strong": [6]})
    runner = Runner(method, [patched])
    answer = runner.answer(runner.fit([(0, labels)]), 0).result()
    assert dict(answer.fitted) == {}
    image, unit = weak_image(patched, answer)
    assert image is answer.weak_image
    assert unit == answer.unit
    numpy.testing.assert_array_equal(image, answers[name].weak_image)


@pytest.mark.parametrize("name", ["matched", "detector"])
def test_a_scan_without_signal_says_so(name):
    noise = numpy.random.default_rng(0).normal(100, 4, (9, 64, 64))
    dark = extract(RockingScan(noise, numpy.arange(9)), patch_size=32)
    runner = Runner(make_method(name, OPTIONS), [dark])
    answer = runner.answer(runner.fit([]), 0).result()
    assert numpy.isnan(answer.weak_image).all()
    assert "no patch carries signal" in answer.note


def test_work_is_told_and_can_be_cancelled(patched):
    told = []
    make_method("matched", OPTIONS).prepare(patched, monitor=Monitor(told.append))
    assert told == sorted(told)
    assert told[-1] == 1
    for name in ("matched", "detector"):
        with pytest.raises(OperationCancelled):
            make_method(name, OPTIONS).prepare(patched, monitor=Monitor(cancelled=lambda: True))


def test_a_device_that_is_not_there_is_a_sentence(patched):
    runner = Runner(make_method("detector", MethodOptions(device="abacus")), [patched])
    assert "got 'abacus'" in runner.answer(runner.fit([]), 0).error


def test_only_images_above_their_background_are_in_sigma(simulated_layers):
    """The image of Gram-Schmidt has its background still, which is taken off to compare it."""
    method = make_method("gso", OPTIONS)
    patched = extract(open_scan(simulated_layers[0]), patch_size=16)
    answer = method.fit([])(method.prepare(patched))
    assert answer.unit == "sigma of a pixel" != SIGMA
