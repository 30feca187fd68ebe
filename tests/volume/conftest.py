"""Small volumes: a file a layer, as BLISS writes it, with frames of 96x128 px."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy
import pytest

from darfix_wb.volume.layer import Layer
from darfix_wb.volume.options import LayerOptions

ALWAYS_DIFFERENT = {"date", "seconds"}


def write_layers(folder, count, *, shape=(96, 128)):
    """Files of layers of 5 to 7 frames."""
    layers = []
    for index in range(count):
        rng = numpy.random.default_rng(index)
        angles = numpy.linspace(-0.04, 0.04, 5 + index % 3)
        curve = numpy.exp(-0.5 * (angles / 0.012) ** 2)
        blotches = rng.gamma(2.0, 0.5, (1, shape[0] // 4, shape[1] // 4)).repeat(4, 1).repeat(4, 2)
        signal = 900 * curve[:, None, None] * blotches + 12
        counts = 100 + rng.normal(0, 4, signal.shape) + rng.poisson(signal)
        path = Path(folder) / f"layer_{index:02d}.h5"
        with h5py.File(path, "w") as file:
            file["/1.1/instrument/pco_ff/data"] = counts.round().clip(0).astype("uint16")
            file["/1.1/instrument/positioners/phi"] = angles
        layers.append(Layer(str(path), path.stem, 2.0 * index))
    return tuple(layers)


def contents(path):
    """Every data set and attribute of a file, as bytes or lists."""
    found = {}

    def visit(name, item):
        for key, value in item.attrs.items():
            found[f"{name}@{key}"] = bits(value)
        if isinstance(item, h5py.Dataset):
            found[name] = bits(item[()])

    with h5py.File(path) as file:
        visit("", file)
        file.visititems(visit)
    return found


def bits(value):
    value = numpy.asarray(value)
    return value.tolist() if value.dtype.kind == "O" else value.tobytes()


def differing(one, other):
    """Names in which two files differ, beside times and dates."""
    one, other = contents(one), contents(other)
    assert one.keys() == other.keys()
    names = {name.rpartition("/")[2] for name in one if one[name] != other[name]}
    return names - ALWAYS_DIFFERENT


@pytest.fixture(scope="session")
def options():
    return LayerOptions(patch_size=16, stride=16, device="cpu")


@pytest.fixture(scope="session")
def layers(tmp_path_factory):
    """12 layers; do not change their files."""
    return write_layers(tmp_path_factory.mktemp("layers"), 12)


@pytest.fixture(scope="session")
def undisturbed(layers, options, tmp_path_factory):
    """The volume of all 12 layers, computed with one thread; do not change it."""
    import torch

    from darfix_wb.volume.runner import classify_volume

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    path = tmp_path_factory.mktemp("volume") / "volume.h5"
    assert classify_volume(layers, options, path, motor="samz", unit="um").complete
    torch.set_num_threads(before)
    return path
