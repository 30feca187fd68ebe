"""A volume from its layers: what is in the file, what fails, what is refused."""

from __future__ import annotations

import json
import resource
from dataclasses import replace

import h5py
import numpy
import pytest
from silx.io.nxdata import get_default

from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.pixels import GivenMask
from darfix_wb.progress import Monitor
from darfix_wb.volume.layer import Layer
from darfix_wb.volume.layer_job import LayerJob
from darfix_wb.volume.layout import SUMMARY_UNITS
from darfix_wb.volume.lock import locked
from darfix_wb.volume.region import Region
from darfix_wb.volume.runner import classify_volume
from darfix_wb.volume.summary import LayerState
from darfix_wb.volume.volume_file import read_summary, read_volume_plan

from .conftest import differing, write_layers

pytestmark = pytest.mark.usefixtures("one_thread")


def test_the_file_holds_what_each_layer_gives(layers, options, undisturbed):
    result = LayerJob(options)(layers[4])
    assert set(result.summary) == set(SUMMARY_UNITS)
    with h5py.File(undisturbed) as file:
        volume = file["entry/volume"]
        for name, image in result.images.items():
            data = volume[name][name]
            assert data.shape == (12, 96, 128)
            assert data.dtype == numpy.float32
            assert data.id.get_create_plist().get_layout() == h5py.h5d.CONTIGUOUS
            numpy.testing.assert_array_equal(data[4], image)
        conditions = volume["conditions/conditions"]
        assert conditions.shape == (12, 7, 6, 8)
        numpy.testing.assert_array_equal(conditions[4, :6], result.conditions)
        assert (conditions[4, 6] == 255).all()
        assert (conditions[5] != 255).all()
        table = volume["layers"]
        assert table["state"][()].tolist() == [1] * 12
        assert table["state"].attrs["meaning"] == "0 pending, 1 done, 2 failed"
        for name, value in result.summary.items():
            assert table[name][4] == value
        assert (table["seconds"][()] > 0).all()
        assert table["url"].asstr()[4] == layers[4].url
        assert table["position"][()].tolist() == [layer.position for layer in layers]
        assert table["position"].attrs["units"] == "um"


def test_it_opens_as_a_picture_with_its_axes(undisturbed):
    with h5py.File(undisturbed) as file:
        shown = get_default(file)
        assert shown.signal.name == "/entry/volume/dislocation_image/dislocation_image"
        assert shown.interpretation == "image"
        assert shown.axes_dataset_names == ["z", "minus_y", "x"]
        z, rows, columns = shown.axes
        numpy.testing.assert_array_equal(z, 2.0 * numpy.arange(12))
        assert (z.attrs["units"], rows.attrs["units"], columns.attrs["units"]) == ("um", "px", "px")
        for group in file["entry/volume"].values():
            assert group.attrs.get("NX_class") != "NXdata" or "signal" in group.attrs


def test_the_file_says_how_it_was_made(layers, options, undisturbed):
    plan = read_volume_plan(undisturbed)
    assert plan.layers == layers
    assert plan.options == options
    assert (plan.patch_size, plan.stride, plan.n_frames) == (16, 16, 7)
    assert len(plan.model_hash) == len(plan.detector_hash) == 64
    with h5py.File(undisturbed) as file:
        volume = file["entry/volume"]
        assert json.loads(volume["parameters/data"].asstr()[()]) == json.loads(
            json.dumps(plan.as_dict())
        )
        assert volume["model_hash"].asstr()[()] == plan.model_hash
        assert volume["program"].asstr()[()] == "darfix-wb"


def test_region_binning_mask_and_no_lines(tmp_path, options):
    layers = write_layers(tmp_path, 2)
    chosen = replace(options, region=Region(8, 88, 0, 100), binning=3, find_dislocations=False)
    pixels = numpy.zeros((80, 100), bool)
    pixels[30:36, 30:36] = True
    path = tmp_path / "volume.h5"
    assert classify_volume(layers, chosen, path, mask=GivenMask(pixels)).complete
    with h5py.File(path) as file:
        volume = file["entry/volume"]
        assert "dislocation_image" not in volume
        assert volume["strong_beam/strong_beam"].shape == (2, 27, 34)
        assert volume["strong_beam/y"][:2].tolist() == [9, 12]
        assert numpy.isnan(volume["strong_beam/strong_beam"][:, 10:12, 10:12]).all()
        assert numpy.isfinite(volume["strong_beam/strong_beam"][:, 2:8, 2:8]).all()
        assert volume["invalid_pixels/invalid_pixels"][()][pixels].all()
        assert get_default(file).signal.name == "/entry/volume/weak_beam/weak_beam"


def test_a_bad_layer_fails_with_its_reason_and_the_run_goes_on(tmp_path, layers, options):
    other_shape = write_layers(tmp_path, 1, shape=(64, 128))[0]
    nowhere = Layer(str(tmp_path / "nowhere.h5"), "nowhere", 1.0)
    damaged = tmp_path / "damaged.h5"
    damaged.write_bytes(b"no HDF5" * 100)
    given = (layers[0], nowhere, layers[1], Layer(str(damaged), "damaged", 2.0), other_shape)
    path, seen = tmp_path / "volume.h5", []
    summary = classify_volume(given, options, path, on_layer=seen.append)
    assert [record.state.name for record in summary.layers] == [
        *("DONE", "FAILED", "DONE", "FAILED", "FAILED")
    ]
    assert tuple(seen) == summary.layers
    assert (summary.n_done, summary.n_failed, summary.n_pending) == (2, 3, 0)
    assert "must exist" in summary.layers[1].reason
    assert "damaged.h5" in summary.layers[3].reason
    assert "must have the shape (96, 128)" in summary.layers[4].reason
    with h5py.File(path) as file:
        assert numpy.isnan(file["entry/volume/weak_beam/weak_beam"][1]).all()
        assert (file["entry/volume/conditions/conditions"][3] == 255).all()
    # Once its file is there, the failed layer is computed, and no other.
    (tmp_path / "nowhere.h5").hardlink_to(layers[3].url)
    seen.clear()
    summary = classify_volume(given, options, path, on_layer=seen.append)
    assert [record.index for record in seen] == [1, 3, 4]
    assert summary.layers[1].state == LayerState.DONE
    assert summary.layers[1].reason == ""
    assert summary.layers[3].state == LayerState.FAILED


def test_all_layers_unreadable_changes_nothing(tmp_path, options):
    layers = [Layer(str(tmp_path / f"{name}.h5"), name) for name in "ab"]
    with pytest.raises(DarfixWBError, match=r"none of 2 is\. Of the first: The file must exist"):
        classify_volume(layers, options, tmp_path / "volume.h5")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_gone_marks_no_layer_as_failed(tmp_path, options):
    (tmp_path / "disk").mkdir()
    layers = write_layers(tmp_path / "disk", 3)
    path = tmp_path / "volume.h5"
    stop_after(1, layers, options, path)
    (tmp_path / "disk").rename(tmp_path / "unmounted")
    with pytest.raises(DarfixWBError, match="none of 2 is"):
        classify_volume(layers, options, path)
    assert str(read_summary(path)) == "1 of 3 layers done, 0 failed, 2 pending"
    (tmp_path / "unmounted").rename(tmp_path / "disk")
    assert classify_volume(layers, options, path).complete


def stop_after(count, layers, options, path, **given):
    """Cancel a run as soon as some layers are in the file."""
    done = []
    monitor = Monitor(cancelled=lambda: len(done) >= count)
    with pytest.raises(OperationCancelled):
        classify_volume(layers, options, path, monitor=monitor, on_layer=done.append, **given)


def test_a_cancelled_run_goes_on_and_gives_the_same(tmp_path, layers, options, undisturbed):
    path = tmp_path / "volume.h5"
    stop_after(3, layers, options, path, motor="samz", unit="um")
    summary = read_summary(path)
    assert 3 <= summary.n_done < 12
    assert summary.n_done + summary.n_pending == 12
    fractions, seen = [], []
    summary = classify_volume(
        layers,
        options,
        path,
        motor="samz",
        unit="um",
        monitor=Monitor(fractions.append),
        on_layer=seen.append,
    )
    assert summary.complete
    assert len(seen) < 10
    assert fractions == sorted(fractions)
    assert fractions[0] >= 3 / 12
    assert fractions[-1] == pytest.approx(1)
    assert differing(undisturbed, path) == set()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["volume.h5"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"stride": 8}, "was begun with stride 16, and 8 is given now"),
        ({"region": Region(0, 90, 0, 90)}, "with region None, and 0:90,0:90 is given now"),
        ({"find_dislocations": False}, "with find_dislocations True, and False is given"),
    ],
)
def test_other_options_are_refused(tmp_path, layers, options, undisturbed, change, sentence):
    before = undisturbed.read_bytes()
    given = {"motor": "samz", "unit": "um"}
    with pytest.raises(DarfixWBError, match=sentence):
        classify_volume(layers, replace(options, **change), undisturbed, **given)
    assert undisturbed.read_bytes() == before


def test_other_layers_model_or_mask_are_refused(
    tmp_path, layers, options, undisturbed, simulated_model
):
    given = {"motor": "samz", "unit": "um"}
    with pytest.raises(DarfixWBError, match="begun with 12 layers, and 11 are given now"):
        classify_volume(layers[1:], options, undisturbed, **given)
    with pytest.raises(DarfixWBError, match=r"the layer layer_00 .*, and layer_01 .* in its place"):
        classify_volume((layers[1], layers[0], *layers[2:]), options, undisturbed, **given)
    with pytest.raises(DarfixWBError, match=r"the model of SHA-256 .*, and .* is given now"):
        classify_volume(layers, replace(options, model_file=simulated_model), undisturbed, **given)
    mask = GivenMask(numpy.eye(96, 128))
    with pytest.raises(DarfixWBError, match="the mask of SHA-256 none, and"):
        classify_volume(layers, options, undisturbed, mask=mask, **given)


@pytest.fixture
def simulated_model(tmp_path):
    """The shipped model with another calibration."""
    from darfix_wb.model import BeamModel

    path = tmp_path / "model.safetensors"
    model = BeamModel.load()
    calibration = replace(model.context_calibration, thresholds=(0.2, 0.2))
    replace(model, context_calibration=calibration).save(path)
    return str(path)


def test_frames_of_another_shape_than_begun_are_refused(tmp_path, options):
    layers = write_layers(tmp_path, 3)
    path = tmp_path / "volume.h5"
    stop_after(1, layers, options, path)
    write_layers(tmp_path, 3, shape=(128, 128))
    with pytest.raises(DarfixWBError, match=r"shape \(96, 128\) with which .* got \(128, 128\)"):
        classify_volume(layers, options, path)


def test_an_existing_file_is_replaced_only_when_asked(tmp_path, layers, options):
    path = tmp_path / "volume.h5"
    classify_volume(layers[:1], options, path)
    with pytest.raises(DarfixWBError, match="must be a new file"):
        classify_volume(layers[:2], options, path, resume=False)
    assert len(classify_volume(layers[:2], options, path, overwrite=True).layers) == 2
    foreign = tmp_path / "foreign.h5"
    with h5py.File(foreign, "w") as file:
        file["data"] = 1
    for given in ({}, {"overwrite": True}):
        with pytest.raises(DarfixWBError, match="Only files of darfix-wb may be replaced"):
            classify_volume(layers[:1], options, foreign, **given)
    with pytest.raises(DarfixWBError, match="must not be a file that the run reads"):
        classify_volume(layers[:1], options, layers[0].url)


def test_a_second_run_is_refused(tmp_path, layers, options):
    path = tmp_path / "volume.h5"
    with locked(path), pytest.raises(DarfixWBError, match="another one is writing"):
        classify_volume(layers[:1], options, path)
    assert classify_volume(layers[:1], options, path).complete


def test_a_full_disk_ends_the_run_and_it_goes_on_later(tmp_path, layers, options, undisturbed):
    path = tmp_path / "volume.h5"
    given = {"motor": "samz", "unit": "um"}
    stop_after(2, layers, options, path, **given)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with h5py.File(path) as file:
        images = file["entry/volume/line_probability/line_probability"]
        limit = images.id.get_offset() + 5 * images[0].nbytes + 100
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limits[1]))
    try:
        with pytest.raises(DarfixWBError, match=r"disk or quota of .* is full.*run the same again"):
            classify_volume(layers, options, path, **given)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert str(read_summary(path)) == "5 of 12 layers done, 0 failed, 7 pending"
    assert classify_volume(layers, options, path, **given).complete
    assert differing(undisturbed, path) == set()


def test_a_disk_too_small_for_the_volume_is_said_before_the_work(tmp_path, layers, options):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(DarfixWBError, match=r"is full\. volume.h5 was not written"):
            classify_volume(layers, options, tmp_path / "volume.h5")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


def test_the_number_of_threads_changes_no_bit(tmp_path, layers, options, undisturbed):
    """`undisturbed` was computed with one thread of torch."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(3)
    path = tmp_path / "volume.h5"
    assert classify_volume(layers, options, path, motor="samz", unit="um").complete
    torch.set_num_threads(before)
    assert differing(path, undisturbed) == set()
