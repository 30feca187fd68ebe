"""Frames that a file names but does not have are left out by name, never read as zeros."""

from __future__ import annotations

import h5py
import numpy
import pytest
from darfix.core.lazy_dataset import LazyDataset
from silx.io.url import DataUrl

from darfix_wb.errors import DarfixWBError
from darfix_wb.io.darfix.dataset import scan_from_dataset
from darfix_wb.io.frame_sources import HDF5Frames, open_scan

N, SHAPE = 12, (6, 5)
FRAMES = numpy.random.default_rng(3).integers(90, 4000, (N, *SHAPE), dtype=numpy.uint16)
LIMA = "entry_0000/measurement/data"
DATA = "1.1/instrument/pco_ff/data"


@pytest.fixture
def lima(tmp_path):
    """Writes a file of frames as Lima does."""

    def write(name, frames, data_path=LIMA, **options):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        with h5py.File(path, "w") as file:
            file.create_dataset(data_path, data=frames, **options)
        return path

    return write


@pytest.fixture
def virtual(tmp_path):
    """Writes a scan whose frames are a virtual data set over ``(frames, source)``."""

    def write(*parts, n_frames=N, name="scan.h5", source_path=LIMA):
        layout = h5py.VirtualLayout((n_frames, *SHAPE), "uint16")
        for frames, source, selection in parts:
            length = selection.stop if isinstance(selection, slice) else len(selection)
            whole = h5py.VirtualSource(source, source_path, (length, *SHAPE))
            layout[frames] = whole[selection]
        path = tmp_path / name
        with h5py.File(path, "a") as file:
            file["1.1/instrument/positioners/mu"] = numpy.linspace(0, 0.1, n_frames)
            file.create_virtual_dataset(DATA, layout)
        return path

    return write


def check(path, missing):
    """The scan leaves out these frames, says so in one sentence, and reads all the others."""
    scan = open_scan(path)
    assert list(scan.left_out) == sorted(missing)
    assert sorted(scan.curves[0]) == [n for n in range(N) if n not in missing]
    for n in scan.curves[0]:
        numpy.testing.assert_array_equal(scan.frame(n), FRAMES[n])
    assert len(scan.warnings) == bool(missing)
    return scan.warnings[0] if missing else ""


def test_a_whole_virtual_scan(lima, virtual):
    lima("a.h5", FRAMES[:7])
    lima("b.h5", FRAMES[7:])
    parts = (slice(0, 7), "a.h5", slice(0, 7)), (slice(7, 12), "b.h5", slice(0, 5))
    check(virtual(*parts), [])


def test_a_source_that_ends_early(lima, virtual):
    lima("scan0001/a.h5", FRAMES[:7])
    lima("scan0001/b.h5", FRAMES[7:9])
    path = virtual(
        (slice(0, 7), "scan0001/a.h5", slice(0, 7)), (slice(7, 12), "scan0001/b.h5", slice(0, 5))
    )
    warning = check(path, [9, 10, 11])
    assert "3 of 12 frames" in warning
    assert "frames 9 to 11 (scan0001/b.h5 has 2 of 5 frames)" in warning


def test_a_part_of_a_source_beyond_its_end(lima, virtual):
    lima("a.h5", FRAMES[2:6])
    lima("b.h5", FRAMES[6:])
    path = virtual(
        (slice(0, 6), "a.h5", slice(0, 6)),
        (slice(6, 12), "b.h5", slice(0, 6)),
    )
    with h5py.File(path, "a") as file:
        del file[DATA]
        layout = h5py.VirtualLayout((N, *SHAPE), "uint16")
        layout[2:7] = h5py.VirtualSource("a.h5", LIMA, (5, *SHAPE))[0:5]
        layout[7:12] = h5py.VirtualSource("b.h5", LIMA, (6, *SHAPE))[1:6]
        file.create_virtual_dataset(DATA, layout)
    assert "frame 6 (a.h5 has 4 of 5 frames)" in check(path, [0, 1, 6])


@pytest.mark.parametrize("gone", [slice(4, 8), slice(8, 12)], ids=["hole", "tail"])
def test_frames_that_no_source_is_mapped_to(lima, virtual, gone):
    for start in range(0, N, 4):
        lima(f"{start}.h5", FRAMES[start : start + 4])
    parts = [
        (slice(start, start + 4), f"{start}.h5", slice(0, 4))
        for start in range(0, N, 4)
        if start != gone.start
    ]
    warning = check(virtual(*parts), list(range(gone.start, gone.stop)))
    assert f"frames {gone.start} to {gone.stop - 1} (no file is mapped to it)" in warning


def test_a_source_that_is_gone_or_no_hdf5_or_has_another_name(lima, virtual, tmp_path):
    for start in range(0, N, 2):
        lima(f"{start}.h5", FRAMES[start : start + 2])
    (tmp_path / "2.h5").unlink()
    (tmp_path / "4.h5").write_text("none")
    lima("8.h5", FRAMES[8:10], "entry_0001/data")
    parts = [(slice(n, n + 2), f"{n}.h5", slice(0, 2)) for n in range(0, N, 2)]
    warning = check(virtual(*parts), [2, 3, 4, 5, 8, 9])
    assert "frames 2 to 3 (there is no 2.h5)" in warning
    assert "frames 4 to 5 (4.h5 cannot be read)" in warning
    assert "8.h5 has no entry_0000/measurement/data, but /entry_0001/data" in warning


def test_sources_of_another_shape(lima, virtual):
    lima("a.h5", FRAMES[:9])
    lima("b.h5", FRAMES[9:, :, :4])
    parts = (slice(0, 9), "a.h5", slice(0, 9)), (slice(9, 12), "b.h5", slice(0, 3))
    path = virtual(*parts)
    with h5py.File(path, "a") as file:
        del file[DATA]
        layout = h5py.VirtualLayout((N, *SHAPE), "uint16")
        layout[:9] = h5py.VirtualSource("a.h5", LIMA, (9, *SHAPE))[0:9]
        layout[9:] = h5py.VirtualSource("b.h5", LIMA, (4, *SHAPE))[0:3]
        file.create_virtual_dataset(DATA, layout)
    assert "b.h5 has the shape (3, 6, 4)" in check(path, [9, 10, 11])


def test_one_file_a_frame_and_frames_in_another_order(lima, virtual):
    for n in range(N):
        lima(f"{n}.h5", FRAMES[n : n + 1])
    path = virtual(*[(n, f"{n}.h5", [0]) for n in range(N)])
    check(path, [])
    (path.parent / "5.h5").unlink()
    assert "frame 5 (there is no 5.h5)" in check(path, [5])


def test_every_second_frame_of_a_source_cut_short(lima, tmp_path):
    lima("even.h5", FRAMES[0:8:2])
    lima("odd.h5", FRAMES[1::2])
    layout = h5py.VirtualLayout((N, *SHAPE), "uint16")
    layout[0:N:2] = h5py.VirtualSource("even.h5", LIMA, (6, *SHAPE))
    layout[1:N:2] = h5py.VirtualSource("odd.h5", LIMA, (6, *SHAPE))
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file["1.1/instrument/positioners/mu"] = numpy.arange(N)
        file.create_virtual_dataset(DATA, layout)
    check(tmp_path / "scan.h5", [8, 10])


def test_a_virtual_data_set_over_others_and_in_the_same_file(lima, virtual, tmp_path):
    lima("a.h5", FRAMES[:8])
    virtual((slice(0, 8), "a.h5", slice(0, 8)), name="inner.h5")
    path = tmp_path / "outer.h5"
    with h5py.File(path, "w") as file:
        for target, source, name in (("mid", "inner.h5", DATA), (DATA, ".", "mid")):
            layout = h5py.VirtualLayout((N, *SHAPE), "uint16")
            layout[:] = h5py.VirtualSource(source, name, (N, *SHAPE))
            file.create_virtual_dataset(target, layout)
        file["1.1/instrument/positioners/mu"] = numpy.arange(N)
    assert "frames 8 to 11 (no file is mapped to it)" in check(path, [8, 9, 10, 11])


def test_a_virtual_data_set_of_itself_which_ends_hdf5(tmp_path):
    layout = h5py.VirtualLayout((N, *SHAPE), "uint16")
    layout[:] = h5py.VirtualSource(".", DATA, (N, *SHAPE))
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file.create_virtual_dataset(DATA, layout)
    with pytest.raises(DarfixWBError, match="damaged"):
        HDF5Frames(tmp_path / "scan.h5", DATA)


def numbered(path, block):
    """A virtual data set without an end, over files of `block` frames with numbered names."""
    unlimited = h5py.h5s.UNLIMITED
    target = h5py.h5s.create_simple((block, *SHAPE), (unlimited, *SHAPE))
    target.select_hyperslab(
        (0, 0, 0), (unlimited, 1, 1), stride=(block, 1, 1), block=(block, *SHAPE)
    )
    source = h5py.h5s.create_simple((block, *SHAPE))
    source.select_all()
    settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    settings.set_virtual(target, b"raw_%b.h5", LIMA.encode(), source)
    space = h5py.h5s.create_simple((0, *SHAPE), (unlimited, *SHAPE))
    with h5py.File(path, "w") as file:
        group = file.create_group("1.1/instrument/pco_ff")
        h5py.h5d.create(group.id, b"data", h5py.h5t.NATIVE_UINT16, space, settings)
        file["1.1/instrument/positioners/mu"] = numpy.arange(N)
    return path


def test_numbered_files(lima, tmp_path):
    for n in range(3):
        lima(f"raw_{n}.h5", FRAMES[4 * n : 4 * n + 4])
    check(numbered(tmp_path / "scan.h5", 4), [])
    lima("raw_2.h5", FRAMES[8:10])
    assert "raw_2.h5 has 2 of 4 frames" in check(tmp_path / "scan.h5", [10, 11])
    (tmp_path / "raw_1.h5").unlink()
    frames = HDF5Frames(tmp_path / "scan.h5", DATA)
    assert frames.shape[0] == 4
    assert "Only the first 4 frames" in frames.warnings[0]
    assert "raw_1.h5 is missing" in frames.warnings[0]


def test_chunks_that_were_never_written_here_and_in_a_source(lima, virtual, write_bliss):
    path = lima("a.h5", FRAMES[:10], maxshape=(None, *SHAPE), chunks=(2, *SHAPE))
    with h5py.File(path, "a") as file:
        file[LIMA].resize(N, axis=0)
    scan = virtual((slice(0, N), "a.h5", slice(0, N)))
    assert "frames 10 to 11 (never written to a.h5)" in check(scan, [10, 11])
    plain = write_bliss(
        FRAMES[:9], {"mu": numpy.arange(N)}, "plain.h5", maxshape=(None, *SHAPE), chunks=(1, 3, 5)
    )
    with h5py.File(plain, "a") as file:
        file[DATA].resize(N, axis=0)
        file[DATA][9, 3:] = FRAMES[9, 3:]
    assert "frames 9 to 11 (never written to plain.h5)" in check(plain, [9, 10, 11])


def test_gaps_between_modules_are_no_missing_frames(lima, tmp_path):
    lima("upper.h5", FRAMES[:, :2])
    lima("lower.h5", FRAMES[:10, 4:])
    layout = h5py.VirtualLayout((N, *SHAPE), "uint16", maxshape=(N, *SHAPE))
    layout[:, :2] = h5py.VirtualSource("upper.h5", LIMA, (N, 2, SHAPE[1]))
    layout[:, 4:] = h5py.VirtualSource("lower.h5", LIMA, (N, 2, SHAPE[1]))
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file.create_virtual_dataset(DATA, layout)
    frames = HDF5Frames(tmp_path / "scan.h5", DATA)
    assert list(frames.missing) == [10, 11]
    numpy.testing.assert_array_equal(frames[9][4:], FRAMES[9, 4:])


def test_raw_data_in_files_beside(tmp_path, monkeypatch, write_bliss):
    monkeypatch.chdir(tmp_path)
    path = write_bliss(FRAMES[0], {"mu": numpy.arange(N)}, detector="roi/data")
    frame = FRAMES[0].nbytes
    with h5py.File(path, "a") as file:
        external = [("a.raw", 0, 5 * frame), ("b.raw", 0, 7 * frame)]
        file.create_dataset(DATA, (N, *SHAPE), "uint16", external=external)
    FRAMES[:5].tofile("a.raw")
    FRAMES[5:].tofile("b.raw")
    check(path, [])
    FRAMES[5:10].tofile("b.raw")
    assert "frames 10 to 11 (b.raw is too short)" in check(path, [10, 11])
    (tmp_path / "b.raw").unlink()
    with pytest.raises(DarfixWBError, match=r"there is no b\.raw in the current folder"):
        open_scan(path)


def test_more_than_half_is_refused_with_the_name_of_the_file(lima, virtual, tmp_path):
    path = virtual((slice(0, N), "pco_ff_0000.h5", slice(0, N)))
    with pytest.raises(DarfixWBError, match=r"12 of 12 are missing .*there is no pco_ff_0000\.h5"):
        open_scan(path)
    lima("pco_ff_0000.h5", FRAMES[:6])
    check(path, range(6, N))
    lima("pco_ff_0000.h5", FRAMES[:5])
    with pytest.raises(DarfixWBError, match=r"7 of 12 are missing .*has 5 of 12 frames"):
        open_scan(path)


def test_a_lazy_dataset_of_darfix_leaves_out_the_same_frames(lima, virtual):
    lima("a.h5", FRAMES[:9])
    path = virtual((slice(0, N), "a.h5", slice(0, N)))
    dataset = LazyDataset(
        _dir=str(path.parent),
        detector_url=DataUrl(file_path=str(path), data_path=DATA, scheme="silx"),
        metadata_url=DataUrl(
            file_path=str(path), data_path="1.1/instrument/positioners", scheme="silx"
        ),
    )
    scan = scan_from_dataset(dataset)
    assert list(scan.left_out) == [9, 10, 11]
    assert "a.h5 has 9 of 12 frames" in scan.warnings[0]
    assert not scan.frame(10).any()
