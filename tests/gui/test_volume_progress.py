"""How far a volume is, in numbers and words."""

import numpy
import pytest

from darfix_wb.gui.volume.progress import DONE, FAILED, PENDING, RUNNING, VolumeProgress
from darfix_wb.volume.layer import Layer
from darfix_wb.volume.summary import LayerRecord, LayerState

LAYERS = [Layer(f"layer_{index}.h5", f"layer_{index}", 2.0 * index) for index in range(5)]


def record(index, state=LayerState.DONE, seconds=2.0, **texts):
    return LayerRecord(index, LAYERS[index].name, state, seconds, **texts)


@pytest.fixture
def clock():
    class Clock:
        seconds = 100.0

        def __call__(self):
            return self.seconds

    return Clock()


@pytest.fixture
def progress(clock):
    return VolumeProgress(LAYERS, now=clock)


def states(progress):
    return [progress.state_of(index) for index in range(5)]


def test_before_a_run_all_is_pending(progress):
    assert states(progress) == [PENDING] * 5
    assert progress.sentence() == "0 of 5 done, 5 pending"
    assert progress.fraction == 0
    assert progress.seconds_left() is None


def test_without_layers():
    nothing = VolumeProgress(())
    nothing.begin(n_parallel=1)
    assert (nothing.sentence(), nothing.fraction) == ("No layers yet", 0)
    assert VolumeProgress(()).fraction == 0


def test_a_run_in_this_process(progress, clock):
    progress.begin(n_parallel=1)
    assert states(progress) == [RUNNING, *[PENDING] * 4]
    clock.seconds += 60
    progress.take(record(0))
    clock.seconds += 60
    progress.take(record(1, LayerState.FAILED, reason="It has no frames."))
    assert states(progress) == [DONE, FAILED, RUNNING, PENDING, PENDING]
    assert progress.sentence() == "1 of 5 done, 1 failed, 3 min left"
    assert progress.fraction == pytest.approx(0.4)
    clock.seconds += 150
    assert progress.sentence() == "1 of 5 done, 1 failed, 30 s left"
    clock.seconds += 1000
    assert progress.seconds_left() == 0
    progress.end()
    assert states(progress) == [DONE, FAILED, PENDING, PENDING, PENDING]
    assert progress.sentence() == "1 of 5 done, 1 failed, 3 pending"


def test_a_run_of_several_processes_and_of_a_cluster(clock):
    local = VolumeProgress(LAYERS, now=clock)
    local.begin(n_parallel=2)
    local.take(record(1))
    assert states(local) == [RUNNING, DONE, RUNNING, PENDING, PENDING]
    cluster = VolumeProgress(LAYERS, now=clock)
    cluster.begin(n_parallel=0)
    assert states(cluster) == [PENDING] * 5


def test_going_on_computes_what_failed_and_what_is_left(clock):
    records = [record(0), record(1, LayerState.FAILED, reason="It has no frames."), record(2)]
    records += [record(index, LayerState.PENDING, numpy.nan) for index in (3, 4)]
    progress = VolumeProgress(LAYERS, records, now=clock)
    progress.begin(n_parallel=1, forecast=500)
    assert states(progress) == [DONE, RUNNING, DONE, PENDING, PENDING]
    assert progress.seconds_left() == pytest.approx(300)
    progress.take(record(1, LayerState.FAILED, reason="It still has none."))
    assert states(progress) == [DONE, FAILED, DONE, RUNNING, PENDING]
    progress.begin(n_parallel=1, anew=True)
    assert states(progress) == [RUNNING, *[PENDING] * 4]


def test_what_comes_before_the_first_layers_is_not_counted_again(clock):
    for n_parallel, expected in ((1, 3 * 7), (2, 3 * 14)):
        progress = VolumeProgress(LAYERS, now=clock)
        progress.begin(n_parallel=n_parallel)
        clock.seconds += 600
        for index in range(2):
            clock.seconds += 7
            progress.take(record(index))
        if n_parallel == 2:
            clock.seconds += 14
            progress.take(record(2))
            expected = 2 * 14
        assert progress.seconds_left() == pytest.approx(expected)


def test_layers_that_came_before_the_table_count_from_the_begin_of_the_run(progress, clock):
    since = clock.seconds
    clock.seconds += 10
    progress.begin(n_parallel=1, since=since)
    progress.take(record(0))
    assert progress.seconds_left() == pytest.approx(40)
