"""darfix's datasets as rocking scans, through darfix's own tasks."""

from __future__ import annotations

import h5py
import numpy
import pytest
from darfix.core.dataset import Dataset
from darfix.core.dimension import AcquisitionDims, Dimension
from darfix.core.noise_removal_type import NoiseRemovalType
from darfix.tasks.binning import Binning
from darfix.tasks.dimension_definition import DimensionDefinition
from darfix.tasks.hdf5_data_selection import HDF5DataSelection
from darfix.tasks.noise_removal import NoiseRemoval
from darfix.tasks.roi import RoiSelection
from darfix.tasks.transformation import TransformationMatrixComputation

from darfix_wb.errors import DarfixWBError
from darfix_wb.io.darfix.dataset import (
    dataset_directory,
    dataset_with_frames,
    pixel_axes,
    scan_from_dataset,
)
from darfix_wb.io.hdf5_frames import HDF5Frames

MU = numpy.linspace(0.3, 0.35, 6)
CONSTANTS = {"mainx": -5000.0, "obx": 250.0, "obpitch": 18.0, "ffz": 1600.0}


def execute(task, **inputs):
    done = task(inputs=inputs)
    done.execute()
    return done.outputs.dataset


@pytest.fixture
def select(tmp_path):
    def select(path, **inputs):
        return execute(
            HDF5DataSelection,
            raw_input_file=str(path),
            raw_detector_data_path="/1.1/instrument/pco_ff/data",
            raw_metadata_path="/1.1/instrument/positioners",
            treated_data_dir=str(tmp_path / "processed"),
            **inputs,
        )

    return select


@pytest.fixture
def lazy(write_bliss, frames, select):
    path = write_bliss(frames, {"mu": MU, "chi": 2.0, **CONSTANTS})
    with h5py.File(path, "a") as file:
        file["1.1/instrument/positioners/mu"].attrs["units"] = "degree"
        file["dark"] = numpy.stack([numpy.full((12, 10), value, "uint16") for value in (99, 102)])
    return select(path, dark_input_file=str(path), dark_detector_data_path="/dark")


@pytest.fixture
def grid_scan(write_bliss, select):
    """Three positions of chi, four of diffry, zigzag in the file; frames hold their number."""
    chi, diffry = numpy.mgrid[0:0.2:3j, 7.1:7.4:4j]
    diffry[1] = diffry[1, ::-1]
    stack = 100 + numpy.arange(12, dtype="uint16")[:, None, None] * numpy.ones((12, 9, 8), "uint16")
    positions = {"chi": chi.ravel(), "diffry": diffry.ravel()}
    return select(write_bliss(stack, positions, "grid.h5"))


def two_dims():
    return {
        0: {"name": "diffry", "size": 4, "start": 7.1, "stop": 7.4},
        1: {"name": "chi", "size": 3, "start": 0.0, "stop": 0.2},
    }


def numbers(scan, curve):
    return [int(scan.frame(index)[0, 0]) - 100 for index in curve]


def test_a_lazy_dataset_is_streamed(lazy, frames):
    scan = scan_from_dataset(lazy)
    assert isinstance(scan.frames, HDF5Frames)
    assert (scan.motor, scan.unit) == ("mu", "degree")
    numpy.testing.assert_array_equal(scan.angles, MU)
    numpy.testing.assert_array_equal(scan.frame(3), frames[3])
    assert scan.source == lazy.detector_url.path()


def test_dark_images_are_averaged(lazy):
    for dataset in (lazy, execute(DimensionDefinition, dataset=lazy)):
        dark = scan_from_dataset(dataset).dark
        assert dark.dtype == numpy.float32
        numpy.testing.assert_array_equal(dark, numpy.full((12, 10), 100.5))


def test_no_dark_images(grid_scan):
    assert scan_from_dataset(grid_scan).dark is None


def test_a_dark_that_was_subtracted_is_not_subtracted_again(write_bliss, select):
    stack = numpy.full((6, 12, 10), 110, "uint16")
    stack[3] += 500
    path = write_bliss(stack, {"mu": MU})
    with h5py.File(path, "a") as file:
        file["dark"] = numpy.full((2, 12, 10), 100, "uint16")
    dataset = execute(
        DimensionDefinition,
        dataset=select(path, dark_input_file=str(path), dark_detector_data_path="/dark"),
    )
    assert scan_from_dataset(dataset).dark is not None
    parameters = {"method": "median", "background_type": "Dark data"}
    operations = [{"type": NoiseRemovalType.BS, "parameters": parameters}]
    clean = execute(NoiseRemoval, dataset=dataset, operations=operations)
    assert clean.dark_images is not None
    assert clean.as_array3d()[0].max() == 10
    assert scan_from_dataset(clean).dark is None


def test_a_dark_that_no_longer_fits_is_left_out(lazy):
    binned = execute(Binning, dataset=execute(DimensionDefinition, dataset=lazy), scale=0.5)
    assert binned.dark_images.shape == (2, 12, 10)
    assert scan_from_dataset(binned).dark is None


def test_a_region_keeps_its_dark(lazy):
    dataset = execute(DimensionDefinition, dataset=lazy)
    cut = execute(RoiSelection, dataset=dataset, roi_origin=[2, 1], roi_size=[8, 9])
    scan = scan_from_dataset(cut)
    assert scan.dark.shape == scan.frame_shape != (12, 10)


def test_one_dimension(lazy, frames):
    scan = scan_from_dataset(execute(DimensionDefinition, dataset=lazy))
    assert (scan.motor, scan.unit) == ("mu", "degree")
    numpy.testing.assert_array_equal(scan.angles, MU)
    numpy.testing.assert_array_equal(scan.curves, [range(6)])
    numpy.testing.assert_array_equal(numpy.stack(list(scan.iter_frames())), frames)


@pytest.mark.parametrize("is_zigzag", [False, True])
def test_two_dimensions(grid_scan, is_zigzag):
    # Sorted by the recorded angle, whether or not darfix turned the odd lines round.
    dataset = execute(DimensionDefinition, dataset=grid_scan, dims=two_dims(), is_zigzag=is_zigzag)
    assert dataset.data.shape == (3, 4, 9, 8)
    scan = scan_from_dataset(dataset)
    assert scan.motor == "diffry"
    assert numpy.shape(scan.curves) == (3, 4)
    assert numpy.all(numpy.diff(scan.angles[numpy.array(scan.curves)], axis=1) > 0)
    assert [numbers(scan, curve) for curve in scan.curves] == [
        [0, 1, 2, 3],
        [7, 6, 5, 4],
        [8, 9, 10, 11],
    ]


def test_two_dimensions_by_the_slower_motor(grid_scan):
    dataset = execute(DimensionDefinition, dataset=grid_scan, dims=two_dims(), is_zigzag=True)
    scan = scan_from_dataset(dataset, rocking_motor="chi")
    assert numpy.shape(scan.curves) == (4, 3)
    assert [numbers(scan, curve) for curve in scan.curves] == [
        [0, 7, 8],
        [1, 6, 9],
        [2, 5, 10],
        [3, 4, 11],
    ]


def test_two_dimensions_before_they_are_defined(grid_scan):
    scan = scan_from_dataset(grid_scan)
    assert scan.motor == "diffry"
    assert [numbers(scan, curve) for curve in scan.curves][1] == [7, 6, 5, 4]


def test_three_dimensions():
    dims = AcquisitionDims(
        [Dimension("mu", 4, 3.0, 0.0), Dimension("chi", 3, 0, 2), Dimension("z", 2, 0, 1)]
    )
    stack = 100 + numpy.arange(24)[:, None, None] * numpy.ones((24, 9, 8), "int64")
    dataset = Dataset("", raw_data=stack, dims=dims)
    dataset.reshape_data()
    scan = scan_from_dataset(dataset)
    assert numpy.shape(scan.curves) == (6, 4)
    assert numbers(scan, scan.curves[5]) == [23, 22, 21, 20]
    scan = scan_from_dataset(dataset, rocking_motor="chi")
    assert numpy.shape(scan.curves) == (8, 3)
    assert numbers(scan, scan.curves[0]) == [0, 4, 8]


def test_angles_of_the_dimension_where_none_were_recorded(frames):
    dims = AcquisitionDims([Dimension("mu", 6, 1.0, 2.0)])
    scan = scan_from_dataset(Dataset("", raw_data=frames, dims=dims))
    numpy.testing.assert_allclose(scan.angles, numpy.linspace(1, 2, 6))
    assert (scan.unit, scan.source) == ("", "")


def test_no_dimensions_but_one_moving_motor(lazy):
    scan = scan_from_dataset(lazy.to_dataset())
    assert scan.motor == "mu"
    numpy.testing.assert_array_equal(scan.angles, MU)


def test_no_dimensions_and_two_moving_motors(grid_scan):
    loaded = grid_scan.to_dataset()
    scan = scan_from_dataset(loaded)
    assert scan.motor == "diffry"
    assert [numbers(scan, curve) for curve in scan.curves][1] == [7, 6, 5, 4]


@pytest.fixture
def hidden_grid(write_bliss, select):
    """A grid of chi and diffry whose chi darfix does not read."""
    chi, diffry = (values.ravel() for values in numpy.mgrid[0:0.2:3j, 7.1:7.4:4j])
    stack = 100 + numpy.arange(12, dtype="uint16")[:, None, None] * numpy.ones((12, 9, 8), "uint16")
    path = write_bliss(stack, {"diffry": diffry}, "hidden.h5")
    with h5py.File(path, "a") as file:
        file["1.1/title"] = "fscan2d chi 0 0.1 3 diffry 7.1 0.1 4 1"
        file["1.1/instrument/chi/value"] = chi
        file["1.1/measurement/ct32"] = numpy.arange(12.0) ** 2
    return select(path)


def test_a_motor_that_darfix_does_not_read(hidden_grid):
    lines = [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    defined = execute(DimensionDefinition, dataset=hidden_grid)
    assert defined.dims.get_names() == ["diffry"]
    for dataset in (hidden_grid, hidden_grid.to_dataset(), defined):
        scan = scan_from_dataset(dataset)
        assert scan.motor == "diffry"
        assert [curve.tolist() for curve in scan.curves] == lines
    assert scan.warnings[0].startswith(
        "darfix's dimensions name only 'diffry', which goes over its"
    )
    assert scan_from_dataset(hidden_grid).warnings == ()
    across = scan_from_dataset(hidden_grid, rocking_motor="chi")
    assert [curve.tolist() for curve in across.curves] == numpy.transpose(lines).tolist()


def test_counters_among_the_positions(write_bliss, frames, tmp_path):
    path = write_bliss(frames, {"mu": 0.3})
    with h5py.File(path, "a") as file:
        file["1.1/measurement/mu"] = MU
        file["1.1/measurement/ct32"] = numpy.arange(6.0) ** 2
        file["1.1/measurement/epoch"] = numpy.arange(6.0)
    dataset = execute(
        HDF5DataSelection,
        raw_input_file=str(path),
        raw_detector_data_path="/1.1/instrument/pco_ff/data",
        raw_metadata_path="/1.1/measurement",
        treated_data_dir=str(tmp_path),
    )
    for one in (dataset, dataset.to_dataset()):
        assert scan_from_dataset(one).motor == "mu"


def test_a_scan_that_was_stopped(write_bliss, select, frames):
    dataset = select(write_bliss(frames, {"mu": numpy.linspace(0, 1, 9)}))
    for one in (dataset, dataset.to_dataset()):
        scan = scan_from_dataset(one)
        assert scan.warnings == (
            "6 of 9 frames were recorded; the last 3 positions of 'mu' are left out.",
        )
        numpy.testing.assert_array_equal(scan.angles, numpy.linspace(0, 1, 9)[:6])


def test_frames_without_a_position(write_bliss, select, frames):
    mu = numpy.append(MU[:4], [numpy.nan, numpy.nan])
    scan = scan_from_dataset(select(write_bliss(frames, {"mu": mu})))
    assert scan.left_out == dict.fromkeys((4, 5), "no position of 'mu'")


def test_the_file_of_a_dataset_is_gone(write_bliss, select, frames):
    path = write_bliss(frames, {"mu": MU})
    dataset = select(path).to_dataset()
    path.unlink()
    assert (scan_from_dataset(dataset).motor, scan_from_dataset(dataset).unit) == ("mu", "")


def test_no_dimensions_and_no_positions(frames):
    with pytest.raises(DarfixWBError, match=r"'metadata path \(positioners\)' in darfix's 'HDF5"):
        scan_from_dataset(Dataset("", raw_data=frames))


def test_an_unknown_rocking_motor(lazy, grid_scan):
    dataset = execute(DimensionDefinition, dataset=grid_scan, dims=two_dims())
    with pytest.raises(DarfixWBError, match="dimensions diffry, chi, got 'omega'"):
        scan_from_dataset(dataset, rocking_motor="omega")
    with pytest.raises(DarfixWBError, match="got 'chi'; moving here: mu"):
        scan_from_dataset(lazy, rocking_motor="chi")


@pytest.mark.parametrize("wrong", [None, "scan.h5", numpy.zeros((3, 9, 8))])
def test_what_is_no_dataset(wrong):
    for function in (scan_from_dataset, dataset_directory, pixel_axes):
        with pytest.raises(
            DarfixWBError, match=f"must be a darfix dataset, got {type(wrong).__name__}"
        ):
            function(wrong)


def test_new_frames_keep_everything_else(grid_scan):
    dataset = execute(DimensionDefinition, dataset=grid_scan, dims=two_dims())
    new = dataset_with_frames(dataset, numpy.ones((12, 9, 8), "float32"))
    assert type(new) is Dataset
    assert new.data.shape == (3, 4, 9, 8)
    assert new.data.dtype == numpy.float32
    assert new.dims.get_names() == ["diffry", "chi"]
    assert new.positioners is dataset.positioners
    assert dataset.as_array3d()[5, 0, 0] == 105
    numpy.testing.assert_array_equal(
        scan_from_dataset(new).curves, scan_from_dataset(dataset).curves
    )


def test_new_frames_of_a_lazy_dataset(lazy):
    new = dataset_with_frames(lazy, numpy.ones((6, 12, 10), "float32"))
    assert type(new) is Dataset
    assert dataset_directory(new) == dataset_directory(lazy)
    assert new.positioners is lazy.positioners
    assert new.dark_images is lazy.dark_images
    assert scan_from_dataset(new).motor == "mu"


def test_new_frames_of_another_shape(lazy):
    for dataset in (lazy, lazy.to_dataset()):
        with pytest.raises(DarfixWBError, match=r"shape \(6, 12, 10\) of the dataset's own"):
            dataset_with_frames(dataset, numpy.ones((5, 12, 10)))


def test_no_pixel_axes_before_darfix_knows_them(lazy):
    assert pixel_axes(lazy) is None
    assert pixel_axes(lazy.to_dataset()) is None


def test_pixel_axes_of_a_magnified_frame_that_is_not_square(lazy):
    dataset = execute(DimensionDefinition, dataset=lazy)
    dataset = execute(TransformationMatrixComputation, dataset=dataset, magnification=1.9)
    rows, columns = pixel_axes(dataset)
    step = 1.9 / (5000 / 250 - 1)
    numpy.testing.assert_allclose(rows.values, step * (6 - numpy.arange(12)), atol=1e-12)
    numpy.testing.assert_allclose(columns.values, step * (numpy.arange(10) - 5), atol=1e-12)
    assert (rows.unit, columns.unit) == ("um", "um")


@pytest.mark.parametrize("rotate", [False, True])
def test_pixel_axes_in_reciprocal_space(lazy, rotate):
    dataset = execute(DimensionDefinition, dataset=lazy)
    dataset = execute(
        TransformationMatrixComputation,
        dataset=dataset,
        kind="rsm",
        pixelSize="PcoEdge_2x",
        rotate=rotate,
    )
    rows, columns = pixel_axes(dataset)
    assert (rows.values.size, columns.values.size) == (12, 10)
    assert (rows.unit, columns.unit) == ("degree", "degree")
    assert (rows.label, columns.label)[rotate] == "two theta"
    two_theta = (rows, columns)[rotate].values
    numpy.testing.assert_allclose(two_theta, numpy.degrees(numpy.arctan2(1600, 5000)), atol=1e-3)


def test_pixel_axes_that_no_longer_fit(lazy):
    dataset = execute(DimensionDefinition, dataset=lazy)
    dataset = execute(TransformationMatrixComputation, dataset=dataset, magnification=1.9)
    assert pixel_axes(execute(Binning, dataset=dataset, scale=0.5)) is None
