"""A result that may not be trusted says so, in the task's output and in the log."""

from __future__ import annotations

import logging

import torch

from darfix_wb.model import BeamModel
from darfix_wb.networks import build_network
from darfix_wb.networks.context_network import ContextNetwork
from darfix_wb.normalization import PatchScaling
from darfix_wb.tasks.weak_beam_classification import WeakBeamClassification


def test_an_unsure_model_warns(run, dataset, tmp_path, caplog):
    torch.manual_seed(0)
    network, context = build_network("lcnn", patch_size=16).eval(), ContextNetwork().eval()
    path = tmp_path / "untrained.safetensors"
    BeamModel(network, 16, PatchScaling(), context=context).save(path)
    inputs = {"dataset": dataset, "model_file": str(path), "device": "cpu"}
    with caplog.at_level(logging.WARNING, "darfix_wb"):
        warnings = run(WeakBeamClassification, **inputs).classification.warnings
        assert all(warning in caplog.text for warning in warnings)
        assert "looks like nothing" in warnings[0]
        caplog.clear()
        alone = run(WeakBeamClassification, decode=False, **inputs).classification
    assert "looks like nothing" not in "".join(alone.warnings)
    assert [record.getMessage() for record in caplog.records] == list(alone.warnings)
