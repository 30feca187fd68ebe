"""TIFF scans, whose motor positions are given."""

from __future__ import annotations

import importlib.util

import numpy
import PIL.Image
import pytest
import tifffile

from darfix_wb.errors import DarfixWBError
from darfix_wb.io.frame_sources import open_scan
from darfix_wb.io.input_files import input_files

LINE = {"start": -0.06, "step": 0.004}


def write(path, frames, **options):
    tifffile.imwrite(path, frames, **{"photometric": "minisblack", **options})
    return path


@pytest.fixture
def folder(tmp_path, frames):
    for index, frame in enumerate(frames):
        write(tmp_path / f"sample_{index:04d}.tif", frame)
    return tmp_path


def test_a_folder_a_pattern_and_a_stack(folder, frames, tmp_path_factory):
    stack = write(tmp_path_factory.mktemp("stack") / "scan.tiff", frames)
    for source in (folder, folder / "sample_*.tif", stack):
        scan = open_scan(source, **LINE)
        numpy.testing.assert_array_equal(list(scan.iter_frames()), frames)
        numpy.testing.assert_allclose(scan.angles, -0.06 + 0.004 * numpy.arange(6))
        assert (scan.motor, scan.unit) == ("angle", "degree")
        again = open_scan(scan.source)
        numpy.testing.assert_array_equal(again.angles, scan.angles)


def test_positions_of_a_file_are_part_of_the_source(folder):
    path = folder / "mu & chi.txt"
    path.write_text("\n".join(map(str, range(6))))
    scan = open_scan(folder, positions=path, motor="mu")
    again = open_scan(scan.source)
    assert (again.motor, again.angles.tolist()) == ("mu", [0, 1, 2, 3, 4, 5])
    files = [file.path for file in input_files(scan=scan.source)]
    assert files == [*sorted(folder.glob("*.tif")), path]


def test_without_positions(folder):
    with pytest.raises(DarfixWBError, match=r"TIFF files have none.*--positions FILE, or --start"):
        open_scan(folder)


@pytest.mark.parametrize(
    "options",
    [
        {"start": 0.0},
        {"step": 0.1},
        {"start": 0.0, "step": 0.0},
        {"start": 0.0, "step": numpy.nan},
        {"positions": "x.txt", "step": 0.1},
    ],
)
def test_half_a_line_or_two_ways(folder, options):
    with pytest.raises(DarfixWBError, match=r"given together|in one way"):
        open_scan(folder, **options)


def test_hdf5_files_have_their_own_positions(write_bliss, frames):
    path = write_bliss(frames, {"mu": numpy.arange(6.0)})
    with pytest.raises(DarfixWBError, match="for EDF and TIFF files only"):
        open_scan(path, **LINE)


@pytest.mark.parametrize(
    "dtype", ["uint8", "int8", "uint16", "int16", ">u2", "uint32", "int32", "float32", "float64"]
)
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_every_type_and_compression(tmp_path, frames, dtype, compression):
    values = (frames % 120).astype(dtype)
    byteorder = ">" if dtype.startswith(">") else "<"
    path = write(tmp_path / "s.tif", values, compression=compression, byteorder=byteorder)
    scan = open_scan(path, **LINE)
    assert scan.frames.dtype == numpy.dtype(dtype).newbyteorder("=")
    numpy.testing.assert_array_equal(list(scan.iter_frames()), values)


@pytest.mark.parametrize("options", [{"bigtiff": True}, {"imagej": True}, {"rowsperstrip": 5}])
def test_every_layout(tmp_path, frames, options):
    path = write(tmp_path / "s.tif", frames, **options)
    numpy.testing.assert_array_equal(list(open_scan(path, **LINE).iter_frames()), frames)


def test_a_large_imagej_stack_that_describes_its_first_image_only(tmp_path, frames):
    path = tmp_path / "s.tif"
    text = "ImageJ=1.53t\nimages=6\nslices=6\nloop=false\n"
    write(path, frames[0], description=text, metadata=None)
    with tifffile.TiffFile(path) as tiff:
        offset = tiff.pages[0].dataoffsets[0]
    path.write_bytes(path.read_bytes()[:offset] + frames.tobytes())
    numpy.testing.assert_array_equal(list(open_scan(path, **LINE).iter_frames()), frames)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DarfixWBError, match="6 images, for which the file is too short"):
        open_scan(path, **LINE)


def test_pictures_in_colours(tmp_path):
    path = write(tmp_path / "s.tif", numpy.zeros((12, 10, 3), "uint8"), photometric="rgb")
    with pytest.raises(DarfixWBError, match=r"one value per pixel, got .*RGB.* not a picture"):
        open_scan(path, **LINE)
    write(path, numpy.zeros((12, 10), bool))
    with pytest.raises(DarfixWBError, match="got 1 bits"):
        open_scan(path, **LINE)


@pytest.mark.skipif(importlib.util.find_spec("imagecodecs") is not None, reason="it can be read")
def test_a_compression_that_cannot_be_read_is_refused_at_once(tmp_path, frames):
    path = tmp_path / "s.tif"
    PIL.Image.fromarray(frames[0]).save(path, compression="tiff_lzw")
    with pytest.raises(DarfixWBError, match=r"LZW.*save it without compression"):
        open_scan(path, **LINE)


def test_zero_as_white_is_warned_of(tmp_path, frames):
    scan = open_scan(write(tmp_path / "s.tif", frames, photometric="miniswhite"), **LINE)
    numpy.testing.assert_array_equal(list(scan.iter_frames()), frames)
    assert "6 TIFF images say that 0 is white" in scan.warnings[0]


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
@pytest.mark.parametrize("contiguous", [True, False])
def test_a_stack_cut_short_is_not_taken_as_a_shorter_one(tmp_path, frames, share, contiguous):
    path = tmp_path / "s.tif"
    with tifffile.TiffWriter(path) as file:
        for frame in frames:
            file.write(frame, photometric="minisblack", contiguous=contiguous)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(DarfixWBError, match=r"truncated|corrupted|too short"):
        open_scan(path, **LINE)


def test_a_file_that_is_no_tiff(tmp_path, caplog):
    (tmp_path / "s.tif").write_bytes(b"no TIFF at all")
    with pytest.raises(DarfixWBError, match=r"must be readable TIFF files, and .*s.tif is not"):
        open_scan(tmp_path / "s.tif", **LINE)
    assert not caplog.records


def test_frames_of_two_shapes_and_darks(folder, frames):
    dark = write(folder / "dark_0.tif", numpy.full((12, 10), 100, "uint16"))
    assert (open_scan(folder, **LINE).dark == 100).all()
    dark.unlink()
    write(folder / "sample_0006.tif", frames[0, :9])
    with pytest.raises(DarfixWBError, match=r"first \(12, 10\), got \(9, 10\) in .*_0006.tif"):
        open_scan(folder, **LINE)
