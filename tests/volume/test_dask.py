"""Layers by Dask workers on this machine, which are killed."""

from __future__ import annotations

import os
import signal
import sys
import threading

import pytest

from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.progress import Monitor
from darfix_wb.volume.dask_engine import check_dask
from darfix_wb.volume.layer import Layer
from darfix_wb.volume.runner import classify_volume
from darfix_wb.volume.summary import LayerState

from .conftest import differing

distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")

GIVEN = {"motor": "samz", "unit": "um"}


@pytest.fixture(scope="module")
def cluster():
    """Two workers with their nannies, which start them again."""
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        memory_limit=0,
        dashboard_address=":0",
        silence_logs=60,
    ) as cluster:
        yield cluster


@pytest.fixture
def kill(cluster):
    """Kills workers at once, as the end of their time does."""

    def kill(count):
        with distributed.Client(cluster) as client:
            pids = client.run(os.getpid)
        for pid in list(pids.values())[:count]:
            os.kill(pid, signal.SIGKILL)

    return kill


def test_workers_give_the_undisturbed_volume_though_they_are_killed(
    tmp_path, layers, options, undisturbed, cluster, kill
):
    path, seen = tmp_path / "volume.h5", []

    def killing(record):
        seen.append(record.index)
        if len(seen) in (1, 4):
            threading.Thread(target=kill, args=(len(seen) // 2 or 1,)).start()

    summary = classify_volume(
        layers, options, path, scheduler=cluster.scheduler_address, on_layer=killing, **GIVEN
    )
    assert summary.complete
    assert sorted(seen) == list(range(12))
    assert differing(undisturbed, path) == set()


def test_a_bad_layer_fails_and_a_cancelled_run_goes_on(tmp_path, layers, options, cluster):
    path, seen = tmp_path / "volume.h5", []
    bad = (*layers, Layer(str(tmp_path / "none.h5"), "none"))
    given = {"scheduler": cluster.scheduler_address, "on_layer": seen.append}
    monitor = Monitor(cancelled=lambda: len(seen) >= 1)
    with pytest.raises(OperationCancelled):
        classify_volume(bad, options, path, monitor=monitor, **given)
    assert 1 <= len(seen) < 13
    fractions = []
    summary = classify_volume(bad, options, path, monitor=Monitor(fractions.append), **given)
    assert (summary.n_done, summary.n_failed) == (12, 1)
    assert summary.layers[12].state == LayerState.FAILED
    assert "must exist" in summary.layers[12].reason
    assert fractions[-1] == 1


def test_a_scheduler_that_does_not_run_is_said(tmp_path, layers, options):
    import dask

    with dask.config.set({"distributed.comm.timeouts.connect": "0.5s"}):
        for address in ("tcp://127.0.0.1:1", "nonsense", str(tmp_path / "scheduler.json")):
            with pytest.raises(DarfixWBError, match="The scheduler must be 'local', or"):
                classify_volume(layers[:1], options, tmp_path / "volume.h5", scheduler=address)


def test_without_dask_a_sentence_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(DarfixWBError, match="pip install ewoksdask"):
        check_dask()


def test_a_worker_computes_with_one_thread():
    import numba
    import torch

    from darfix_wb.device import use_one_thread

    found = []

    def work():
        use_one_thread()
        found.extend((torch.get_num_threads(), numba.get_num_threads()))

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    torch.set_num_threads(before)
    assert found == [1, 1]


@pytest.mark.slow
def test_workers_that_the_run_starts_by_itself(tmp_path, layers, options, undisturbed):
    path = tmp_path / "volume.h5"
    assert classify_volume(layers, options, path, scheduler="local", **GIVEN).complete
    assert differing(undisturbed, path) == set()
