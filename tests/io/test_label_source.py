"""Which scans count as that on which labels were made."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.io.label_source import check_label_source
from darfix_wb.labels import LabelMap
from darfix_wb.patches import PatchGrid

SCAN = "silx:///data/scan.h5?/1.1/instrument/pco/data"


def labels_of(source):
    grid = PatchGrid((16, 16), 16)
    return LabelMap(numpy.zeros((3, 1, 1), dtype=numpy.uint8), grid, source)


@pytest.mark.parametrize(
    "source",
    [
        SCAN,
        "",
        "/data/scan.h5",
        "/data/scan.h5::/1.1/instrument/pco/image",
        "silx:///data/scan.h5?/1.1/measurement/pco",
        "silx:///data/scan.h5?/1.1/instrument/positioners",
    ],
)
def test_the_same_scan(source):
    assert check_label_source(labels_of(SCAN), source) == ()
    assert check_label_source(labels_of(source), SCAN) == ()


@pytest.mark.parametrize(
    "source",
    [
        "silx:///data/other.h5?/1.1/instrument/pco/data",
        "silx:///data/scan.h5?/2.1/instrument/pco/data",
        "silx:///data/scan.h5?/1.1/instrument/basler/data",
        "silx:///copy/scan.h5?/2.1/instrument/pco/data",
        "/data/edf_folder",
    ],
)
def test_another_scan(source):
    with pytest.raises(DarfixWBError, match="set labels_of_another_scan to true"):
        check_label_source(labels_of(SCAN), source)
    assert check_label_source(labels_of(SCAN), source, of_another_scan=True) == ()


def test_a_copy_in_another_folder():
    (warning,) = check_label_source(labels_of(SCAN), SCAN.replace("/data/scan", "/copy/scan"))
    assert "because the file has the same name" in warning


def test_a_link_of_another_name(tmp_path):
    path, link = tmp_path / "scan.h5", tmp_path / "other.h5"
    path.touch()
    link.symlink_to(path)
    assert check_label_source(labels_of(f"{path}::/1.1/a/data"), f"{link}::/1.1/a/data") == ()


def test_series_of_edf_files():
    assert check_label_source(labels_of("/data/edf"), "/data/edf/*.edf") == ()
    with pytest.raises(DarfixWBError, match="must be of the scan"):
        check_label_source(labels_of("/data/edf/a*.edf"), "/data/edf/b*.edf")
