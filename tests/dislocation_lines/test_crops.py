"""Crops along lines: a Gaussian tube about a known line comes out straight, in the middle."""

import h5py
import numpy
import pytest
from silx.io.nxdata import get_default

from darfix_wb.dislocation_lines.crop_file import CropConditions, write_crops
from darfix_wb.dislocation_lines.crops import crop_lines
from darfix_wb.dislocation_lines.image_stack import ImageStack
from darfix_wb.dislocation_lines.line import DislocationLine, LineKind
from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.progress import Monitor

PIXEL, ORIGIN, SHAPE = (0.25, 0.1), (2.0, 1.0), (48, 90)
ROWS, COLUMNS = (
    origin + pixel * numpy.arange(count)
    for origin, pixel, count in zip(ORIGIN, PIXEL, SHAPE, strict=True)
)
LAYERS = numpy.arange(6.0)


def stack(read, positions=LAYERS, units=None):
    return ImageStack(
        positions, SHAPE, PIXEL, ORIGIN, units or {"wb_low": "counts", "wb_high": "counts"}, read
    )


def through():
    """A tilted line from layer 0.5 to 4.5, and images of it: one shows its left side only."""
    line = DislocationLine(
        numpy.array([(4.5, 10.25, 3.15), (0.5, 6.25, 7.15)]), kind=LineKind.THROUGH_LAYERS
    )

    def read(name, index):
        row, column = 6.25 + (index - 0.5), 7.15 - (index - 0.5)
        squared = ((ROWS[:, None] - row) / 0.5) ** 2 + ((COLUMNS - column) / 0.3) ** 2
        side = 1.0 if name == "wb_low" else (column > COLUMNS)
        return numpy.exp(-squared / 2) * side * (index + 1)

    return line, read


def test_a_tilted_line_is_straight_and_in_the_middle():
    line, read = through()
    ((crop,), _) = crop_lines(stack(read), [line], width_um=2.0)
    image = crop.images["wb_low"]
    assert image.shape == (4, 9, 21)
    assert crop.along_um.tolist() == [1, 2, 3, 4]
    numpy.testing.assert_allclose(crop.offsets_um[0], 0.25 * numpy.arange(-4, 5))
    numpy.testing.assert_allclose(crop.offsets_um[1], 0.1 * numpy.arange(-10, 11), atol=1e-12)
    rows, columns = crop.offsets_um
    expected = numpy.exp(-((rows[:, None] / 0.5) ** 2 + (columns / 0.3) ** 2) / 2)
    for layer, part in enumerate(image):
        numpy.testing.assert_allclose(part / (layer + 2), expected, atol=0.05)
        assert part.argmax() == part.size // 2
    numpy.testing.assert_allclose(crop.points_um[1], (2, 7.75, 5.65))


def test_sides_are_not_swapped():
    line, read = through()
    ((crop,), _) = crop_lines(stack(read), [line], width_um=2.0)
    left, right = crop.images["wb_high"][:, :, :9], crop.images["wb_high"][:, :, 12:]
    assert left.max() > 1
    assert right.max() == 0


def test_values_are_those_of_the_volume(images, phantom, values):
    line = DislocationLine(numpy.array([(20.0, 4.5, 2.4), (25.0, 4.5, 2.4)]))
    ((crop,), _) = crop_lines(images, [line], width_um=1.0)
    numpy.testing.assert_array_equal(crop.images["dislocation_image"][:, 1, 3], values[:, 3, 5])
    numpy.testing.assert_array_equal(crop.images["dislocation_image"][:, 0, 2], values[:, 2, 4])
    numpy.testing.assert_array_equal(crop.images["line_probability"][:, 2, 6], -values[:, 4, 8])


def test_missing_layers_and_what_is_outside_are_nan():
    line, read = through()
    images = stack(read, positions=numpy.array([0.0, 1.0, 3.0, 4.0]))
    ((crop,), _) = crop_lines(images, [line], width_um=1.0)
    assert crop.along_um.tolist() == [1, 2, 3, 4]
    assert numpy.isnan(crop.images["wb_low"][1]).all()
    assert numpy.isfinite(crop.images["wb_low"][[0, 2, 3]]).all()
    at_side = DislocationLine(numpy.array([(0.0, 2.0, 1.0), (5.0, 2.0, 1.0)]))
    ((crop,), _) = crop_lines(stack(read), [at_side], width_um=1.0)
    assert numpy.isnan(crop.images["wb_low"][:, :2]).all()
    assert numpy.isnan(crop.images["wb_low"][:, :, :5]).all()
    assert numpy.isfinite(crop.images["wb_low"][:, 2:, 5:]).all()


def arc():
    """A quarter of a circle of 3 um in layer 2, and images: signed distance beyond the circle."""
    angles = numpy.linspace(0, numpy.pi / 2, 40)
    centre = numpy.array([4.0, 3.0])
    places = centre + 3.0 * numpy.stack([numpy.sin(angles), numpy.cos(angles)], axis=1)
    points = numpy.column_stack([numpy.full(40, 2.1), places])

    def read(name, index):
        radius = numpy.hypot(ROWS[:, None] - centre[0], COLUMNS - centre[1])
        return (radius - 3.0) + 100 * (index != 2)

    return DislocationLine(points, kind=LineKind.IN_LAYER), read


def test_a_curved_line_in_a_layer_is_straightened():
    line, read = arc()
    ((crop,), _) = crop_lines(stack(read, units={"wb_low": "counts"}), [line], width_um=1.6)
    image = crop.images["wb_low"]
    assert crop.layer_um == 2.0
    assert image.shape == (len(crop.along_um), 17)
    assert crop.along_um[-1] == pytest.approx(1.5 * numpy.pi, rel=1e-3)
    assert numpy.diff(crop.along_um).max() <= 0.1
    across = crop.offsets_um[0]
    middle = slice(6, -6)
    signs = numpy.sign(numpy.mean(image[middle] * across))
    numpy.testing.assert_allclose(
        image[middle], numpy.tile(signs * across, (len(image), 1))[middle], atol=0.04
    )
    assert signs == -1, "along goes to smaller columns here: across to smaller radii"


def test_across_goes_to_greater_rows_along_greater_columns():
    line = DislocationLine(numpy.array([(2.0, 6.0, 2.0), (2.0, 6.0, 8.0)]))

    def read(name, index):
        return ROWS[:, None] + 100 * COLUMNS

    ((crop,), _) = crop_lines(stack(read, units={"a": ""}), [line], width_um=1.0)
    expected = (6.0 + crop.offsets_um[0]) + 100 * (2.0 + crop.along_um[:, None])
    numpy.testing.assert_allclose(crop.images["a"], expected, rtol=1e-5)


def test_lines_that_cannot_be_cut_are_refused():
    _, read = through()
    images = stack(read)
    turning = DislocationLine(numpy.array([(0.0, 4, 4), (3.0, 5, 5), (1.0, 6, 6)]))
    outside = DislocationLine(numpy.array([(9.0, 4, 4), (9.0, 5, 5)]))
    between = DislocationLine(numpy.array([(1.2, 4, 4), (1.8, 5, 5)]), kind=LineKind.THROUGH_LAYERS)
    point = DislocationLine(numpy.array([(1.0, 4, 4), (1.0, 4, 4)]))
    for line, words in [
        (turning, "line 0 turns back between layers"),
        (outside, "line 0 does not"),
        (between, "line 0 does not"),
        (point, "line 0 has none"),
    ]:
        with pytest.raises(DarfixWBError, match=words):
            crop_lines(images, [line])
    crops, warnings = crop_lines(images, [turning, through()[0], outside])
    assert [crop.number for crop in crops] == [1]
    (warning,) = warnings
    assert warning.startswith("2 of 3 lines were left out. The first: A line that is cut layer by")
    with pytest.raises(DarfixWBError, match=r"at least two pixels wide, 0\.5 um, got 0\.4 um"):
        crop_lines(images, [], width_um=0.4)
    with pytest.raises(DarfixWBError, match="without any"):
        crop_lines(ImageStack(LAYERS, SHAPE, PIXEL, ORIGIN), [outside])


def test_each_image_is_read_once_and_cancelling_stops():
    line, read = through()
    asked = []

    def counted(name, index):
        asked.append((name, index))
        return read(name, index)

    crops, _ = crop_lines(stack(counted), [line, line, arc()[0]], width_um=1.0)
    assert [crop.number for crop in crops] == [0, 1, 2]
    assert sorted(asked) == sorted((name, k) for name in ("wb_low", "wb_high") for k in range(1, 5))
    with pytest.raises(OperationCancelled):
        crop_lines(stack(read), [line], monitor=Monitor(cancelled=lambda: True))


def test_the_file_holds_images_axes_and_conditions(tmp_path):
    lines = [through()[0], arc()[0]]
    crops, _ = crop_lines(stack(through()[1]), lines, width_um=2.0)
    conditions = CropConditions((1, 1, -1), (("wb_low", -0.012),))
    write_crops(tmp_path / "crops.h5", crops, conditions=conditions)
    with h5py.File(tmp_path / "crops.h5") as file:
        assert get_default(file).signal.name == "/entry/crops/line_0000/wb_low/wb_low"
        group = file["entry/crops"]
        assert group["reflection"][()].tolist() == [1, 1, -1]
        first, second = group["line_0000"], group["line_0001"]
        numpy.testing.assert_array_equal(first["wb_low/wb_low"][()], crops[0].images["wb_low"])
        assert first["wb_low/z"][()].tolist() == [1, 2, 3, 4]
        numpy.testing.assert_allclose(first["wb_low/row"][()], crops[0].offsets_um[0])
        numpy.testing.assert_allclose(first["wb_low/column"][()], crops[0].offsets_um[1])
        numpy.testing.assert_allclose(first["um_per_pixel"][()], [1, 0.25, 0.1])
        assert first["wb_low/column"].attrs["units"] == "um"
        numpy.testing.assert_array_equal(first["points"][()], crops[0].points_um)
        assert first["points"].attrs["axes_of_points"] == "layer, row, column"
        assert first["wb_low/rocking_offset"][()] == -0.012
        assert first["wb_low/rocking_offset"].attrs["units"] == "degree"
        assert first["wb_high/rocking_offset"].asstr()[()] == "not known"
        assert first["burgers"].asstr()[()] == "not known"
        assert second["kind"].asstr()[()] == "in_layer"
        assert second["layer"][()] == 2.0
        numpy.testing.assert_allclose(second["um_per_pixel"][()], [0.1, 0.1], rtol=0.03)


def test_what_is_not_known_is_said(tmp_path):
    crops, _ = crop_lines(stack(through()[1]), [through()[0]])
    write_crops(tmp_path / "crops.h5", crops, warnings=["One sentence."])
    with h5py.File(tmp_path / "crops.h5") as file:
        assert file["entry/crops/reflection"].asstr()[()] == "not known"
        assert file["entry/crops/warnings"].asstr()[()].tolist() == ["One sentence."]
    with pytest.raises(DarfixWBError, match="must be a new file"):
        write_crops(tmp_path / "crops.h5", crops)
    write_crops(tmp_path / "none.h5", [])
    with h5py.File(tmp_path / "none.h5") as file:
        assert not any(name.startswith("line_") for name in file["entry/crops"])
