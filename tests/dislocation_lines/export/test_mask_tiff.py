"""Drawn lines: each voxel against the distance to the line, and the file."""

import numpy
import pytest
import tifffile

from darfix_wb.dislocation_lines.drawing import draw_lines
from darfix_wb.dislocation_lines.export import mask_tiff
from darfix_wb.dislocation_lines.export.formats import export_network
from darfix_wb.dislocation_lines.image_stack import ImageStack
from darfix_wb.dislocation_lines.line import DislocationLine
from darfix_wb.dislocation_lines.network import LineNetwork
from darfix_wb.errors import DarfixWBError


def distances_by_sampling(network, grid):
    """Of each pixel to the lines, by brute force: dense points, each in the plane next to it."""
    planes = numpy.array([plane.position_um for plane in grid.planes])
    rows, columns = (
        origin + pixel * numpy.arange(count)
        for origin, pixel, count in zip(
            grid.origin_um, grid.pixel_um, grid.image_shape, strict=True
        )
    )
    points, _ = network.sampled(0.002)
    nearest = numpy.abs(points[:, 0, None] - planes).argmin(axis=1)
    half = grid.step_um / 2
    inside = (points[:, 0] >= planes[0] - half) & (points[:, 0] <= planes[-1] + half)
    distances = numpy.full((len(planes), len(rows), len(columns)), numpy.inf)
    for plane, (_, row, column) in zip(nearest[inside], points[inside], strict=True):
        there = numpy.hypot(rows[:, None] - row, columns - column)
        distances[plane] = numpy.minimum(distances[plane], there)
    return distances


@pytest.mark.parametrize("seed", range(4))
def test_pixels_are_set_within_the_radius(random_network, seed):
    network = random_network(seed, n_lines=4)
    positions = numpy.array([0.0, 1.0, 3.0, 4.0, 5.1, 6.0, 7.0])
    grid = ImageStack(positions, (14, 33), (0.5, 0.2), (0.7, 0.3))
    drawn = numpy.stack(list(draw_lines(network, grid, radius_um=0.45)))
    distances = distances_by_sampling(network, grid)
    assert drawn.shape == (8, 14, 33)
    assert drawn[distances < 0.449].all()
    assert not drawn[distances > 0.452].any()
    assert 0.02 < drawn.mean() < 0.9


def test_no_piece_of_a_line_is_lost_between_layers(stack_of, values):
    lying = DislocationLine(numpy.array([[20.62, 3.5, 1.6], [20.63, 3.5, 3.2]]))
    network = LineNetwork((lying,), numpy.array([[20, 3, 1], [25, 6, 4]]))
    grid = stack_of(values, 20.0 + 1.25 * numpy.arange(5))
    planes = numpy.stack(list(draw_lines(network, grid, radius_um=0.3)))
    assert planes.any(axis=(1, 2)).tolist() == [True, True, False, False, False]
    assert planes.any(axis=0)[1, 1:10].all()


def test_a_radius_that_would_break_lines_is_refused(phantom, images):
    with pytest.raises(DarfixWBError, match=r"half of the diagonal of a pixel, 0\.269 um"):
        draw_lines(phantom, images, radius_um=0.2)
    with pytest.raises(DarfixWBError, match="half of the diagonal"):
        draw_lines(phantom, images, radius_um=numpy.nan)


def test_the_stack_has_a_page_a_layer_and_the_spacing(tmp_path, phantom, images):
    (path,) = export_network(phantom, tmp_path, ["tiff"], volume=images)
    pages = tifffile.imread(path)
    assert pages.shape == (5, 7, 11)
    assert pages.dtype == numpy.uint8
    drawn = numpy.stack(list(draw_lines(phantom, images)))
    numpy.testing.assert_array_equal(pages, numpy.where(drawn, 255, 0))
    assert pages[0, 3, 5] == 255, "the junction, at row 4.5 um and column 2.4 um"
    assert pages[4, 6, 8] == 255, "the end, at row 5.9 um and column 3.1 um"
    assert pages[4, 0, 0] == pages[0, 6, 10] == 0
    with tifffile.TiffFile(path) as file:
        assert file.is_imagej
        facts = file.imagej_metadata
        across, down = (file.pages[0].tags[name].value for name in ("XResolution", "YResolution"))
    assert facts["spacing"] == pytest.approx(1.25)
    assert facts["unit"] == "um"
    assert facts["Info"].startswith("x = column, y = row, z = layer, in um.")
    assert "x, y, z in um: 1.4 3 20" in facts["Info"]
    assert across[1] / across[0] == pytest.approx(0.2)
    assert down[1] / down[0] == pytest.approx(0.5)


def test_uneven_layers_and_stacks_that_are_too_large_are_refused(
    tmp_path, phantom, images, stack_of, values, monkeypatch
):
    uneven = stack_of(values, numpy.array([0.0, 1.0, 2.3, 3.0, 4.0]))
    with pytest.raises(DarfixWBError, match="A TIFF stack needs layers at even distances"):
        export_network(phantom, tmp_path, ["tiff"], volume=uneven)
    monkeypatch.setattr(mask_tiff, "MOST_BYTES", 300)
    with pytest.raises(DarfixWBError, match="5 x 7 x 11 pixels have"):
        export_network(phantom, tmp_path, ["tiff"], volume=images)
    assert list(tmp_path.iterdir()) == []


def test_a_single_layer_is_a_stack_too(tmp_path, phantom, stack_of, values):
    (path,) = export_network(phantom, tmp_path, ["tiff"], volume=stack_of(values[:1], [20.0]))
    assert tifffile.imread(path).reshape(7, 11)[3, 5] == 255
