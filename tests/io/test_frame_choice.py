"""``--frames A:B`` and ``--skip-frames``."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.io.frame_choice import FrameRange, parse_frames, parse_range
from darfix_wb.io.frame_sources import open_scan
from darfix_wb.io.input_files import input_files

MU = numpy.linspace(0.3, 0.35, 6)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0:20", range(20)), ("5:", range(5, 31)), (":-1", range(30)), (" 3 : 5 ", range(3, 5))],
)
def test_ranges(text, expected):
    assert range(31)[parse_range(text)] == expected


@pytest.mark.parametrize("text", ["", "3", "a:b", "1:2:3", "0-20", "1.5:3"])
def test_what_is_no_range(text):
    with pytest.raises(DarfixWBError, match="must be a range A:B"):
        parse_range(text)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ("14", (14,)), ("3,7:9", (3, 7, 8)), ("29:", (29, 30)), ("8, 3 ,3", (3, 8)), ("", ()),
        ([5, 2], (2, 5)), ((), ()), ("24-27", (24, 25, 26, 27)), ("3, 4 - 5", (3, 4, 5)),
    ],
)  # fmt: skip
def test_lists_of_frames(chosen, expected):
    assert parse_frames(chosen, 31) == expected


@pytest.mark.parametrize(
    "chosen", ["31", "-1", "x", "5:5", "40:50", "27-24", "24-31", "1-2-3", [31], [2.5]]
)
def test_what_is_no_frame(chosen):
    with pytest.raises(DarfixWBError, match=r"numbers from 0 to 30 or ranges of them, got"):
        parse_frames(chosen, 31)


def test_only_the_frames_of_the_range_are_read(frames):
    read = []

    class Counting:
        shape, dtype = frames.shape, frames.dtype

        def __getitem__(self, index):
            read.append(index)
            return frames[index]

    part = FrameRange(Counting(), slice(2, 5))
    assert (part.shape, part.dtype) == ((3, 12, 10), frames.dtype)
    numpy.testing.assert_array_equal([part[index] for index in range(3)], frames[2:5])
    assert read == [2, 3, 4]
    with pytest.raises(IndexError):
        part[3]


def test_a_range_of_a_scan_and_its_url(write_bliss, frames):
    path = write_bliss(frames, {"mu": MU[:, None], "chi": 2.0})
    scan = open_scan(path, frames="1:5", skip_frames="0")
    numpy.testing.assert_array_equal(scan.angles, MU[1:5])
    numpy.testing.assert_array_equal(numpy.stack(list(scan.iter_frames())), frames[1:5])
    assert scan.left_out == {0: "skipped on request"}
    assert [curve.tolist() for curve in scan.curves] == [[1, 2, 3]]
    again = open_scan(scan.source)
    numpy.testing.assert_array_equal(again.angles, scan.angles)
    assert [str(file.path) for file in input_files(scan=scan.source)] == [str(path)]
    with pytest.raises(DarfixWBError, match=r"must be given once, got '0:2' and '1:5'"):
        open_scan(scan.source, frames="0:2")
    with pytest.raises(DarfixWBError, match="must take whole frames in a row"):
        open_scan(scan.source.replace("1:5", "1:5:2"))


def test_a_range_makes_up_for_positions_that_are_missing(write_bliss, frames):
    path = write_bliss(frames, {"mu": MU[:4]})
    with pytest.raises(DarfixWBError, match=r"got 6 frames and 4 positions.*--frames 0:4"):
        open_scan(path)
    assert open_scan(path, frames="0:4").warnings == ()
    gone = write_bliss(frames, {"mu": numpy.append(MU[:4], [numpy.nan] * 2)}, "nan.h5")
    assert open_scan(gone).left_out.keys() == {4, 5}
    assert (open_scan(gone, frames="0:4").left_out, open_scan(gone, frames=":4").warnings) == (
        {},
        (),
    )


def test_surplus_positions_are_named_where_the_range_has_no_end(write_bliss, frames):
    path = write_bliss(frames[:4], {"mu": MU})
    assert open_scan(path, frames="1:").warnings == (
        "3 of 5 frames were recorded; the last 2 positions of 'mu' are left out.",
    )
    assert open_scan(path, frames="1:4").warnings == ()


def test_no_frame_is_left(write_bliss, frames):
    path = write_bliss(frames, {"mu": MU})
    with pytest.raises(DarfixWBError, match=r"range 7: has none. Give e.g. 0:6"):
        open_scan(path, frames="7:")
    with pytest.raises(DarfixWBError, match="all 6 are left out or skipped"):
        open_scan(path, skip_frames="0:")
