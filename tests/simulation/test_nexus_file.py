"""The file: read by darfix, the truth as it was, nothing overwritten or left half written."""

import h5py
import numpy as np
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.simulation import read_truth, simulate_scan, write_scan

from .conftest import small_parameters


@pytest.fixture(scope="module")
def path(small_scan, tmp_path_factory):
    path = tmp_path_factory.mktemp("simulated") / "scan.h5"
    write_scan(path, small_scan)
    return path


def test_darfix_reads_it(path, small_scan, tmp_path):
    from darfix.tasks.hdf5_data_selection import HDF5DataSelection

    task = HDF5DataSelection(
        inputs={
            "raw_input_file": str(path),
            "raw_detector_data_path": "/1.1/measurement/pco_ff",
            "raw_metadata_path": "/1.1/instrument/positioners",
            "treated_data_dir": str(tmp_path),
        }
    )
    task.execute()
    lazy = task.get_output_value("dataset")
    np.testing.assert_allclose(lazy.positioners.data["phi"], small_scan.phi_deg)
    np.testing.assert_array_equal(lazy.to_dataset().as_array3d(), small_scan.frames)


def test_silx_finds_the_picture(path):
    from silx.io.nxdata import get_default

    with h5py.File(path, "r") as file:
        plot = get_default(file)
        assert plot.is_valid
        assert plot.signal.shape == (11, 96, 130)


def test_perfect_crystal_of_a_material_has_a_file(tmp_path):
    """No dislocation at all: empty tables that read back, and the name of the crystal."""
    sample = {
        "material": "Si",
        "reflection": (2, 2, 0),
        "dislocation_density_per_um2": 0.0,
        "boundary_misorientation_urad": 0.0,
    }
    scan = simulate_scan(small_parameters(steps=3, shape=(32, 32), sample=sample))
    write_scan(tmp_path / "silicon.h5", scan)
    truth = read_truth(tmp_path / "silicon.h5")
    assert truth.parameters == scan.parameters
    assert truth.dislocations.burgers_um.shape == (0, 3)
    with h5py.File(tmp_path / "silicon.h5") as file:
        assert file["/1.1/sample/name"].asstr()[()] == "simulated silicon"


def test_one_chunk_a_frame_and_units(path):
    with h5py.File(path, "r") as file:
        data = file["/1.1/instrument/pco_ff/data"]
        assert data.chunks == (1, 96, 130)
        assert data.dtype == np.uint16
        assert file["/1.1/measurement/phi"].attrs["units"] == "degree"


def test_truth_comes_back(path, small_scan):
    truth = read_truth(path)
    assert truth.parameters == small_scan.parameters
    assert truth.frame_shape == (96, 130)
    for name in ("ms", "dev", "illumination", "signal_adu", "local_peak_deg", "dislocation_mask"):
        np.testing.assert_array_equal(getattr(truth, name), getattr(small_scan.truth, name))
    table, expected = truth.dislocations, small_scan.truth.dislocations
    np.testing.assert_array_equal(table.burgers_um, expected.burgers_um)
    np.testing.assert_array_equal(table.g_dot_b, expected.g_dot_b)


def test_nothing_is_overwritten_unasked(path, small_scan):
    before = path.read_bytes()
    with pytest.raises(DarfixWBError, match="must be a new file"):
        write_scan(path, small_scan)
    assert path.read_bytes() == before
    write_scan(path, small_scan, overwrite=True)
    assert [entry.name for entry in path.parent.iterdir()] == ["scan.h5"]


def test_raw_data_is_left_alone(small_scan, tmp_path):
    with pytest.raises(DarfixWBError, match="RAW_DATA"):
        write_scan(tmp_path / "RAW_DATA" / "scan.h5", small_scan)


def test_file_without_truth_is_refused(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["data"] = 1
    with pytest.raises(DarfixWBError, match="The truth must come from"):
        read_truth(tmp_path / "other.h5")
    with pytest.raises(DarfixWBError, match="must exist"):
        read_truth(tmp_path / "absent.h5")
