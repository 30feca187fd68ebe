"""What a volume will take, and what is refused before it begins."""

from __future__ import annotations

import sys

import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.io.frame_sources import open_scan
from darfix_wb.progress import Monitor
from darfix_wb.volume import estimate as room
from darfix_wb.volume.estimate import VolumeEstimate, estimate
from darfix_wb.volume.finding import find_layers
from darfix_wb.volume.layer_job import LayerJob
from darfix_wb.volume.options import LayerOptions
from darfix_wb.volume.region import Region


@pytest.fixture(scope="module")
def found(simulated_layers):
    return find_layers([str(path) for path in simulated_layers])


@pytest.mark.parametrize(
    "options",
    [
        LayerOptions(),
        LayerOptions(binning=3, find_dislocations=False),
        LayerOptions(region=Region(0, 64, 10, 90), stride=32),
    ],
)
def test_bytes_are_those_of_the_arrays(found, tmp_path, options):
    guess = estimate(found, options, tmp_path / "volume.h5", timed=False)
    job = LayerJob(options)
    results = [job(layer) for layer in found.layers]
    images = sum(image.nbytes for one in results for image in one.images.values())
    assert guess.write_bytes == images + sum(one.conditions.nbytes for one in results)
    assert (guess.n_layers, guess.n_frames) == (2, 22)
    assert 0 < guess.read_bytes < 2 * 22 * 64 * 96 * 2
    assert (guess.seconds, guess.peak_bytes) == (None, None)
    assert guess.describe().startswith("2 layers with 22 frames, ")


def test_time_and_memory_of_one_layer(found, tmp_path, monkeypatch):
    timed, seen = [], []
    monkeypatch.setattr(room, "TIMED_PIXELS", 5 * 64 * 96)
    monkeypatch.setattr(room, "LEAST_TIMED", 5)

    class Job(LayerJob):
        def __call__(self, layer, **options):
            timed.append(open_scan(layer.url).n_frames)
            return super().__call__(layer, **options)

    monkeypatch.setattr(room, "LayerJob", Job)
    output, monitor = tmp_path / "volume.h5", Monitor(seen.append)
    guess = estimate(found, LayerOptions(), output, monitor=monitor)
    assert timed == [5, 5]
    assert 0 < guess.seconds < 60
    assert seen == sorted(seen)
    if sys.platform == "linux":
        assert 10**8 < guess.peak_bytes < 10**10
        assert guess.describe().endswith(" of memory for each process.")


def test_a_full_disk_is_refused(found, tmp_path, monkeypatch):
    monkeypatch.setattr(room, "free_disk", lambda path: (path.parent, 1000))
    with pytest.raises(DarfixWBError, match=r"takes up to .* MB, and the disk of .* has 0 MB free"):
        estimate(found, LayerOptions(), tmp_path / "volume.h5")


@pytest.mark.parametrize("free", [10**8, 4 * 10**8])
def test_too_little_memory_is_refused(found, tmp_path, monkeypatch, free):
    monkeypatch.setattr(room, "free_memory", lambda: free)
    with pytest.raises(DarfixWBError, match=rf"of 4 processes, and {free / 1e6:.0f} MB are free"):
        estimate(found, LayerOptions(), tmp_path / "volume.h5", n_processes=4, timed=False)


def test_memory_that_the_timed_layer_took_counts(found, tmp_path, monkeypatch):
    monkeypatch.setattr(room, "PROGRAM", 0)
    monkeypatch.setattr(room, "free_memory", lambda: 10**7)
    estimate(found, LayerOptions(), tmp_path / "volume.h5", timed=False)
    if sys.platform != "linux":
        pytest.skip("only Linux tells how much memory a layer took")
    with pytest.raises(DarfixWBError, match=r"A layer takes at least .* and 10 MB are free"):
        estimate(found, LayerOptions(), tmp_path / "volume.h5")


def test_what_no_layer_can_do_is_refused(found, tmp_path):
    output = tmp_path / "volume.h5"
    with pytest.raises(DarfixWBError, match=r"none of 2 is\. The rocking motor must move"):
        estimate(found, LayerOptions(motor="samz"), output)
    with pytest.raises(DarfixWBError, match="A region must lie inside the frame"):
        estimate(found, LayerOptions(region=Region(0, 65, 0, 96)), output)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(42, "about 42 s"), (1234, "about 21 minutes"), (20_000, "about 5.6 hours")],
)
def test_one_sentence(seconds, text):
    guess = VolumeEstimate(301, 9331, 103 * 10**9, 40 * 10**9, seconds, 8 * 10**8)
    assert guess.describe() == (
        f"301 layers with 9331 frames, 103.0 GB to read, 40.0 GB to write, {text}, 800 MB of "
        "memory for each process."
    )
