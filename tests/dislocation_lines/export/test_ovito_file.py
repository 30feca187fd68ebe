"""Crystal Analysis files: their text, and what OVITO reads."""

import json
import os
import subprocess
from pathlib import Path

import numpy
import pytest

from darfix_wb.dislocation_lines.export.crystal_analysis import write_ca
from darfix_wb.dislocation_lines.network import LineNetwork

HERE = Path(__file__).parent
PYTHON = Path(__file__).parents[3] / ".venv-ovito" / "bin" / "python"
"""The interpreter that `make test-ovito` sets up, with OVITO."""


def sections(path):
    """The lines of the file after each keyword that stands alone or before numbers."""
    found, key = {}, ""
    for line in path.read_text(encoding="ascii").splitlines():
        word = line.split(" ")[0]
        if word.isupper() and word[0].isalpha():
            key = word
            found.setdefault(key, []).append(line[len(word) + 1 :])
        else:
            found[key].append(line)
    return found


def test_the_cell_is_the_bounds(tmp_path, phantom):
    write_ca(tmp_path / "lines.ca", phantom)
    text = sections(tmp_path / "lines.ca")
    assert text["SIMULATION_CELL_ORIGIN"] == ["1.4 3 20"]
    assert text["SIMULATION_CELL_MATRIX"] == ["", "2 0 0", "0 3 0", "0 0 5"]
    assert text["PBC_FLAGS"] == ["0 0 0"]
    assert text["METADATA"][0].startswith("x = column, y = row, z = layer, in um.")
    assert "not known stand as zero" in text["METADATA"][1]


def test_lines_are_x_y_z_with_their_burgers_vectors(tmp_path, phantom):
    write_ca(tmp_path / "lines.ca", phantom)
    text = sections(tmp_path / "lines.ca")["DISLOCATIONS"]
    assert text[:5] == ["3", "0", "-0.00015 0.0002 0.0001", "1", "3"]
    assert text[5:8] == ["1.5 3.2 20", "1.9 3.7 20.3", "2.4 4.5 20.5"]
    assert text[8:11] == ["1", "0 0 0", "1"]


def test_line_ends_at_a_node_make_one_ring(tmp_path, random_network):
    network = random_network(3, n_lines=12)
    write_ca(tmp_path / "lines.ca", network)
    text = sections(tmp_path / "lines.ca")["DISLOCATION_JUNCTIONS"][1:]
    after = [tuple(map(int, line.split())) for line in text]
    ends = [(flag, number) for number in range(12) for flag in (1, 0)]
    following = dict(zip(ends, after, strict=True))
    assert sorted(after) == sorted(ends)
    rings = []
    for end in ends:
        ring = [end]
        while following[ring[-1]] != end:
            ring.append(following[ring[-1]])
        rings.append(frozenset(ring))
    nodes = {}
    for flag, number in ends:
        node = network.lines[number].nodes[1 if flag else 0]
        nodes.setdefault(node if node >= 0 else (flag, number), set()).add((flag, number))
    assert max(map(len, nodes.values())) >= 4
    assert set(rings) == set(map(frozenset, nodes.values()))


@pytest.mark.skipif(not PYTHON.exists(), reason="OVITO is not installed: make test-ovito")
def test_ovito_reads_the_same_lines(tmp_path, phantom, random_network):
    empty = LineNetwork((), phantom.bounds_um)
    networks = [phantom, empty, *(random_network(seed) for seed in range(5))]
    paths = [tmp_path / f"{number}.ca" for number in range(len(networks))]
    for path, network in zip(paths, networks, strict=True):
        write_ca(path, network)
    answer = subprocess.run(
        [PYTHON, HERE / "read_with_ovito.py", *paths],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    )
    assert answer.returncode == 0, answer.stderr
    for network, found in zip(networks, json.loads(answer.stdout), strict=True):
        lower, upper = network.bounds_um[:, ::-1]
        cell = numpy.array(found["cell"])
        numpy.testing.assert_allclose(cell, numpy.column_stack([numpy.diag(upper - lower), lower]))
        assert found["periodic"] == [False] * 3
        assert len(found["points"]) == len(network.lines)
        for points, line in zip(found["points"], network.lines, strict=True):
            numpy.testing.assert_allclose(numpy.array(points)[:, ::-1], line.points_um, atol=1e-6)
        lengths = [line.length_um for line in network.lines]
        numpy.testing.assert_allclose(found["lengths"], lengths, rtol=1e-6)
        for burgers, line in zip(found["burgers"], network.lines, strict=True):
            true = numpy.zeros(3) if line.burgers_um is None else line.burgers_um
            numpy.testing.assert_allclose(burgers[::-1], true, rtol=1e-6)
        ends = [
            (n if n >= 0 else (k, e))
            for k, line in enumerate(network.lines)
            for e, n in enumerate(line.nodes)
        ]
        assert found["n_nodes"] == len(set(ends))
