"""What the windows save never takes the place of what they show."""

from __future__ import annotations

from dataclasses import replace

import h5py
import pytest

from darfix_wb.classification.angle_rule import angle_rule
from darfix_wb.comparison.compare import compare
from darfix_wb.extraction import extract
from darfix_wb.gui.comparison.view import ComparisonView
from darfix_wb.gui.integration.saving import SaveButton
from darfix_wb.gui.training.view import TrainingView
from darfix_wb.integration import integrate
from darfix_wb.methods.method import MethodOptions
from darfix_wb.methods.registry import make_methods
from darfix_wb.model import BeamModel

DATA = "/1.1/instrument/pco_ff/data"


@pytest.fixture
def patched(scan, tmp_path):
    """Patches of a scan whose frames are in ``detector.h5``, to which ``scan.h5`` links."""
    path = tmp_path / "scan.h5"
    with h5py.File(tmp_path / "detector.h5", "w") as file:
        file["entry/data"] = scan.frames
    with h5py.File(path, "w") as file:
        file[DATA] = h5py.ExternalLink("detector.h5", "entry/data")
    return extract(replace(scan, source=f"silx:{path}?{DATA}"), patch_size=16)


@pytest.fixture
def refused(app, tmp_path):
    """Saves over a file, and checks that it is refused and that no file has changed."""

    def content():
        return {path: path.read_bytes() for path in tmp_path.iterdir()}

    def refused(button, save, path) -> None:
        before, errors = content(), []
        button.failed.connect(errors.append)
        save(str(path), overwrite=True)
        button.failed.disconnect(errors.append)
        assert len(errors) == 1
        assert "must not be a file that the run reads" in errors[0]
        assert content() == before

    return refused


def test_the_images_of_an_integration(refused, patched, tmp_path):
    beam_map, button = angle_rule(patched), SaveButton()
    button.set_result(integrate(patched, beam_map), beam_map, patched.scan)
    (tmp_path / "link.h5").symlink_to(tmp_path / "scan.h5")
    for name in ("scan.h5", "detector.h5", "link.h5"):
        refused(button, button.save_nexus, tmp_path / name)
    (tmp_path / "map_weak_beam.tif").hardlink_to(tmp_path / "detector.h5")
    refused(button, button.save_tiff, tmp_path / "map")


def test_a_comparison(refused, patched, tmp_path):
    view = ComparisonView()
    view.set_result(compare(patched, make_methods(["angle-rule"], MethodOptions())))
    button = view.save
    for save in (button.save_nexus, button.save_png, button.save_csv):
        for name in ("scan.h5", "detector.h5"):
            refused(button, save, tmp_path / name)


def test_a_model(refused, tmp_path):
    path, view = tmp_path / "model.safetensors", TrainingView()
    BeamModel.load().save(path)
    view.show_model(str(path))
    (tmp_path / "link.safetensors").hardlink_to(path)
    for name in ("model.safetensors", "link.safetensors"):
        refused(view, view.save_copy, tmp_path / name)
