"""The page that leads from a scan to an image, done with real scans of two kinds."""

import shutil

import pytest

from tests.docs.pages import ROOT, Reader, blocks

PAGE = ROOT / "docs" / "fifteen_minutes.md"


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("scan", "doubt"),
    [
        ("diamond_topographs/SA1_diamond_rocking.h5", ""),
        ("id03_rocking/rocking.h5", "the scan looks like nothing that it was trained on"),
    ],
)
def test_the_fifteen_minutes_of_a_real_scan(
    real_data, tmp_path, monkeypatch, one_thread, capsys, scan, doubt
):
    shutil.copy(real_data / scan, tmp_path / "scan.h5")
    monkeypatch.chdir(tmp_path)
    reader, printed = Reader(tmp_path), ""
    for block in blocks(PAGE):
        if not block.is_left_out:
            reader.run(block)
            printed += reader.printed
    for name in ("check.png", "weak_beam.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG"), name
    assert doubt in printed
    assert "lines:" in capsys.readouterr().out
