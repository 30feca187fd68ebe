"""The shipped model on a simulated sample: right where it is clear, whichever frames are there."""

from __future__ import annotations

import json

import numpy
import pytest
import safetensors

from darfix_wb.beam import BeamCondition
from darfix_wb.classification.network import classify
from darfix_wb.extraction import extract
from darfix_wb.model import BeamModel, shipped_model_file
from darfix_wb.scan import RockingScan
from darfix_wb.simulation import (
    DetectorParameters,
    OpticsParameters,
    SampleParameters,
    ScanParameters,
    SimulationParameters,
    patch_truth,
    simulate_scan,
)

WEAK, STRONG, EMPTY = BeamCondition


@pytest.fixture(scope="module")
def model():
    return BeamModel.load()


@pytest.fixture(scope="module")
def simulated():
    """An even layer whose exposure changes from frame to frame, with strong vignetting."""
    return simulate_scan(
        SimulationParameters(
            sample=SampleParameters(crystal_seed=77, tilt_urad=30, upstream_um=30, exit_um=30),
            optics=OpticsParameters(vignetting=0.6),
            detector=DetectorParameters(auto_exposure=True),
            scan=ScanParameters(shape=(256, 320), steps=25, seed=78),
        )
    )


@pytest.fixture(scope="module")
def patched(simulated):
    return extract(RockingScan(simulated.frames, simulated.phi_deg))


@pytest.fixture(scope="module")
def beam_map(patched, model):
    return classify(patched, model, device="cpu")


def test_clear_patches_are_right(simulated, patched, beam_map):
    truth = patch_truth(simulated.truth, patched.grid)
    right = beam_map.condition() == truth.condition
    for condition in (WEAK, STRONG):
        here = truth.clear & (truth.condition == condition)
        assert here.sum() > 20
        assert right[here].mean() > 0.97
    assert beam_map.warnings == ()


@pytest.mark.parametrize("side", [1, -1])
def test_cropping_the_scan_changes_hardly_any_label(simulated, patched, beam_map, model, side):
    """From the brightest frame on, the peak is at the very end of the scan."""
    brightest = int(patched.curves.mean(axis=(1, 2)).argmax())
    kept = slice(brightest, None) if side > 0 else slice(0, brightest + 1)
    scan = RockingScan(simulated.frames[kept], simulated.phi_deg[kept])
    cropped = classify(extract(scan), model, device="cpu").condition()
    lit = ~patched.empty
    agreement = cropped[:, lit] == beam_map.condition()[kept][:, lit]
    assert agreement.mean() > 0.97


def test_half_the_frames_and_overlapping_patches_agree(simulated, patched, beam_map, model):
    lit = ~patched.empty
    usual = beam_map.condition()[:, lit]
    dense = classify(
        extract(patched.scan, patch_size=64, stride=32), model, device="cpu"
    ).condition()
    assert (dense[:, ::2, ::2][:, lit] == usual).mean() > 0.98
    every_second = RockingScan(simulated.frames[::2], simulated.phi_deg[::2])
    coarse = classify(extract(every_second), model, device="cpu").condition()
    assert (coarse[:, lit] == usual[::2]).mean() > 0.96


def test_both_parts_of_the_file_together_are_small(model):
    weights = [*model.network.parameters(), *model.context.parameters()]
    assert sum(part.numel() for part in weights) <= 60_000
    assert numpy.isfinite(model.context_calibration.shift)
    assert model.record["training_data"]["command"] == "darfix-wb pretrain"


def test_saved_classifications_know_the_shipped_model(model):
    """By its hash, which must not change with the code."""
    assert model.hash == "eb93b32d7075302cb6cb8a64b9f4ab52d04dc9bb82bce870fc9a9858e81bbe3d"
    with safetensors.safe_open(shipped_model_file(), framework="pt") as file:
        header = json.loads(file.metadata()["darfix_wb"])
    assert header["format_version"] == 5
    assert len(header["sha256"]) == 64
