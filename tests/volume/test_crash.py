"""SIGKILL at random points: the file opens, layers are wholly in it or not, the end is the same."""

from __future__ import annotations

import inspect
import json
import os
import random
import subprocess
import sys
import time

import h5py
import numpy
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.volume.layout import create_volume
from darfix_wb.volume.outcome import LayerOutcome
from darfix_wb.volume.plan import VolumePlan
from darfix_wb.volume.result import LayerResult
from darfix_wb.volume.runner import classify_volume
from darfix_wb.volume.summary import LayerState
from darfix_wb.volume.volume_file import VolumeFile, read_summary

from .conftest import differing

KILLS = 20
RUN_KILLS = int(os.environ.get("DARFIX_WB_KILLS", "6"))
"""Of whole runs, each of which takes six seconds or so."""

MOTHER = """
import os, signal, sys, time
{prepare}
print("ready", flush=True)
for line in sys.stdin:
    seconds, at_once = line.split()
    begun, tell = os.pipe()
    child = os.fork()
    if child == 0:
        begin = lambda *_: os.write(tell, b"1")
        {work}
        os._exit(0)
    os.close(tell)
    if at_once == "False":
        os.read(begun, 1)  # also returns where the child ends
    end = time.monotonic() + float(seconds)
    ended = 0
    while not ended and time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        time.sleep(0.001)
    if not ended:
        os.kill(child, signal.SIGKILL)
        ended, status = os.waitpid(child, 0)
    os.close(begun)
    print(status, flush=True)
"""
"""Does the work in a copy of itself, and kills it some seconds after its begin."""


@pytest.fixture
def mother():
    """Starts a process that begins the work again and again, and kills it after some seconds."""
    running = []

    def start(prepare, work, *arguments):
        code = MOTHER.format(prepare=prepare, work=work)
        process = subprocess.Popen(
            [sys.executable, "-c", code, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        assert process.stdout.readline() == "ready\n"

        def work_for(seconds, *, at_once=False):
            process.stdin.write(f"{seconds} {at_once}\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        return work_for

    yield start
    for process in running:
        process.communicate()


def outcome(plan, index):
    """A layer of random numbers; every fifth fails."""
    if index % 5 == 4:
        return LayerOutcome(index, 0.0, None, f"Layer {index} is bad.")
    rng = numpy.random.default_rng(index)
    images = {
        picture.name: rng.random(plan.image_shape, numpy.float32) for picture in plan.pictures
    }
    conditions = rng.integers(0, 3, plan.conditions_shape, numpy.uint8)
    warnings = (f"Layer {index} is doubtful.", "Twice so: µ.")
    return LayerOutcome(index, 0.0, LayerResult(images, conditions, {"dark": index}, warnings))


@pytest.fixture
def plan(layers, options):
    return VolumePlan(
        *(layers * 2, options, "samz", "um", "a" * 64, "b" * 64, "", "cpu"),
        frame_shape=(384, 512),
        patch_size=32,
        stride=32,
        n_frames=7,
    )


def test_kills_while_layers_are_written(tmp_path, plan, mother):
    path, expected = tmp_path / "volume.h5", tmp_path / "expected.h5"
    create_volume(path, plan)
    create_volume(expected, plan)
    clock = time.monotonic()
    with VolumeFile(expected) as volume:
        for index in volume.not_done:
            volume.write(outcome(plan, index))
    seconds = time.monotonic() - clock
    prepare = f"""
from pathlib import Path
import numpy
from darfix_wb.volume.outcome import LayerOutcome
from darfix_wb.volume.result import LayerResult
from darfix_wb.volume.volume_file import VolumeFile
{inspect.getsource(outcome)}
VolumeFile(Path({str(path)!r})).close()
"""
    work = f"""
        with VolumeFile(Path({str(path)!r})) as volume:
            begin()
            for index in range(len(volume.states)):
                if volume.states[index] == 0:
                    volume.write(outcome(volume.plan, index))
"""
    work_for = mother(prepare, work)
    rng, killed, states = random.Random(0), 0, []
    while killed < KILLS:
        status = work_for(rng.uniform(0.0, seconds / 3))
        killed += status == 9
        summary = read_summary(path)
        states.append(summary.n_pending)
        check_layers(path, expected)
        if summary.n_pending == 0:
            create_volume(path, plan, overwrite=True)
    assert len(set(states)) > 5
    assert work_for(60) == 0
    assert differing(expected, path) == set()


def check_layers(path, expected):
    """Layers whose state says so are in the file to the last bit."""
    with h5py.File(path) as one, h5py.File(expected) as other:
        states = one["entry/volume/layers/state"][()]
        for index in numpy.flatnonzero(states != LayerState.PENDING):
            for name in ("weak_beam", "line_probability", "conditions"):
                values, right = (
                    file[f"entry/volume/{name}/{name}"][index] for file in (one, other)
                )
                assert values.tobytes() == right.tobytes()
            for name in ("state", "dark", "warnings", "reason"):
                values, right = (
                    file[f"entry/volume/layers/{name}"][index] for file in (one, other)
                )
                assert bytes(values) == bytes(right)


RUN = """
from pathlib import Path
import json, torch
from darfix_wb.volume.layer import Layer
from darfix_wb.progress import Monitor
from darfix_wb.volume.options import LayerOptions
from darfix_wb.volume.runner import classify_volume
torch.set_num_threads(1)
path = sys.argv[1]
layers = [Layer(**one) for one in json.loads(sys.argv[2])]
options = LayerOptions(patch_size=16, stride=16, device="cpu")
"""


@pytest.mark.slow
def test_kills_of_whole_runs(tmp_path, layers, options, undisturbed, mother):
    path = tmp_path / "volume.h5"
    given = json.dumps([vars(layer) for layer in layers])
    work = "classify_volume(layers, options, path, motor='samz', unit='um', monitor=Monitor(begin))"
    seconds = sum(record.seconds for record in read_summary(undisturbed).layers)
    work_for = mother(RUN, work, path, given)
    rng, killed, done = random.Random(1), 0, []
    while killed < RUN_KILLS:
        status = work_for(rng.uniform(0.0, 0.6 * seconds), at_once=killed % 2 == 0)
        killed += status == 9
        done.append(read_summary(path).n_done if path.exists() else 0)
        if status == 0:
            assert differing(undisturbed, path) == set()
            path.unlink()
    assert len(set(done)) > 1
    assert work_for(120) == 0
    assert differing(undisturbed, path) == set()
    left = {one.name for one in tmp_path.iterdir()} - {"volume.h5"}
    assert all(name.endswith(".part.h5") for name in left)


def test_a_run_that_was_killed_holds_no_lock(tmp_path, layers, options):
    path = tmp_path / "volume.h5"
    code = """
import sys, time
from pathlib import Path
from darfix_wb.volume.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE)
    with process:
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(DarfixWBError, match="another one is writing"):
            classify_volume(layers[:1], options, path)
        process.kill()
    assert classify_volume(layers[:1], options, path).complete
