"""The end of the demo, small: from simulated layers to lines in space, pictures and figures."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy
import pytest

from darfix_wb.demo.volume import TEXT_FILE, simulated_layers, small_crystal, volume_with_lines
from darfix_wb.demo.volume_pictures import VOLUME_PICTURES, crossings, draw_volume
from darfix_wb.demo.volume_report import (
    VOLUME_COLUMNS,
    html_of_lines,
    notes_on_lines,
    summary_of_lines,
    table_of_lines,
)
from darfix_wb.dislocation_lines.csv_file import read_csv
from darfix_wb.dislocation_lines.line import DislocationLine
from darfix_wb.dislocation_lines.network import LineNetwork
from darfix_wb.dislocation_lines.network_file import read_network
from darfix_wb.simulation import LayerSeries
from darfix_wb.simulation.crystal import make_crystal
from darfix_wb.simulation.geometry import make_geometry
from darfix_wb.simulation.volume_lines import pieces_in_box
from darfix_wb.volume_comparison.line_metrics import compare_lines

SMALL = (64, 96)
N_LAYERS = 3


@pytest.fixture(scope="module")
def volume(tmp_path_factory):
    """A volume so small that no line of it shows."""
    return volume_with_lines(tmp_path_factory.mktemp("volume"), n_layers=N_LAYERS, shape=SMALL)


def with_lines(volume, found, shown):
    """The same volume, had these lines been found and these shown."""
    box = volume.truth.network.bounds_um
    networks = []
    for lines in (found, shown):
        corners = (numpy.array(line) * numpy.ptp(box, axis=0) + box[0] for line in lines)
        networks.append(
            LineNetwork(
                tuple(map(DislocationLine, corners)),
                box,
                layers_um=volume.truth.network.layers_um,
                layer_names=volume.report.network.layer_names,
            )
        )
    return replace(
        volume,
        shown=networks[1],
        report=replace(volume.report, network=networks[0]),
        comparison=compare_lines(*networks),
        layer_warnings=("volume_scans.h5 1.1: Something.",),
    )


ACROSS = [[0.0, 0.2, 0.2], [1.0, 0.7, 0.8]]
ASIDE = [[0.0, 0.9, 0.1], [1.0, 0.9, 0.2]]
CASES = {
    "nothing found": ([], [ACROSS]),
    "nothing shows": ([ACROSS], []),
    "nothing at all": ([], []),
    "half found": ([ACROSS], [ACROSS, ASIDE]),
}


def test_files(volume):
    folder = volume.volume_file.parent
    found = volume.report.network
    assert len(volume.truth.network.layers_um) == N_LAYERS == len(found.layers_um)
    for name, network in {
        "lines.h5": found,
        "true_lines.h5": volume.shown,
        "hidden_lines.h5": volume.hidden,
    }.items():
        assert read_network(folder / name).length_um == pytest.approx(network.length_um)
    assert read_csv(folder / "lines.csv").length_um == pytest.approx(found.length_um, rel=1e-4)
    assert (folder / "lines.vtp").read_bytes().startswith(b"<?xml")
    text = (folder / TEXT_FILE).read_text()
    assert volume.comparison.table() in text
    for sentence in (*volume.report.warnings, *volume.layer_warnings):
        assert sentence in text


def test_layers_are_simulated_again_only_where_they_differ(volume, tmp_path):
    path = tmp_path / "volume_scans.h5"
    shutil.copy(volume.volume_file.with_name(path.name), path)
    before = path.stat().st_mtime_ns
    assert simulated_layers(tmp_path, SMALL, N_LAYERS) == path
    assert path.stat().st_mtime_ns == before
    simulated_layers(tmp_path, (SMALL[0] // 2, SMALL[1] // 2), N_LAYERS - 1)
    assert path.stat().st_mtime_ns > before


@pytest.mark.parametrize("case", CASES)
def test_pictures_and_page(volume, case, tmp_path):
    changed = with_lines(volume, *CASES[case])
    draw_volume(tmp_path, changed)
    for name in VOLUME_PICTURES:
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
    page = html_of_lines(changed, "<table></table>", "pictures")
    assert "The layers have 1 warning: see lines_compared.txt." in page
    assert f"{N_LAYERS} layers of another simulated crystal, 1 um apart" in page


def test_figures_are_those_of_the_comparison(volume):
    changed = with_lines(volume, [ACROSS], [ACROSS, ASIDE])
    table = {row.name: row for row in table_of_lines(changed)}
    rows = changed.comparison.figures.rows()
    assert table["F1 of points along lines, within 1 um"].found == rows["F1 at 1 um"]
    assert table["ASSD (um)"].by_chance == changed.comparison.null.rows()["ASSD (um)"]
    share = changed.report.network.length_um / changed.shown.length_um
    assert 0 < share < 1
    assert table["length found / true"].found == pytest.approx(share)
    assert table["F1 within 1 um over that by chance"].found == changed.comparison.null_ratio
    assert "Lines that show: 2 lines" in summary_of_lines(changed)
    assert "Found: 1 line, " in summary_of_lines(changed)
    notes = notes_on_lines(changed)
    assert notes[0].startswith("By chance: mean of 20 random shifts of the found lines")
    assert any("too small for random shifts of 20 um" in note for note in notes)


def test_what_is_not_defined_is_no_number(volume):
    changed = with_lines(volume, [], [ACROSS])
    cells = {
        row.name: [text(row) for text in VOLUME_COLUMNS.values()][1:]
        for row in table_of_lines(changed)
    }
    assert cells["ASSD (um)"] == ["-", "-"]
    assert cells["F1 within 1 um over that by chance"] == ["-", "-"]
    assert not any(note.startswith("By chance") for note in notes_on_lines(changed))


def test_crossings_of_a_tilted_line():
    line = DislocationLine(numpy.array([[0.0, 1.0, 2.0], [4.0, 5.0, 2.0]]))
    beside = DislocationLine(numpy.array([[2.0, 0.0, 0.0], [4.0, 0.0, 0.0]]))
    network = LineNetwork((line, beside), numpy.array([[0, 0, 0], [4, 6, 4]]))
    assert crossings(network, 1.03) == pytest.approx(numpy.array([[2.03, 2.0]]))
    assert len(crossings(network, 2.51)) == 2
    assert crossings(network, 5.0).shape == (0, 2)


def test_the_crystal_has_a_junction_that_can_show_and_no_boundary():
    parameters = small_crystal()
    geometry = make_geometry(parameters)
    sides = numpy.array(parameters.scan.shape) * (geometry.row_um, geometry.column_um)
    heights = LayerSeries(12, 1.0).positions_um(parameters)
    box = numpy.array([[heights[0] - 0.5, 0, 0], [heights[-1] + 0.5, *sides]])
    pieces = pieces_in_box(make_crystal(parameters, geometry), geometry, box)
    assert all(piece.boundary < 0 for piece in pieces)
    at_node = {}
    for piece in pieces:
        for node in piece.nodes:
            at_node.setdefault(node, []).append(piece.g_dot_b)
    at_node.pop(-1)
    assert any(len(products) >= 3 and all(products) for products in at_node.values())
