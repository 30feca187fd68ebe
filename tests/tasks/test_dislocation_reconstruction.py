"""The saved workflow from layers to lines."""

from importlib import resources

import h5py
import pytest
from ewoks import execute_graph

from darfix_wb.dislocation_lines.network_file import read_network
from darfix_wb.errors import OperationCancelled
from darfix_wb.reconstruction.saved import read_reconstruction
from darfix_wb.tasks.dislocation_reconstruction import DislocationReconstruction

from .test_workflows import setting

WORKFLOW = resources.files("darfix_wb.workflows") / "reconstruct_volume.json"
SPACING = [1.0, 0.2, 0.1]


def test_the_workflow_goes_from_layers_to_lines(simulated_layers, tmp_path):
    volume, lines = tmp_path / "volume.h5", tmp_path / "lines.h5"
    layers = [str(path) for path in simulated_layers]
    small = {"patch_size": 16, "stride": 16, "device": "cpu"}
    inputs = [
        *setting("volume", layers=layers, output_file=str(volume), **small),
        *setting("lines", output_file=str(lines), spacing=[6.0, 0.144, 0.0444]),
    ]
    done = execute_graph(str(WORKFLOW), inputs=inputs, outputs=[{"all": False}])
    assert done["output_file"] == str(lines)
    network = read_network(lines)
    assert done["report"]["lines"] == len(network.lines)
    assert done["report"]["comparison"] is None
    assert len(network.layers_um) == 2


def test_the_file_tells_what_the_report_tells(volume_file, tmp_path):
    output = tmp_path / "lines.h5"
    given = {"volume_file": str(volume_file), "spacing": SPACING, "output_file": str(output)}
    task = DislocationReconstruction(inputs=given)
    task.execute()
    saved = read_reconstruction(output)
    assert saved.figures == task.outputs.report
    assert (saved.volume_file, saved.reference) == (str(volume_file), "")
    assert list(saved.spacing_um) == SPACING
    assert saved.offsets_um.shape == (12, 2)
    with h5py.File(output) as file:
        assert file["entry/reconstruction/report"].asstr()[()].startswith("3 lines")


def test_wrong_inputs_are_one_sentence(refusal, volume_file, tmp_path):
    given = {"volume_file": str(volume_file), "output_file": str(tmp_path / "lines.h5")}
    task = DislocationReconstruction
    assert "spacing must be" in refusal(task, **given, spacing=[1.0, 0.2])
    assert "method must be" in refusal(task, **given, spacing=SPACING, method="guess")
    assert "formats" in refusal(task, **given, spacing=SPACING, export="obj")


def test_cancel(volume_file, tmp_path):
    output = tmp_path / "lines.h5"
    given = {"volume_file": str(volume_file), "spacing": SPACING, "output_file": str(output)}
    task = DislocationReconstruction(inputs=given)
    task.request_stop()
    with pytest.raises(RuntimeError) as caught:
        task.execute()
    assert isinstance(caught.value.__cause__, OperationCancelled)
    assert not output.exists()
