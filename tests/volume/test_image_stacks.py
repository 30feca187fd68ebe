"""Images of a volume with their places: region, binning, motors, layers that failed."""

import h5py
import numpy
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.volume.image_stacks import open_image_stack
from darfix_wb.volume.layer import Layer
from darfix_wb.volume.layout import create_volume
from darfix_wb.volume.options import LayerOptions
from darfix_wb.volume.plan import VolumePlan
from darfix_wb.volume.region import Region
from darfix_wb.volume.summary import LayerState


def write_volume(path, positions, *, unit="mm", binning=1, region=None, failed=()):
    """A volume whose voxels all have values of their own."""
    options = LayerOptions(binning=binning, region=region)
    layers = tuple(Layer(f"{k}.h5", f"{k}.1", place) for k, place in enumerate(positions))
    plan = VolumePlan(
        layers, options, "pz", unit, "", "", "", "cpu", frame_shape=(64, 96), patch_size=32,
        stride=32, n_frames=3,
    )  # fmt: skip
    create_volume(path, plan)
    shape = (len(layers), *plan.image_shape)
    values = numpy.arange(numpy.prod(shape), dtype=numpy.float32).reshape(shape)
    with h5py.File(path, "a") as file:
        group = file["entry/volume"]
        group["wb_low/wb_low"][...] = values
        group["dislocation_image/dislocation_image"][...] = -values
        states = numpy.full(len(layers), LayerState.DONE, numpy.uint8)
        states[list(failed)] = LayerState.FAILED
        group["layers/state"][...] = states
    return values


def test_images_and_their_places(tmp_path):
    values = write_volume(tmp_path / "volume.h5", [1.0, 1.001, 1.003])
    names = ("wb_low", "dislocation_image")
    stack = open_image_stack(tmp_path / "volume.h5", names, pixel_um=(0.2, 0.05))
    numpy.testing.assert_allclose(stack.positions_um, [1000, 1001, 1003])
    assert stack.units == {"wb_low": "counts", "dislocation_image": "sigma"}
    assert (stack.image_shape, stack.pixel_um, stack.origin_um) == ((64, 96), (0.2, 0.05), (0, 0))
    images = [stack.image("wb_low", plane) for plane in stack.planes]
    numpy.testing.assert_array_equal(numpy.stack(images)[[0, 1, 3]], values)
    numpy.testing.assert_array_equal(stack.image("dislocation_image", stack.planes[3]), -values[2])


def test_layers_that_failed_are_nan(tmp_path):
    values = write_volume(tmp_path / "volume.h5", [0.0, 1.0, 2.0], unit="um", failed=[1])
    stack = open_image_stack(tmp_path / "volume.h5", ["wb_low"], pixel_um=(1.0, 1.0))
    images = [stack.image("wb_low", plane) for plane in stack.planes]
    assert numpy.isnan(images[1]).all()
    numpy.testing.assert_array_equal(images[2], values[2])


def test_region_and_binning_move_and_widen_the_pixels(tmp_path):
    write_volume(tmp_path / "volume.h5", [0.0, 1.0], binning=2, region=Region(100, 164, 30, 126))
    stack = open_image_stack(tmp_path / "volume.h5", ["wb_low"], pixel_um=(0.2, 0.05))
    assert stack.image_shape == (32, 48)
    numpy.testing.assert_allclose(stack.pixel_um, (0.4, 0.1))
    numpy.testing.assert_allclose(stack.origin_um, (100.5 * 0.2, 30.5 * 0.05))


def test_positions_are_known_or_given(tmp_path):
    write_volume(tmp_path / "volume.h5", [None, None, None], unit="")
    with pytest.raises(DarfixWBError, match="must lie at known positions"):
        open_image_stack(tmp_path / "volume.h5", ["wb_low"], pixel_um=(1.0, 1.0))
    stack = open_image_stack(
        tmp_path / "volume.h5", ["wb_low"], pixel_um=(1.0, 1.0), layer_step_um=0.5
    )
    assert stack.positions_um.tolist() == [0.0, 0.5, 1.0]
    write_volume(tmp_path / "one.h5", [0.0, None, 2.0, 3.0], unit="um")
    stack = open_image_stack(tmp_path / "one.h5", ["wb_low"], pixel_um=(1.0, 1.0))
    assert stack.positions_um.tolist() == [0.0, 1.0, 2.0, 3.0]


def test_other_images_and_files_are_refused(tmp_path):
    write_volume(tmp_path / "volume.h5", [0.0, 1.0])
    with pytest.raises(DarfixWBError, match=r"among weak_beam, .*got strain"):
        open_image_stack(tmp_path / "volume.h5", ["strain"], pixel_um=(1.0, 1.0))
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["values"] = 1
    with pytest.raises(DarfixWBError, match="must hold the volume of darfix-wb"):
        open_image_stack(tmp_path / "other.h5", ["wb_low"], pixel_um=(1.0, 1.0))
