"""Looking into the file of a volume, done or not."""

from dataclasses import replace

import h5py
import numpy
import pytest

from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.progress import Monitor
from darfix_wb.volume.again import classify_again
from darfix_wb.volume.looking import SAMPLED_LAYERS, look_into, read_picture, sample_picture
from darfix_wb.volume.runner import classify_volume
from darfix_wb.volume.summary import LayerState


@pytest.fixture
def begun(layers, options, tmp_path):
    """A volume of which one layer is done."""
    path = tmp_path / "begun.h5"
    done = []
    monitor = Monitor(cancelled=lambda: bool(done))
    with pytest.raises(OperationCancelled):
        classify_volume(layers, options, path, on_layer=done.append, monitor=monitor)
    return path


def test_plan_and_table(undisturbed, layers):
    plan, summary = look_into(undisturbed)
    assert plan.layers == layers
    assert summary.complete


def test_an_image_is_that_in_the_file_with_its_axes(undisturbed):
    with h5py.File(undisturbed) as file:
        expected = file["entry/volume/wb_low/wb_low"][4]
    values, (rows, columns) = read_picture(undisturbed, "wb_low", 4)
    numpy.testing.assert_array_equal(values, expected)
    assert (len(rows.values), len(columns.values)) == values.shape
    assert (rows.unit, columns.unit) == ("px", "px")


def test_a_sample_is_taken_of_layers_that_are_done(undisturbed, begun):
    assert sample_picture(undisturbed, "weak_beam").shape[0] == SAMPLED_LAYERS
    n_done = look_into(begun).summary.n_done
    assert n_done < SAMPLED_LAYERS
    sample = sample_picture(begun, "weak_beam")
    assert sample.shape[0] == n_done
    with h5py.File(begun) as file:
        numpy.testing.assert_array_equal(sample, file["entry/volume/weak_beam/weak_beam"][:n_done])


def test_no_layer_is_done(begun):
    with h5py.File(begun, "a") as file:
        file["entry/volume/layers/state"][...] = LayerState.PENDING
    assert sample_picture(begun, "weak_beam").size == 0


def test_what_is_not_there_is_refused(begun, undisturbed):
    with pytest.raises(DarfixWBError, match=r"layer 11 of .* is pending"):
        read_picture(begun, "weak_beam", 11)
    with pytest.raises(DarfixWBError, match="must hold the image nothing"):
        read_picture(undisturbed, "nothing", 0)


def test_a_layer_again_says_what_the_volume_holds(undisturbed, one_thread):
    with h5py.File(undisturbed) as file:
        expected = file["entry/volume/conditions/conditions"][3]
    patched, beam_map = classify_again(undisturbed, 3)
    n_frames = patched.scan.n_frames
    numpy.testing.assert_array_equal(beam_map.condition(), expected[:n_frames])


def test_another_model_is_refused(layers, options, undisturbed, monkeypatch):
    look = look_into(undisturbed)
    other = replace(look.plan, model_hash="0" * 64)
    monkeypatch.setattr("darfix_wb.volume.again.read_volume_plan", lambda path: other)
    with pytest.raises(DarfixWBError, match="must be classified by the model"):
        classify_again(undisturbed, 3)
