"""The task of a volume, its workflow, and that both give what the command gives."""

from __future__ import annotations

from importlib import resources

import h5py
import pytest
from ewoks import execute_graph

from darfix_wb.cli import main
from darfix_wb.errors import OperationCancelled
from darfix_wb.tasks.volume_classification import VolumeClassification

from .test_workflows import contents, differing, setting

WORKFLOW = resources.files("darfix_wb.workflows") / "classify_volume.json"


@pytest.fixture(scope="module")
def scans(tmp_path_factory, make_scan):
    folder = tmp_path_factory.mktemp("scans")
    for index in range(2):
        scan = make_scan(seed=index)
        with h5py.File(folder / f"layer_{index}.h5", "w") as file:
            file["/1.1/instrument/pco_ff/data"] = scan.frames
            file["/1.1/instrument/positioners/phi"] = scan.angles
    return [str(path) for path in sorted(folder.iterdir())]


def test_the_workflow_gives_what_the_command_gives(scans, tmp_path):
    there, here = tmp_path / "there.h5", tmp_path / "here.h5"
    options = ["--patch-size", "16", "--stride", "16", "--device", "cpu"]
    assert main(["volume", *scans, "--output", str(there), *options]) == 0
    given = {"layers": scans, "patch_size": 16, "stride": 16, "device": "cpu"}
    inputs = setting("volume", output_file=str(here), **given)
    done = execute_graph(str(WORKFLOW), inputs=inputs, outputs=[{"all": False}])
    assert done["output_file"] == str(here)
    summary = done["summary"]
    assert (summary["done"], summary["failed"], summary["pending"]) == (2, 0, 0)
    assert [row["state"] for row in summary["layers"]] == ["done", "done"]
    assert differing(contents(there), contents(here)) <= {"date", "seconds"}


def test_wrong_inputs_are_one_sentence(refusal, scans, tmp_path):
    given = {"layers": scans, "output_file": str(tmp_path / "volume.h5")}
    assert "binning must be" in refusal(VolumeClassification, **given, binning=99)
    assert "region must be" in refusal(VolumeClassification, **given, region="all")


def test_cancel(scans, tmp_path):
    output = tmp_path / "volume.h5"
    task = VolumeClassification(
        inputs={"layers": scans, "output_file": str(output), "patch_size": 16, "device": "cpu"}
    )
    task.request_stop()
    with pytest.raises(RuntimeError) as caught:
        task.execute()
    assert isinstance(caught.value.__cause__, OperationCancelled)
    assert not output.exists()
