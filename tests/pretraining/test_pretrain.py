"""The shipped model from nothing, in small: six tiny crystals."""

from __future__ import annotations

import dataclasses

import numpy
import pytest

from darfix_wb.beam import BeamCondition
from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.pretraining import crystals as module
from darfix_wb.pretraining import pretrain
from darfix_wb.pretraining.context import ContextOptions
from darfix_wb.pretraining.crystals import AT_PEAK, known_scans
from darfix_wb.pretraining.curve_blocks import curve_blocks
from darfix_wb.pretraining.pretrain import (
    PretrainOptions,
    as_model,
    prepare,
    train_alone,
    train_context,
)
from darfix_wb.progress import Monitor
from darfix_wb.simulation import GridParameters, random_parameters
from darfix_wb.simulation.truth import STRONG_MS
from darfix_wb.training.options import FitOptions

COARSE = GridParameters(row_px=4, column_px=4, layer_cell_um=0.3, exit_cell_um=5)
SHAPES = ((96, 128), (64, 96))
OPTIONS = PretrainOptions(
    n_crystals=6,
    n_aluminium=2,
    aluminium_seed=60,
    shapes=SHAPES,
    patches_of_each=12,
    seed=40,
    fit=FitOptions(n_epochs=1, batch_size=64, device="cpu"),
    context=ContextOptions(n_steps=4, batch_size=2, device="cpu"),
)


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    def draw(rng, shape):
        parameters = random_parameters(rng, shape=shape)
        scan = dataclasses.replace(parameters.scan, steps=7, step_deg=0.01, peak_offset_deg=0.0)
        return dataclasses.replace(parameters, scan=scan, grid=COARSE)

    monkeypatch.setattr(module, "random_parameters", draw)
    monkeypatch.setattr(module, "random_material_parameters", draw)
    monkeypatch.setattr(pretrain, "VALIDATION_EVERY", 3)
    monkeypatch.setattr(module.SimulatedCrystal, "is_dynamical", True)


def test_scans_follow_from_their_seeds_alone(tmp_path):
    first = list(known_scans(3, 40, shapes=SHAPES))
    second = list(known_scans(2, 41, folder=tmp_path, shapes=SHAPES))
    for known, again in zip(first[1:], second, strict=True):
        assert known.truth.parameters.sample == again.truth.parameters.sample
    assert [known.scan.frame_shape for known in first] == [(96, 128), (64, 96), (96, 128)]


def test_kept_scans_are_found_again(tmp_path, monkeypatch):
    (known,) = known_scans(1, 40, folder=tmp_path, shapes=SHAPES)
    monkeypatch.setattr(module, "simulate_scan", None)
    (again,) = known_scans(1, 40, folder=tmp_path, shapes=SHAPES)
    numpy.testing.assert_array_equal(again.scan.frame(3), known.scan.frame(3))
    numpy.testing.assert_array_equal(again.truth.ms, known.truth.ms)
    assert [path.name for path in tmp_path.iterdir()] == ["crystal_40.h5"]


def test_all_of_it_twice_gives_the_same_model():
    hashes = set()
    for _ in range(2):
        crystals = prepare(OPTIONS)
        assert [len(fold) for fold in crystals.folds] + [len(crystals.aside)] == [2, 2, 2, 2]
        alone, held_out_models = train_alone(crystals, OPTIONS)
        outcome = train_context(crystals, as_model(alone), held_out_models, OPTIONS)
        model = dataclasses.replace(
            as_model(alone), context=outcome.network, context_calibration=outcome.calibration
        )
        hashes.add(model.hash)
        assert outcome.scores.n_patches > 0
    assert len(hashes) == 1


def test_no_fold_is_judged_by_a_network_that_knows_it(monkeypatch):
    crystals = prepare(OPTIONS)
    trained_on = []

    def numbers(sets):
        return {int(number) for one in sets for number in one.scan if number >= 0}

    def spy(training, validation, *args, **kwargs):
        trained_on.append((numbers(training), numbers(validation)))
        return None

    monkeypatch.setattr(pretrain, "train_sets", spy)
    monkeypatch.setattr(pretrain, "as_model", lambda outcome: outcome)
    train_alone(crystals, OPTIONS)
    (everything, aside), *folds = trained_on
    assert everything == {0, 1, 3, 4, 6, 7}
    assert aside == {2, 5}
    assert [known for known, _ in folds] == [
        everything - {0, 4},
        everything - {1, 6},
        everything - {3, 7},
    ]


def test_blocks_are_patches_that_stand_side_by_side():
    crystals = prepare(OPTIONS)
    alone, _ = train_alone(crystals, OPTIONS)
    crystal, other = crystals.aside[0]
    assert other.patched.grid.patch_size != crystal.patched.grid.patch_size
    parts = curve_blocks(crystal.patched, crystal.truth, as_model(alone), device="cpu")
    assert len(parts) == 4
    numpy.testing.assert_array_equal(parts[3].curves, crystal.patched.curves[:, 1::2, 1::2])
    strong = parts[0].log_multiple > 0
    lit = parts[0].condition != BeamCondition.EMPTY
    numpy.testing.assert_array_equal(parts[0].condition[lit] == BeamCondition.STRONG, strong[lit])


def test_crystals_that_scatter_once_only_are_left_out(monkeypatch):
    monkeypatch.undo()
    (known,) = known_scans(1, 40, shapes=((64, 96),))
    truth = known.truth
    for at_peak, expected in ((0.0, False), (2 * STRONG_MS, True)):
        ms = numpy.where(truth.dev < AT_PEAK, at_peak, 0).astype(numpy.float16)
        crystal = dataclasses.replace(known, truth=dataclasses.replace(truth, ms=ms))
        assert crystal.is_dynamical is expected
    nowhere = dataclasses.replace(truth, dev=numpy.full_like(truth.dev, 3.0))
    assert not dataclasses.replace(known, truth=nowhere).is_dynamical


def test_too_few_crystals_are_refused():
    with pytest.raises(DarfixWBError, match="at least 3 crystals, got 2"):
        prepare(dataclasses.replace(OPTIONS, n_crystals=2))


def test_cancelling():
    with pytest.raises(OperationCancelled, match="no model was made"):
        prepare(OPTIONS, monitor=Monitor(cancelled=lambda: True))
