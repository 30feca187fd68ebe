"""What is drawn, coloured and clicked is the same patch."""

import numpy
import pytest

from darfix_wb.gui.plots.patch_cells import PatchCells
from darfix_wb.patches import PatchGrid


@pytest.mark.parametrize("grid", [PatchGrid((50, 70), 16), PatchGrid((50, 70), 16, 8)])
def test_a_place_belongs_to_the_nearest_patch(grid):
    cells = PatchCells(grid)
    rows, columns = grid.shape
    index = numpy.arange(rows * columns).reshape(rows, columns)
    picture = cells.spread(index)
    assert picture.shape == grid.frame_shape
    centres = grid.origins + grid.patch_size / 2
    for y in range(0, 50, 3):
        for x in range(0, 70, 3):
            row, column = cells.at(y + 0.5, x + 0.5)
            assert picture[y, x] == index[row, column]
            distance = numpy.abs(centres - (y + 0.5, x + 0.5)).max(axis=1)
            assert distance[index[row, column]] <= distance.min() + 1e-9


def test_beside_the_frame_is_no_patch():
    cells = PatchCells(PatchGrid((50, 70), 16))
    assert cells.at(-0.1, 5) is None
    assert cells.at(5, 70) is None
    assert cells.nearest(500, -3) == (3, 0)


def test_lines_end_at_the_frame():
    x, y = PatchCells(PatchGrid((50, 70), 16)).lines()
    assert (numpy.nanmin(x), numpy.nanmax(x)) == (0, 70)
    assert (numpy.nanmin(y), numpy.nanmax(y)) == (0, 50)
    assert PatchCells(PatchGrid((50, 70), 16)).bounds(3, 4) == (48, 50, 64, 70)
