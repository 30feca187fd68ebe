"""A live classification as a task: in this process, and through ewoksjob."""

from __future__ import annotations

import h5py
import pytest

from darfix_wb.errors import OperationCancelled
from darfix_wb.io.classification_files import read_classification
from darfix_wb.tasks.live_classification import LiveClassification

TASK = "darfix_wb.tasks.live_classification.LiveClassification"


@pytest.fixture(autouse=True)
def _one_thread(one_thread):
    """In every test."""


@pytest.fixture
def inputs(record, rocking, tmp_path):
    """Of the task, while a scan is recorded."""
    given = record("--period", 0.05, frames=rocking.frames, angles=rocking.angles)
    output = str(tmp_path / "live.h5")
    return {"scan": str(given.path), "output_file": output, "device": "cpu", "poll": 0.02}


def check(outputs, path):
    assert outputs["output_file"] == str(path)
    assert (outputs["n_frames"], outputs["ending"]) == (11, "The scan ended with 11 frames.")
    assert read_classification(path).n_frames == 11
    with h5py.File(path) as file:
        assert file["entry/integration/dislocation_image/dislocation_image"].shape == (128, 128)


def test_the_task(inputs, tmp_path):
    task = LiveClassification(inputs=inputs)
    task.execute()
    check(task.get_output_values(), tmp_path / "live.h5")


def test_cancelling(inputs):
    task = LiveClassification(inputs={**inputs, "data_path": "7.1"})
    task.request_stop()
    with pytest.raises(RuntimeError) as raised:
        task.execute()
    assert isinstance(raised.value.__cause__, OperationCancelled)


@pytest.fixture
def worker(tmp_path, monkeypatch):
    """A worker of ewoksjob in this process: messages in memory, results in a file of sqlite."""
    pytest.importorskip("ewoksjob.apps.ewoks", reason="ewoksjob[worker,sql] is not installed")
    pytest.importorskip("sqlalchemy", reason="ewoksjob[worker,sql] is not installed")
    monkeypatch.setenv("CELERY_LOADER", "ewoksjob.config.EwoksLoader")
    from celery.contrib.testing.worker import start_worker
    from ewoksjob.apps.ewoks import app

    app.conf.update(
        broker_url="memory://",
        result_backend=f"db+sqlite:///{tmp_path / 'results.db'}",
        result_serializer="json",
        accept_content=["json"],
    )
    app.set_current()
    with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=30):
        yield


def test_through_ewoksjob(worker, inputs, tmp_path):
    from ewoksjob.client import submit

    node = {"id": "live", "task_type": "class", "task_identifier": TASK}
    workflow = {"graph": {"id": "live", "schema_version": "1.1"}, "nodes": [node]}
    values = [{"id": "live", "name": name, "value": value} for name, value in inputs.items()]
    future = submit(args=(workflow,), kwargs={"inputs": values})
    check(future.result(timeout=120), tmp_path / "live.h5")
    assert (tmp_path / "results.db").stat().st_size > 0
