"""Views that are shown without a screen, and what they show."""

from __future__ import annotations

import numpy
import pytest
from silx.gui import qt

from darfix_wb.beam import BeamCondition, BeamMap
from darfix_wb.classification.angle_rule import angle_rule
from darfix_wb.comparison.contrast import on_one_scale
from darfix_wb.comparison.result import Comparison, MethodOutcome, agreement
from darfix_wb.detection.dislocation_map import DislocationMap
from darfix_wb.detection.lines import Lines
from darfix_wb.dislocation_lines.boundary import SmallAngleBoundary
from darfix_wb.dislocation_lines.line import DislocationLine, LineKind
from darfix_wb.dislocation_lines.network import LineNetwork
from darfix_wb.extraction import extract
from darfix_wb.metrics import evaluate

FAILURE = "The network vgg16 needs labels to be trained on, got none. Label some patches."


@pytest.fixture(autouse=True)
def _errors_in_slots(errors_in_slots):
    """In every test."""


@pytest.fixture(scope="session")
def patched(scan):
    """4 x 6 patches of 16 px; the last column is dark."""
    return extract(scan, patch_size=16)


@pytest.fixture
def show(app):
    """Shows a view at a size, and lets Qt draw it."""
    shown = []

    def show(view, width=900, height=600):
        view.resize(width, height)
        view.show()
        shown.append(view)
        for _ in range(3):
            app.processEvents()
        return view

    yield show
    for view in shown:
        view.close()
        view.deleteLater()
    app.processEvents()


@pytest.fixture(scope="session")
def make_comparison(patched):
    """A comparison with so many methods, the second failed."""

    def make(n=4, scored=True):
        rule = angle_rule(patched)
        truth = rule.condition()
        rng = numpy.random.default_rng(0)
        outcomes, maps = [], []
        for index in range(n):
            if index == 1:
                outcomes.append(MethodOutcome("vgg16", error=FAILURE))
                maps.append(None)
                continue
            said = rule.probabilities.copy()
            said[:index] = numpy.eye(3, dtype="float32")[BeamCondition.STRONG]
            beam_map = BeamMap(said, patched.grid)
            image = rng.normal(index, 1, patched.scan.frame_shape).astype("float32")
            image[:3, :3] = numpy.nan
            scores = evaluate(said, truth) if scored else None
            outcomes.append(
                MethodOutcome(
                    f"method {index}", beam_map, image, "counts", image / 2, index, 2.5 * index,
                    1e6, {"z": 1.21}, "binned 4x4" if index == 2 else "", "", scores, scores,
                )
            )  # fmt: skip
            maps.append(beam_map)
        table = agreement(maps, ~patched.empty)
        return Comparison(patched, tuple(outcomes), table, "the truth" if scored else "")

    return make


@pytest.fixture(scope="session")
def make_dislocations():
    """A map of 64x96 px with a slanted line, one across and a spot, or with none of them."""

    def make(found=True, warnings=()):
        shape = (64, 96)
        rng = numpy.random.default_rng(1)
        image, low, high = rng.normal(0, 1, (3, *shape)).astype("float32")
        probability = numpy.full(shape, 0.02, dtype="float32")
        index_map = numpy.full(shape, -1, dtype="int32")
        steps = numpy.arange(21)
        paths = (
            (20 + steps, 30 + steps),
            (numpy.full(31, 10), 10 + numpy.arange(31)),
            ([50], [20]),
        )
        for index, path in enumerate(paths if found else ()):
            index_map[path] = index
            image[path], probability[path] = 40, 0.9 - 0.1 * index
        image[:, :4] = probability[:, :4] = numpy.nan
        table = numpy.array(
            [
                [30, 40, 28.3, 45, 0.9, 0.5],
                [10, 25, 31, 0, 0.8, -0.25],
                [50, 20, 1, 0, 0.7, 0],
            ],
            dtype="float32",
        )
        lines = Lines(*(table if found else table[:0]).T, index_map)
        return DislocationMap(image, low, high, probability, lines, warnings=tuple(warnings))

    return make


@pytest.fixture(scope="session")
def with_images(patched):
    """The angle rule, a dislocation image and a probability, which say nothing of the patches."""
    rng = numpy.random.default_rng(1)
    image = rng.normal(0, 1, patched.scan.frame_shape).astype("float32")
    probability = (image > 2).astype("float32")
    image[:3, :3] = probability[:3, :3] = numpy.nan
    rule = angle_rule(patched)
    scores = evaluate(rule.probabilities, rule.condition())
    outcomes = (
        MethodOutcome("rule", rule, image, "counts", image / 2, scores=scores),
        MethodOutcome("matched", None, image, "sigma", image, seconds=3.0),
        MethodOutcome("detector", None, probability, "probability", seconds=4.0),
    )
    table = agreement([one.beam_map for one in outcomes], ~patched.empty)
    return Comparison(patched, on_one_scale(outcomes), table, "the truth")


@pytest.fixture
def settle(app):
    def settle():
        for _ in range(4):
            app.processEvents()

    return settle


@pytest.fixture(scope="session")
def drag():
    """Drags with the left button from one place of a plot's data to another."""

    def drag(plot, start, end):
        middle = tuple((a + b) / 2 for a, b in zip(start, end, strict=True))
        for kind, place in (
            ("MouseMove", start),
            ("MouseButtonPress", start),
            ("MouseMove", middle),
            ("MouseMove", end),
            ("MouseButtonRelease", end),
        ):
            _mouse(plot, kind, *place)

    return drag


def _mouse(plot, kind, x, y):
    """The left button at a place of the plot's data."""
    canvas = plot.getWidgetHandle()
    place = qt.QPointF(*(float(value) for value in plot.dataToPixel(x, y, check=False)))
    left = qt.Qt.MouseButton.LeftButton
    event = qt.QMouseEvent(
        getattr(qt.QEvent.Type, kind), place, canvas.mapToGlobal(place), left, left,
        qt.Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    qt.QApplication.sendEvent(canvas, event)


@pytest.fixture(scope="session")
def drawn_network():
    """Four lines of all kinds, two of them of a boundary."""
    ends = (((0, 2, 2), (11, 4, 3)), ((0, 2, 5), (11, 4, 6)), ((5, 9, 1), (5, 9, 9)))
    lines = [
        DislocationLine(
            numpy.array(pair, float),
            score=10.0 * (number + 1),
            kind=LineKind.IN_LAYER if number == 2 else LineKind.THROUGH_LAYERS,
            boundary=0 if number < 2 else -1,
        )
        for number, pair in enumerate(ends)
    ]
    lines.append(DislocationLine(numpy.array([[1.0, 15, 5], [2.0, 15, 5]])))
    boundary = SmallAngleBoundary(numpy.ones(3), numpy.array([0.0, 1, 0]), (11.0, 3.0), 3.0)
    layers = numpy.arange(12.0)
    return LineNetwork(
        lines, numpy.array([[-0.5, 0, 0], [11.5, 20, 10]]), boundaries=(boundary,), layers_um=layers
    )
