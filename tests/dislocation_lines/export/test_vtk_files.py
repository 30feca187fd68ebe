"""Files for ParaView, read back with VTK: axis order, origin, spacing, lengths."""

import numpy
import pytest

from darfix_wb.dislocation_lines.export.formats import export_network
from darfix_wb.dislocation_lines.network import LineNetwork
from darfix_wb.errors import DarfixWBError

io_xml = pytest.importorskip("vtkmodules.vtkIOXML", reason="VTK is not installed: make set-up")
from vtkmodules.util.numpy_support import vtk_to_numpy  # noqa: E402

READERS = {
    ".vtp": io_xml.vtkXMLPolyDataReader,
    ".vti": io_xml.vtkXMLImageDataReader,
    ".vtr": io_xml.vtkXMLRectilinearGridReader,
}


def read(path):
    """What VTK makes of a file; its complaints are errors."""
    reader, complaints = READERS[path.suffix](), []
    for event in ("ErrorEvent", "WarningEvent"):
        reader.AddObserver(event, lambda _, found: complaints.append(found))
    reader.SetFileName(str(path))
    reader.Update()
    assert complaints == []
    return reader.GetOutput()


def column(data, name):
    return vtk_to_numpy(data.GetArray(name))


def polylines(data):
    """The points of each cell, as VTK connects them."""
    cells = (data.GetCell(number).GetPoints() for number in range(data.GetNumberOfCells()))
    return [vtk_to_numpy(points.GetData()).copy() for points in cells]


def export(network, folder, name, **options):
    return export_network(network, folder, [name], **options)[0]


def test_lines_come_back_as_x_y_z(tmp_path, phantom):
    data = read(export(phantom, tmp_path, "vtp"))
    lines = polylines(data)
    assert [len(points) for points in lines] == [3, 3, 2]
    for points, line in zip(lines, phantom.lines, strict=True):
        x, y, z = points.T
        numpy.testing.assert_array_equal(z, line.points_um[:, 0], "layer")
        numpy.testing.assert_array_equal(y, line.points_um[:, 1], "row")
        numpy.testing.assert_array_equal(x, line.points_um[:, 2], "column")
    bounds = numpy.array(data.GetBounds()).reshape(3, 2)
    numpy.testing.assert_allclose(bounds, [(1.5, 3.3), (3.2, 5.9), (20.0, 24.9)])


def test_numbers_of_lines_stand_at_their_cells(tmp_path, phantom):
    cells = read(export(phantom, tmp_path, "vtp")).GetCellData()
    lengths = [line.length_um for line in phantom.lines]
    assert len(set(lengths)) == 3
    numpy.testing.assert_allclose(column(cells, "length_um"), lengths)
    numpy.testing.assert_array_equal(column(cells, "score_sigma"), [12.5, 7.0, numpy.nan])
    numpy.testing.assert_array_equal(column(cells, "uncertainty_um"), [0.125, numpy.nan, numpy.nan])
    assert column(cells, "boundary").tolist() == [-1, 0, -1]
    assert column(cells, "kind").tolist() == [1, 1, 2]
    assert column(cells, "nodes").tolist() == [[0, 3], [3, 1], [2, 3]]
    assert column(cells, "layer_span").tolist() == [[0, 0], [0, 4], [0, 0]]
    numpy.testing.assert_allclose(column(cells, "burgers_um")[0], [-1.5e-4, 2e-4, 1e-4])
    assert numpy.isnan(column(cells, "burgers_um")[1:]).all()


def test_layers_of_points_and_the_frame_are_written(tmp_path, phantom):
    data = read(export(phantom, tmp_path, "vtp"))
    assert column(data.GetPointData(), "layer").tolist() == [0, 0, 0, 0, 2, 4, 0, 0]
    frame = data.GetFieldData().GetAbstractArray("frame").GetValue(0)
    assert frame.startswith("x = column, y = row, z = layer, in um.")
    assert "mirror image" in frame


def test_nodes_come_back_with_their_degrees(tmp_path, phantom):
    data = read(export(phantom, tmp_path, "nodes"))
    assert column(data.GetPointData(), "degree").tolist() == [1, 1, 1, 3]
    places = numpy.concatenate(polylines(data))
    numpy.testing.assert_array_equal(places[:, ::-1], phantom.nodes_um)


@pytest.mark.parametrize("name", ["vti", "vtr"])
def test_images_come_back_at_their_places(tmp_path, phantom, images, values, name):
    data = read(export(phantom, tmp_path, name, volume=images))
    assert data.GetDimensions() == (11, 7, 5)
    numbers = column(data.GetPointData(), "dislocation_image")
    assert numbers.dtype == numpy.float32
    for layer, row, col in [(0, 0, 0), (4, 6, 10), (1, 2, 3), (3, 6, 0), (0, 0, 10)]:
        point = data.ComputePointId((col, row, layer))
        assert numbers[point] == values[layer, row, col]
        numpy.testing.assert_allclose(
            data.GetPoint(point), (1.4 + 0.2 * col, 3.0 + 0.5 * row, 20 + 1.25 * layer)
        )
    numpy.testing.assert_array_equal(numbers.reshape(values.shape), values)
    others = column(data.GetPointData(), "line_probability")
    numpy.testing.assert_array_equal(others.reshape(values.shape), -values)


def test_image_data_has_origin_and_spacing(tmp_path, phantom, images):
    data = read(export(phantom, tmp_path, "vti", volume=images))
    numpy.testing.assert_allclose(data.GetSpacing(), (0.2, 0.5, 1.25))
    numpy.testing.assert_allclose(data.GetOrigin(), (1.4, 3.0, 20.0))


def test_lines_lie_on_their_image(tmp_path, phantom, stack_of):
    """A voxel is bright where, and only where, a line passes within a step of it."""
    positions = 20.0 + 1.25 * numpy.arange(5)
    places = numpy.stack(
        numpy.meshgrid(
            positions, 3 + 0.5 * numpy.arange(7), 1.4 + 0.2 * numpy.arange(11), indexing="ij"
        ),
        axis=-1,
    )
    points, _ = phantom.sampled(0.05)
    steps = numpy.abs(places[..., None, :] - points) / (1.25, 0.5, 0.2)
    values = (steps.max(axis=-1).min(axis=-1) <= 0.51).astype(numpy.float32)
    paths = export_network(phantom, tmp_path, ["vtp", "vti"], volume=stack_of(values, positions))
    lines, image = (read(path) for path in paths)
    bright = column(image.GetPointData(), "dislocation_image")
    found = [image.FindPoint(*place) for place in numpy.concatenate(polylines(lines))]
    assert bright[found].all()
    assert 0.02 < bright.mean() < 0.3


@pytest.mark.parametrize("name", ["vti", "vtr"])
def test_missing_layers_are_planes_of_nan(tmp_path, phantom, stack_of, values, name):
    positions = numpy.array([0.0, 1.0, 3.98, 5.0, 6.0])
    values[3] = numpy.nan
    data = read(export(phantom, tmp_path, name, volume=stack_of(values, positions)))
    numbers = column(data.GetPointData(), "dislocation_image").reshape(7, 7, 11)
    numpy.testing.assert_array_equal(numbers[[0, 1, 4, 6]], values[[0, 1, 2, 4]])
    assert numpy.isnan(numbers[[2, 3, 5]]).all()


def test_layers_at_uneven_distances_keep_their_positions(tmp_path, phantom, stack_of, values):
    positions = numpy.array([0.0, 1.0, 2.3, 3.0, 4.0])
    images = stack_of(values, positions)
    with pytest.raises(DarfixWBError, match=r"from 0\.7 to 1\.3 um\. Write a \.vtr"):
        export(phantom, tmp_path, "vti", volume=images)
    assert list(tmp_path.iterdir()) == []
    data = read(export(phantom, tmp_path, "vtr", volume=images))
    numpy.testing.assert_allclose(vtk_to_numpy(data.GetZCoordinates()), positions)
    numpy.testing.assert_allclose(vtk_to_numpy(data.GetXCoordinates())[[0, -1]], [1.4, 3.4])
    numpy.testing.assert_allclose(vtk_to_numpy(data.GetYCoordinates())[[0, -1]], [3.0, 6.0])


@pytest.mark.parametrize("seed", range(5))
def test_counts_and_lengths_are_those_of_the_network(tmp_path, random_network, seed):
    network = random_network(seed, n_lines=seed * 4)
    data = read(export(network, tmp_path, "vtp"))
    assert data.GetNumberOfLines() == len(network.lines)
    lengths = [numpy.linalg.norm(numpy.diff(p, axis=0), axis=1).sum() for p in polylines(data)]
    numpy.testing.assert_allclose(lengths, [line.length_um for line in network.lines])
    nodes = read(export(network, tmp_path, "nodes"))
    assert nodes.GetNumberOfVerts() == len(network.nodes_um)


@pytest.mark.parametrize("name", ["vtp", "nodes"])
def test_an_empty_network_is_a_valid_file(tmp_path, name):
    empty = LineNetwork((), numpy.zeros((2, 3)))
    assert read(export(empty, tmp_path, name)).GetNumberOfCells() == 0


def test_a_file_that_was_cut_off_would_be_noticed(tmp_path, phantom):
    path = export(phantom, tmp_path, "vtp")
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(AssertionError):
        read(path)
