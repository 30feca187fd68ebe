"""Networks of lines, to a file and back."""

import h5py
import numpy
import pytest

from darfix_wb.dislocation_lines.boundary import SmallAngleBoundary
from darfix_wb.dislocation_lines.line import DislocationLine, LineKind
from darfix_wb.dislocation_lines.network import LineNetwork
from darfix_wb.dislocation_lines.network_file import read_network, write_network
from darfix_wb.errors import DarfixWBError


def random_network(seed, n_lines):
    rng = numpy.random.default_rng(seed)
    lines = [
        DislocationLine(
            rng.normal(size=(rng.integers(2, 9), 3)),
            nodes=tuple(int(n) for n in rng.integers(-1, 5, 2)),
            score=rng.normal(),
            uncertainty_um=rng.random(),
            kind=LineKind(int(rng.integers(3))),
            boundary=int(rng.integers(-1, 1)),
            burgers_um=rng.normal(size=3) if rng.random() < 0.5 else None,
        )
        for _ in range(n_lines)
    ]
    boundary = SmallAngleBoundary(*rng.normal(size=(2, 3)), (2.0, 3.0), 1.5, 190.0, 0.1)
    return LineNetwork(
        lines,
        numpy.array([[0, 0, 0], [9, 8, 7]]),
        nodes_um=rng.normal(size=(5, 3)),
        boundaries=(boundary,) * (n_lines > 0),
        layers_um=numpy.arange(9.0),
        layer_names=tuple(f"{k}.1" for k in range(9)) if n_lines else (),
        warnings=("One sentence.",) * (n_lines > 0),
    )


@pytest.mark.parametrize("n_lines", [0, 1, 7])
@pytest.mark.parametrize("seed", range(3))
def test_all_of_a_network_comes_back(tmp_path, seed, n_lines):
    network = random_network(seed, n_lines)
    write_network(tmp_path / "lines.h5", network)
    again = read_network(tmp_path / "lines.h5")
    for one, other in zip(network.lines, again.lines, strict=True):
        for name in ("points_um", "score", "uncertainty_um", "kind", "boundary", "nodes"):
            numpy.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        assert (one.burgers_um is None) == (other.burgers_um is None)
        if one.burgers_um is not None:
            numpy.testing.assert_array_equal(one.burgers_um, other.burgers_um)
    for name in ("bounds_um", "nodes_um", "layers_um", "layer_names", "warnings"):
        numpy.testing.assert_array_equal(getattr(network, name), getattr(again, name))
    for one, other in zip(network.boundaries, again.boundaries, strict=True):
        for name in vars(one):
            numpy.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_another_file_is_refused_in_a_sentence(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["values"] = 1
    with pytest.raises(DarfixWBError, match="must hold the reconstruction of darfix-wb"):
        read_network(tmp_path / "other.h5")


def test_a_damaged_table_is_refused_in_a_sentence(tmp_path):
    write_network(tmp_path / "lines.h5", random_network(0, 4))
    with h5py.File(tmp_path / "lines.h5", "a") as file:
        del file["entry/reconstruction/lines/score"]
    with pytest.raises(DarfixWBError, match="lines of a network must be complete"):
        read_network(tmp_path / "lines.h5")


def test_names_belong_to_layers():
    bounds = numpy.array([[0, 0, 0], [9, 8, 7]])
    with pytest.raises(DarfixWBError, match="got 2 names for 3 layers"):
        LineNetwork((), bounds, layers_um=numpy.arange(3.0), layer_names=("a", "b"))
