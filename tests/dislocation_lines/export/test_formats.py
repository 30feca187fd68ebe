"""One call for all formats: what it refuses, and that files are whole or not there."""

import h5py
import numpy
import pytest

from darfix_wb.dislocation_lines.csv_file import read_csv
from darfix_wb.dislocation_lines.export.formats import EXPORTS, export_network
from darfix_wb.dislocation_lines.image_stack import ImageStack
from darfix_wb.dislocation_lines.network import LineNetwork
from darfix_wb.dislocation_lines.network_file import read_network
from darfix_wb.errors import DarfixWBError


def test_every_format_is_written_into_a_folder(tmp_path, phantom, images):
    files = export_network(phantom, tmp_path / "new", list(EXPORTS), volume=images)
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == sorted(
        export.file_name for export in EXPORTS.values()
    )
    assert [path.name for path in files] == [export.file_name for export in EXPORTS.values()]


@pytest.mark.parametrize("name", EXPORTS)
def test_an_empty_network_is_written_in_every_format(tmp_path, images, name):
    empty = LineNetwork((), numpy.zeros((2, 3)))
    (path,) = export_network(empty, tmp_path, [name], volume=images)
    assert path.stat().st_size > 0
    if name == "csv":
        assert read_csv(path).lines == ()
    if name == "nexus":
        assert read_network(path).lines == ()


@pytest.mark.parametrize("seed", range(5))
def test_tables_hold_the_lengths_of_the_network(tmp_path, random_network, seed):
    network = random_network(seed)
    for name, read in (("csv", read_csv), ("nexus", read_network)):
        again = read(export_network(network, tmp_path, [name])[0])
        assert len(again.lines) == len(network.lines)
        numpy.testing.assert_allclose(
            [line.length_um for line in again.lines],
            [line.length_um for line in network.lines],
            rtol=1e-5,
        )


def test_one_format_may_name_its_file(tmp_path, phantom):
    assert export_network(phantom, tmp_path / "mine.vtp", ["vtp"]) == [tmp_path / "mine.vtp"]
    assert (tmp_path / "mine.vtp").is_file()
    for formats in (["csv"], ["vtp", "nodes"]):
        with pytest.raises(DarfixWBError, match="must be of one format and end as it does"):
            export_network(phantom, tmp_path / "other.vtp", formats)


def test_unknown_formats_are_refused_before_anything_is_written(tmp_path, phantom):
    with pytest.raises(DarfixWBError, match=r"one or more of vtp, nodes.*got stl\."):
        export_network(phantom, tmp_path / "new", ["vtp", "stl"])
    with pytest.raises(DarfixWBError, match=r"got none\."):
        export_network(phantom, tmp_path / "new", [])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["tiff", "vti", "vtr"])
def test_formats_that_need_the_volume_say_so(tmp_path, phantom, name):
    with pytest.raises(DarfixWBError, match=f"format {name} needs the"):
        export_network(phantom, tmp_path, ["vtp", name])
    assert list(tmp_path.iterdir()) == []


def test_a_grid_without_images_is_enough_for_drawn_lines_only(tmp_path, phantom):
    grid = ImageStack(phantom.layers_um, (7, 11), (0.5, 0.2), (3.0, 1.4))
    assert export_network(phantom, tmp_path, ["tiff"], volume=grid)
    with pytest.raises(DarfixWBError, match="needs the images of the volume"):
        export_network(phantom, tmp_path, ["vti"], volume=grid)


@pytest.mark.parametrize("name", EXPORTS)
def test_files_that_exist_are_kept(tmp_path, phantom, images, name):
    path = tmp_path / EXPORTS[name].file_name
    path.write_text("precious")
    with pytest.raises(DarfixWBError, match="must be a new file"):
        export_network(phantom, tmp_path, ["csv", name, "nodes"], volume=images)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert path.read_text() == "precious"
    export_network(phantom, tmp_path, [name], volume=images, overwrite=True)
    assert path.read_bytes() != b"precious"


def test_a_file_in_place_of_the_folder_is_one_sentence(tmp_path, phantom):
    (tmp_path / "folder").write_text("no folder")
    with pytest.raises(DarfixWBError):
        export_network(phantom, tmp_path / "folder", ["vtp", "csv"])


@pytest.mark.parametrize("name", ["vti", "vtr"])
def test_a_volume_that_cannot_be_read_leaves_no_file(tmp_path, phantom, images, name):
    def read(image, index):
        if index == 3:
            raise DarfixWBError("The file must be whole.")
        return numpy.zeros((7, 11))

    broken = ImageStack(images.positions_um, (7, 11), (0.5, 0.2), (0, 0), {"a": ""}, read)
    with pytest.raises(DarfixWBError, match="must be whole"):
        export_network(phantom, tmp_path, [name], volume=broken)
    assert list(tmp_path.iterdir()) == []


def test_images_of_another_shape_are_refused(tmp_path, phantom, images):
    wrong = ImageStack(
        images.positions_um,
        (7, 11),
        (0.5, 0.2),
        units={"a": ""},
        read=lambda *_: numpy.ones((2, 2)),
    )
    with pytest.raises(DarfixWBError, match=r"one shape, \(7, 11\), and a of layer 0 has \(2, 2\)"):
        export_network(phantom, tmp_path, ["vti"], volume=wrong)


def test_the_nexus_file_says_its_axes(tmp_path, phantom):
    (path,) = export_network(phantom, tmp_path, ["nexus"])
    with h5py.File(path) as file:
        points = file["entry/reconstruction/lines/points"]
        assert (points.attrs["units"], points.attrs["axes_of_points"]) == (
            "um",
            "layer, row, column",
        )


@pytest.mark.parametrize("positions", [[0.0, 0.0, 1.0], [2.0, 1.0], [0.0, numpy.nan], []])
def test_positions_must_increase(positions):
    with pytest.raises(DarfixWBError, match="positions of layers must increase"):
        ImageStack(numpy.array(positions), (2, 2), (1.0, 1.0))


@pytest.mark.parametrize("pixel", [(0.0, 1.0), (1.0, -1.0), (numpy.nan, 1.0)])
def test_pixels_must_have_a_size(pixel):
    with pytest.raises(DarfixWBError, match="must be more than 0 um apart"):
        ImageStack(numpy.array([0.0, 1.0]), (2, 2), pixel)
