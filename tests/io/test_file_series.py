"""Which files of a folder are one scan, by their names, and which are its darks."""

from __future__ import annotations

import fabio
import numpy
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.extraction import extract
from darfix_wb.io.file_series import find_series
from darfix_wb.io.frame_sources import open_scan
from darfix_wb.io.input_files import input_files


def write(path, frame, mu=0.0):
    header = {"motor_mne": "mu", "motor_pos": str(mu)}
    fabio.edfimage.EdfImage(frame, header).write(str(path))


def touch(folder, *names):
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).touch()


def found(path):
    series = find_series(path, suffixes=(".edf",), kind="EDF")
    names = [file.rsplit("/", 1)[1] for file in series.files]
    return names, [file.rsplit("/", 1)[1] for file in series.darks], series.warnings


@pytest.fixture
def scan_folder(tmp_path, frames):
    for index in range(6):
        write(tmp_path / f"sample_{index:04d}.edf", frames[index], mu=index / 10)
    return tmp_path


def test_two_series_are_refused_with_their_patterns(tmp_path):
    touch(tmp_path, *(f"layer{n:02d}_{i:04d}.edf" for n in (1, 2) for i in range(31)))
    both = r"layer01_\*.edf \(31 files\), layer02_\*.edf \(31 files\)"
    for source in (tmp_path, tmp_path / "*.edf", tmp_path / "layer*.edf"):
        with pytest.raises(DarfixWBError, match=both):
            found(source)
    assert found(tmp_path / "layer02_*.edf")[0] == [f"layer02_{i:04d}.edf" for i in range(31)]


def test_series_that_go_on_counting_or_have_one_stack_each_are_still_two(tmp_path):
    touch(tmp_path / "a", *(f"layer{1 + i // 5}_{i:04d}.edf" for i in range(10)))
    touch(tmp_path / "b", "layer1_0000.edf", "layer2_0000.edf")
    touch(tmp_path / "c", "sample_0000.edf", "sample_0001.edf", "sum.edf")
    for name in "abc":
        with pytest.raises(DarfixWBError, match="has 2 series"):
            found(tmp_path / name)


def test_a_pattern_can_join_series_and_says_so(tmp_path):
    names = [f"mosa_{line:02d}_{i:04d}.edf" for line in range(2) for i in range(3)]
    touch(tmp_path, *names)
    files, _, (warning,) = found(tmp_path / "mosa_*_*.edf")
    assert files == names
    assert "joins to one scan: mosa_00_*.edf (3 files), mosa_01_*.edf (3 files)" in warning


@pytest.mark.parametrize(
    "names",
    [
        ["s_0001_mu0.30.edf", "s_0002_mu0.10.edf", "s_0003_mu0.20.edf"],
        ["scan_0001_20um.edf", "scan_0002_20um.edf"],
        ["s_9.edf", "s_10.edf", "s_11.edf"],
        ["2\u00b2_1.edf", "2\u00b2_2.edf"],
    ],
)
def test_names_of_one_series(tmp_path, names):
    touch(tmp_path, *reversed(names))
    assert found(tmp_path) == (names, [], ())


def test_missing_numbers_are_named(tmp_path):
    touch(tmp_path, *(f"sample_{i:04d}.edf" for i in (0, 1, 3, 4, 8)))
    _, _, (warning,) = found(tmp_path)
    assert "sample_*.edf have gaps in their numbers: 0002, 0005 to 0007 are missing" in warning


def test_hidden_files_and_folders_are_no_frames(tmp_path):
    touch(tmp_path, "s_0.edf", "s_1.edf", "._s_0.edf", "s_0.txt")
    (tmp_path / "s_2.edf").mkdir()
    assert found(tmp_path)[0] == ["s_0.edf", "s_1.edf"]


@pytest.mark.parametrize("name", ["dark_{}", "darkend{}", "sample_dark_{}", "bg_{}", "DARK{}"])
def test_darks_beside_the_frames_become_the_dark_level(scan_folder, frames, name):
    darks = numpy.random.default_rng(1).integers(90, 110, (4, 12, 10), dtype=numpy.uint16)
    for index in range(4):
        write(scan_folder / f"{name.format(index)}.edf", darks[index])
    scan = open_scan(scan_folder)
    numpy.testing.assert_array_equal(list(scan.iter_frames()), frames)
    assert (scan.dark.shape, scan.dark.dtype) == ((12, 10), numpy.float32)
    numpy.testing.assert_allclose(scan.dark, darks.mean(axis=0), rtol=1e-6)
    assert "4 dark files beside the frames" in scan.warnings[0]
    assert extract(scan, patch_size=8).background.source == "dark images"
    protected = {file.path.name for file in input_files(scan=scan.source)}
    assert {f"{name.format(0)}.edf", "sample_0000.edf"} <= protected


def test_darks_beside_a_pattern_are_found_too(scan_folder):
    write(scan_folder / "dark_0.edf", numpy.full((12, 10), 100, "uint16"))
    scan = open_scan(scan_folder / "sample_*.edf")
    assert scan.n_frames == 6
    assert (scan.dark == 100).all()
    assert scan.warnings[0].startswith("The 1 dark file beside the frames")
    assert scan.warnings[0].endswith("is taken for the dark level, which is this image.")


@pytest.mark.parametrize(
    ("dark", "reason"),
    [
        (numpy.full((9, 10), 100, "uint16"), r"shape is \(9, 10\)"),
        (numpy.full((12, 10), 60000, "uint16"), "already subtracted"),
    ],
)
def test_darks_that_do_not_fit_are_not_used(scan_folder, dark, reason):
    write(scan_folder / "dark_0.edf", dark)
    scan = open_scan(scan_folder)
    assert scan.dark is None
    with pytest.raises(DarfixWBError, match=reason):
        raise DarfixWBError(scan.warnings[0])


def test_a_damaged_dark_does_not_stop_the_scan(scan_folder):
    (scan_folder / "dark_0.edf").write_bytes(b"{ Dim_1")
    scan = open_scan(scan_folder)
    assert scan.dark is None
    assert "is not used" in scan.warnings[0]
    assert "truncated" in scan.warnings[0]


def test_only_darks(tmp_path):
    touch(tmp_path, "dark_0.edf", "dark_1.edf")
    with pytest.raises(DarfixWBError, match=r"all of .* are dark images: dark_\*.edf \(2 files\)"):
        found(tmp_path)


def test_dark_field_images_are_data(tmp_path):
    touch(tmp_path, "darkfield_0.edf", "darkfield_1.edf")
    assert found(tmp_path)[1] == []


def test_flat_fields_beside_the_frames_are_not_used(tmp_path):
    touch(tmp_path, "s_0000.edf", "s_0001.edf", "refHST0000.edf", "flat_0.edf")
    files, _, (warning,) = found(tmp_path)
    assert files == ["s_0000.edf", "s_0001.edf"]
    assert "flat_*.edf (1 file), refHST*.edf (1 file) beside the frames" in warning


def test_the_same_names_in_two_folders_are_two_series(tmp_path):
    for folder in ("one", "two"):
        touch(tmp_path / folder, "s_0.edf", "s_1.edf")
    with pytest.raises(DarfixWBError, match=r"one/s_\*.edf \(2 files\), two/s_\*.edf"):
        found(tmp_path / "*" / "s_*.edf")


def test_a_folder_whose_name_looks_like_a_pattern(tmp_path):
    touch(tmp_path / "a[1]b", "s_0.edf", "s_1.edf")
    assert found(tmp_path / "a[1]b" / "s_*.edf")[0] == ["s_0.edf", "s_1.edf"]


@pytest.mark.parametrize("names", [["s_0.edf", "s_0.tif"], ["scan.h5"], []])
def test_a_folder_of_two_formats_or_of_none(tmp_path, names):
    touch(tmp_path, *names)
    with pytest.raises(DarfixWBError, match=r"must be of one format|at least one EDF"):
        open_scan(tmp_path)
