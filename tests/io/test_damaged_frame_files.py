"""EDF and TIFF files with bytes that are wrong: the frames, or one sentence."""

from __future__ import annotations

import bz2
import gzip

import numpy
import pytest
import tifffile

from darfix_wb.errors import DarfixWBError
from darfix_wb.io.frame_sources import open_scan
from tests.io.test_edf_scans import ANGLES, stack

N_DAMAGES = 12
HEADER = 600


def edf(path, frames):
    return stack(path.with_suffix(".edf"), frames, ANGLES)


def packed_edf(pack, suffix):
    def write(path, frames):
        plain = edf(path, frames)
        packed = plain.with_name(plain.name + suffix)
        packed.write_bytes(pack(plain.read_bytes()))
        plain.unlink()
        return packed

    return write


def tiff(**options):
    def write(path, frames):
        tifffile.imwrite(path.with_suffix(".tif"), frames, photometric="minisblack", **options)
        return path.with_suffix(".tif")

    return write


KINDS = {
    "edf": edf,
    "edf.gz": packed_edf(gzip.compress, ".gz"),
    "edf.bz2": packed_edf(bz2.compress, ".bz2"),
    "tiff": tiff(),
    "tiff, zlib": tiff(compression="zlib"),
    "tiff, bytes swapped": tiff(byteorder=">", bigtiff=True),
}


def damage(content, rng):
    """Flip bits or put other bytes into the header, cut, lengthen, or lose a piece."""
    kind, content = rng.integers(5), bytearray(content)
    somewhere = int(rng.integers(len(content)))
    anything = rng.integers(0, 256, rng.integers(1, 1000), dtype="uint8").tobytes()
    if kind == 0:
        content[rng.integers(HEADER)] ^= 1 << rng.integers(8)
    elif kind == 1:
        content[rng.integers(HEADER)] = rng.integers(256)
    elif kind == 2:
        del content[somewhere:]
    elif kind == 3:
        content += anything
    else:
        content[somewhere : somewhere + rng.integers(1, 50)] = anything[:50]
    return bytes(content)


@pytest.mark.parametrize("kind", KINDS)
def test_frames_or_one_sentence(tmp_path, frames, kind, caplog):
    path = KINDS[kind](tmp_path / "scan_0000", frames)
    whole, rng, sentences = path.read_bytes(), numpy.random.default_rng(len(kind)), []
    for _ in range(N_DAMAGES):
        path.write_bytes(damage(whole, rng))
        try:
            scan = open_scan(path, start=0.0, step=0.01)
            read = [scan.frame(index) for index in range(scan.n_frames)]
        except DarfixWBError as error:
            sentences.append(str(error))
        else:
            assert numpy.shape(read) == frames.shape
            assert (numpy.array(read) == frames).mean() > 0.8
    assert len(sentences) > 2
    assert all(str(path) in text and "\n" not in text for text in sentences)
    assert not caplog.records
    path.write_bytes(whole)
    read = list(open_scan(path, start=0.0, step=0.01).iter_frames())
    numpy.testing.assert_array_equal(read, frames)
