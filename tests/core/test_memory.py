"""Memory that is free, by what the system and its limits say."""

from __future__ import annotations

import subprocess
import sys

import numpy
import pytest

from darfix_wb import memory

GB = 10**9


@pytest.fixture
def system(tmp_path, monkeypatch):
    """Writes what the system says, into files of its own."""
    monkeypatch.setattr(memory, "_PROC", tmp_path / "proc")
    monkeypatch.setattr(memory, "_CGROUPS", tmp_path / "groups")

    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    write("proc/meminfo", f"MemTotal: 1 kB\nMemAvailable: {8 * GB // 1024} kB\n")
    return write


def test_without_limits(system):
    assert memory.free_memory() == pytest.approx(8 * GB, abs=1024)
    system("proc/self/cgroup", "4:memory:/job\n0::/\n")
    system("groups/memory/job/memory.limit_in_bytes", "9223372036854771712\n")
    assert memory.free_memory() == pytest.approx(8 * GB, abs=1024)


def test_a_limit_of_version_2_on_a_group_above(system):
    system("proc/self/cgroup", "0::/slice/job\n")
    system("groups/slice/job/memory.max", "max\n")
    system("groups/slice/memory.max", f"{3 * GB}\n")
    system("groups/slice/memory.current", f"{2 * GB}\n")
    system("groups/slice/memory.stat", f"anon 5\ninactive_file {GB // 2}\n")
    assert memory.free_memory() == 3 * GB // 2


def test_a_limit_of_version_1(system):
    system("proc/self/cgroup", "9:cpu,cpuacct:/other\n4:memory:/not/seen/here\n0::/\n")
    system("groups/memory/memory.limit_in_bytes", f"{2 * GB}\n")
    system("groups/memory/memory.usage_in_bytes", f"{GB}\n")
    system("groups/memory/memory.stat", "total_inactive_file 0\n")
    assert memory.free_memory() == GB


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_the_peak_is_that_of_the_block():
    before = numpy.ones(30 * 10**6)
    del before
    with memory.peak_memory() as peak:
        assert peak.n_bytes is None
        some = numpy.ones(5 * 10**6)
    with memory.peak_memory() as small:
        pass
    assert some.nbytes <= peak.n_bytes
    assert small.n_bytes < peak.n_bytes + 10**6


def test_no_peak_where_the_system_does_not_tell(system):
    with memory.peak_memory() as peak:
        pass
    assert peak.n_bytes is None


def test_freed_memory_is_taken_again_without_asking_the_system():
    program = """
import resource
import numpy
from darfix_wb.memory import keep_freed_memory
print(int(keep_freed_memory()))
for _ in range(3):
    numpy.ones(30_000_000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(3):
    numpy.ones(30_000_000)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    kept, faults = map(int, done.stdout.split())
    if not kept:
        pytest.skip("The C library is not GNU's.")
    assert faults < 50


GIVEN_BACK = """
from darfix_wb.memory import give_back_freed_memory
from pathlib import Path

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

blocks = [bytes(2000) for _ in range(40_000)]
last = bytes(2000)
del blocks
before = resident()
print(int(give_back_freed_memory()), before - resident())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_what_was_freed_goes_back_to_the_system():
    done = subprocess.run(
        [sys.executable, "-c", GIVEN_BACK], capture_output=True, text=True, check=True
    )
    possible, given = map(int, done.stdout.split())
    if not possible:
        pytest.skip("only GNU's C library keeps it")
    assert given > 60e6
