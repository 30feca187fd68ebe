"""Shares of the layers by several processes, and the volume assembled from them."""

from __future__ import annotations

import resource
from dataclasses import replace

import numpy
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.pixels import GivenMask
from darfix_wb.volume.layer import Layer
from darfix_wb.volume.part_runs import assemble, classify_part
from darfix_wb.volume.parts import Parts
from darfix_wb.volume.runner import classify_volume
from darfix_wb.volume.summary import LayerState
from darfix_wb.volume.volume_file import read_summary

from .conftest import differing, write_layers

pytestmark = pytest.mark.usefixtures("one_thread")

GIVEN = {"motor": "samz", "unit": "um"}


def test_three_shares_assembled_are_the_undisturbed_volume(tmp_path, layers, options, undisturbed):
    path = tmp_path / "volume.h5"
    for number in (3, 1):
        share = classify_part(layers, options, path, number=number, count=3, **GIVEN)
        assert [record.index for record in share.layers] == list(range(number - 1, 12, 3))
        assert share.complete
    assert not path.exists()
    assert str(assemble(path)) == "8 of 12 layers done, 0 failed, 4 pending"
    assert Parts(path).found(Parts(path).read_plan()) == []
    classify_part(layers, options, path, number=2, count=3, **GIVEN)
    assert assemble(path).complete
    assert differing(undisturbed, path) == set()
    assert [one.name for one in tmp_path.iterdir()] == ["volume.h5"]


def test_a_share_is_not_computed_twice(tmp_path, layers, options):
    path, seen = tmp_path / "volume.h5", []
    given = {**GIVEN, "number": 1, "count": 4, "on_layer": seen.append}
    classify_part(layers, options, path, **given)
    assert len(seen) == 3
    again = classify_part(layers, options, path, **given)
    assert len(seen) == 3
    assert again.layers == tuple(seen)
    assemble(path)
    assert classify_part(layers, options, path, **given).complete
    assert len(seen) == 3


def test_a_run_takes_the_parts_that_it_finds(tmp_path, layers, options, undisturbed):
    path, seen = tmp_path / "volume.h5", []
    classify_part(layers, options, path, number=1, count=2, **GIVEN)
    summary = classify_volume(layers, options, path, on_layer=seen.append, **GIVEN)
    assert summary.complete
    assert [record.index for record in seen] == [*range(0, 12, 2), *range(1, 12, 2)]
    assert differing(undisturbed, path) == set()


def test_a_bad_layer_is_assembled_as_failed_and_computed_again(tmp_path, layers, options):
    path = tmp_path / "volume.h5"
    late = Layer(str(tmp_path / "late.h5"), "late")
    given = (layers[0], late)
    share = classify_part(given, options, path, number=2, count=2)
    assert share.layers[0].state == LayerState.FAILED
    assert "must exist" in share.layers[0].reason
    assert assemble(path).layers[1].reason == share.layers[0].reason
    (tmp_path / "late.h5").hardlink_to(layers[3].url)
    assert classify_part(given, options, path, number=2, count=2).complete
    assert assemble(path).layers[1].state == LayerState.DONE


def test_parts_of_other_options_are_refused(tmp_path, layers, options):
    path = tmp_path / "volume.h5"
    classify_part(layers[:2], options, path, number=1, count=2)
    other = replace(options, stride=8)
    with pytest.raises(DarfixWBError, match="stride 16, and 8 is given now"):
        classify_part(layers[:2], other, path, number=2, count=2)
    with pytest.raises(DarfixWBError, match="stride 16, and 8 is given now"):
        classify_volume(layers[:2], other, path)
    assert classify_volume(layers[:2], other, path, overwrite=True).complete
    assert not Parts(path).folder.exists()


def test_a_mask_goes_with_the_parts(tmp_path, options):
    layers, path = write_layers(tmp_path, 1), tmp_path / "volume.h5"
    pixels = numpy.zeros((96, 128), bool)
    pixels[40:50, 40:50] = True
    classify_part(layers, options, path, number=1, count=1, mask=GivenMask(pixels))
    assert Parts(path).read_mask().invalid[pixels].all()
    assert assemble(path).complete
    whole = tmp_path / "whole.h5"
    classify_volume(layers, options, whole, mask=GivenMask(pixels))
    assert differing(whole, path) == set()


def test_there_must_be_parts(tmp_path, layers, options):
    with pytest.raises(DarfixWBError, match="Parts of the volume must have been computed"):
        assemble(tmp_path / "volume.h5")
    with pytest.raises(DarfixWBError, match=r"one of 1 to N of N, e\.g\. 3/10, got 0/3"):
        classify_part(layers, options, tmp_path / "volume.h5", number=0, count=3)


def test_a_part_is_written_wholly_or_not(tmp_path, layers, options):
    path = tmp_path / "volume.h5"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(DarfixWBError, match="is full"):
            classify_part(layers[:1], options, path, number=1, count=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert sorted(one.name for one in Parts(path).folder.iterdir()) == ["mask.npz", "plan.json"]
    classify_part(layers[:1], options, path, number=1, count=1)
    (part,) = Parts(path).folder.glob("layer_*.npz")
    part.write_bytes(part.read_bytes()[:1000])
    with pytest.raises(DarfixWBError, match=r"layer_00000.npz is damaged.*Delete it"):
        assemble(path)
    part.unlink()
    assert classify_volume(layers[:1], options, path).complete
    assert read_summary(path).complete
