"""Scans whose truth is known by construction, and methods of known errors."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy
import pytest

from darfix_wb.beam import BeamCondition, BeamMap
from darfix_wb.errors import DarfixWBError
from darfix_wb.evaluation.protocol import Evaluation
from darfix_wb.evaluation.splits import PROTOCOLS, make_splits
from darfix_wb.extraction import extract
from darfix_wb.known_scan import KnownScan
from darfix_wb.methods import registry
from darfix_wb.methods.method import Answer

WEAK, STRONG, EMPTY = BeamCondition


@pytest.fixture(scope="session")
def make_known(make_scan):
    """Makes a known scan of 11 frames and 4x6 patches: frames 4 to 6 strong, column 5 empty."""

    def make(name="scan", sample="A", layer=0.0, seed=0, clear=True, n_steps=11) -> KnownScan:
        patched = extract(make_scan(seed=seed, n_steps=n_steps), patch_size=16)
        strong = numpy.abs(patched.scan.angles) < 0.0085
        truth = numpy.full(patched.curves.shape, WEAK, dtype=numpy.uint8)
        truth[strong] = STRONG
        truth[:, :, 5] = EMPTY
        known = numpy.broadcast_to((truth != EMPTY), truth.shape) if clear else None
        return KnownScan(
            patched,
            truth,
            known_by="by construction",
            clear=known,
            name=name,
            sample=sample,
            layer=layer,
        )

    return make


@pytest.fixture(scope="session")
def layers(make_known):
    """Four layers of the sample A, and two of B."""
    a = [make_known(f"a{z}", "A", float(z), seed=z) for z in range(4)]
    return [*a, *(make_known(f"b{z}", "B", float(z), seed=10 + z) for z in range(2))]


@dataclass
class Known:
    """A method that knows the truth, and errs in the first `wrong_rows` rows of patches."""

    scans: list
    wrong_rows: int = 1
    confidence: float = 0.9
    thresholds: tuple | None = None
    name: str = "known"
    needs_labels: bool = False
    trains: bool = False
    prepared: list = field(default_factory=list)

    def prepare(self, patched, **_):
        self.prepared.append(patched)
        return next(scan for scan in self.scans if scan.patched is patched)

    def fit(self, known, **_):
        for scan, labels in known:
            labels.check_fits(scan.n_frames, scan.patched.grid)
        return self

    def __call__(self, prepared, **_):
        said = numpy.minimum(prepared.truth, EMPTY)
        lit = said != EMPTY
        said[:, : self.wrong_rows][lit[:, : self.wrong_rows]] ^= 1
        rest = (1 - self.confidence) / 2
        probabilities = numpy.full((*said.shape, 3), rest, dtype=numpy.float32)
        numpy.put_along_axis(probabilities, said[..., None], self.confidence, axis=-1)
        return Answer(BeamMap(probabilities, prepared.patched.grid, thresholds=self.thresholds))


class Drawing:
    """A method that makes an image and says nothing of the patches."""

    name, needs_labels, trains = "drawing", False, False

    def prepare(self, patched, **_):
        rng = numpy.random.default_rng(0)
        image = rng.normal(0, 1, patched.scan.frame_shape).astype(numpy.float32)
        return Answer(None, image, "sigma", "an image only")

    def fit(self, known, **_):
        return self

    def __call__(self, prepared, **_):
        return prepared


class Failing:
    """A method that cannot be fitted."""

    name, needs_labels, trains = "failing", False, False

    def prepare(self, patched, **_):
        return patched

    def fit(self, known, **_):
        raise DarfixWBError("The crystal must be in the beam, got none. Put it there.")


@pytest.fixture
def register(monkeypatch):
    """Makes a method known by its name."""

    def add(name, make):
        monkeypatch.setitem(registry.METHODS, name, make)

    return add


@pytest.fixture
def known_method(register, layers):
    """The method "known", which errs in one row of four."""
    method = Known(layers)
    register("known", lambda _options: method)
    return method


@pytest.fixture
def drawing_method(register):
    """The method "drawing"."""
    register("drawing", lambda _options: Drawing())


@pytest.fixture(scope="session")
def splits(layers):
    """Splits of every protocol, two seeds."""
    return make_splits(layers, list(PROTOCOLS), range(2), budgets=(4, 8)).splits


@pytest.fixture(scope="session")
def few_splits(layers):
    """Two splits, fitted on one layer and on none."""
    return make_splits(layers, ["no-labels", "leave-layer-out"], [0]).splits[1:3]


@pytest.fixture(scope="session")
def evaluation(layers, splits):
    """What came of four methods: one knows nothing, one knows all but a row, one cannot."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(registry.METHODS, "known", lambda _options: Known(layers))
        patch.setitem(registry.METHODS, "failing", lambda _options: Failing())
        whole = Evaluation(layers, splits, ("majority", "known", "failing", "angle-rule"))
        whole.run()
    return whole
