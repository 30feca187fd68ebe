"""Real scans, as the instruments wrote them."""

from __future__ import annotations

import numpy
import pytest
from darfix.tasks.dimension_definition import DimensionDefinition
from darfix.tasks.hdf5_data_selection import HDF5DataSelection

from darfix_wb.errors import DarfixWBError
from darfix_wb.io.darfix.dataset import scan_from_dataset
from darfix_wb.io.frame_sources import open_scan

SCANS = [
    ("diamond_topographs/SA1_diamond_rocking.h5", "topo_ccd/data", "th", (1, 101), (115, 83)),
    ("id03_rocking/rocking.h5", "pco_ff/data", "mu", (1, 150), (118, 314)),
    ("id03_mosaicity/2D_domains.h5", "pco_ff/image", "diffry", (26, 37), (200, 200)),
    ("id03_rocking/motor_drift.h5", "pco_ff/image", "diffry", (26, 37), (100, 100)),
]


@pytest.mark.parametrize(("name", "detector", "motor", "curves", "shape"), SCANS)
def test_opened_without_saying_what_it_is(real_data, name, detector, motor, curves, shape):
    scan = open_scan(real_data / name)
    assert scan.source.endswith(f"/1.1/instrument/{detector}")
    assert (scan.motor, numpy.shape(scan.curves), scan.frame_shape) == (motor, curves, shape)
    assert sorted(numpy.concatenate(scan.curves)) == list(range(scan.n_frames))
    steps = numpy.diff(scan.angles[numpy.array(scan.curves)], axis=1)
    assert steps.min() > 0.5 * steps.max() > 0
    assert scan.frame(0).dtype == numpy.uint16


@pytest.mark.parametrize(("name", "detector", "motor", "curves", "shape"), SCANS)
def test_darfix_and_the_file_give_one_scan(
    real_data, tmp_path, name, detector, motor, curves, shape
):
    selection = HDF5DataSelection(
        inputs={
            "raw_input_file": str(real_data / name),
            "raw_detector_data_path": f"/1.1/instrument/{detector}",
            "raw_metadata_path": "/1.1/instrument/positioners",
            "treated_data_dir": str(tmp_path),
        }
    )
    selection.execute()
    definition = DimensionDefinition(inputs={"dataset": selection.outputs.dataset})
    definition.execute()
    direct = open_scan(real_data / name)
    for dataset in (selection.outputs.dataset, definition.outputs.dataset):
        scan = scan_from_dataset(dataset)
        assert scan.motor == motor
        numpy.testing.assert_array_equal(scan.curves, direct.curves)
        numpy.testing.assert_array_equal(scan.angles, direct.angles)
        numpy.testing.assert_array_equal(scan.frame(7), direct.frame(7))


def test_the_two_motors_of_a_mosaicity_scan_change_roles(real_data):
    scan = open_scan(real_data / "id03_rocking/motor_drift.h5", motor="chi")
    assert numpy.shape(scan.curves) == (37, 26)
    assert numpy.all(numpy.diff(scan.angles[numpy.array(scan.curves)], axis=1) > 0)


@pytest.mark.parametrize("entry", ["1.1", "2.1"])
def test_the_layers_of_a_mosaicity_scan(real_data, entry):
    scan = open_scan(real_data / "id03_mosaicity/mosa_scan.h5", data_path=entry)
    assert (scan.motor, numpy.shape(scan.curves), scan.warnings) == ("diffrz", (62, 43), ())
    with pytest.raises(DarfixWBError, match=r"1.1/.* \(fscan2d chi .*2.1/.* \(fscan2d chi"):
        open_scan(real_data / "id03_mosaicity/mosa_scan.h5")


def test_a_scan_of_which_most_frames_are_missing(real_data):
    scan = open_scan(real_data / "truncated_scan/316H_dummy_insitu_g1_RSM_2.h5")
    assert (scan.motor, scan.n_frames) == ("diffry", 11)
    assert scan.warnings == (
        "11 of 161 frames were recorded; the last 150 positions of 'diffry' are left out.",
    )
