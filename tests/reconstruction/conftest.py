"""Volumes drawn from lines: beads and streaks in noise, without any frame."""

from __future__ import annotations

import numpy
import pytest
from scipy.ndimage import gaussian_filter

from darfix_wb.dislocation_lines.line import DislocationLine
from darfix_wb.dislocation_lines.network import LineNetwork
from darfix_wb.volume.layer import Layer
from darfix_wb.volume.layout import create_volume
from darfix_wb.volume.options import LayerOptions
from darfix_wb.volume.outcome import LayerOutcome
from darfix_wb.volume.plan import VolumePlan
from darfix_wb.volume.result import LayerResult
from darfix_wb.volume.volume_file import VolumeFile

SHAPE = (120, 160)
PITCH = (0.15, 0.1)
WIDTH_UM = (0.35, 0.25)
THICK_UM = 0.25
HEIGHT = 15.0


def draw_layer(lines, position, *, shape=SHAPE, pitch=PITCH, seed=0, offset=(0.0, 0.0)):
    """A dislocation image in sigma and its probability."""
    clean = numpy.zeros(shape)
    for line in lines:
        points = line.resampled(0.03)
        weight = numpy.exp(-0.5 * ((points[:, 0] - position) / THICK_UM) ** 2)
        points, weight = points[weight > 0.01], weight[weight > 0.01]
        row, column = ((points[:, 1 + k] + offset[k]) / pitch[k] for k in (0, 1))
        inside = (row > -0.5) & (row < shape[0] - 0.5) & (column > -0.5) & (column < shape[1] - 0.5)
        place = row[inside].round().astype(int), column[inside].round().astype(int)
        spot = numpy.zeros(shape)
        numpy.add.at(spot, place, weight[inside])
        spot = gaussian_filter(spot, [w / p for w, p in zip(WIDTH_UM, pitch, strict=True)])
        clean = numpy.maximum(clean, HEIGHT * spot / max(spot.max(), 1e-9))
    noise = gaussian_filter(numpy.random.default_rng(seed).normal(size=shape), 1.5)
    probability = 1 / (1 + numpy.exp(5 - clean))
    return (clean + noise / noise.std()).astype("float32"), probability.astype("float32")


def write_volume(
    path,
    lines,
    positions,
    *,
    shape=SHAPE,
    offsets=None,
    failed=(),
    unit="um",
    motor="samz",
    warm=(),
    options=None,
):
    """The file of a volume, in which images of lines are drawn in layers at positions in um."""
    scale = {"um": 1.0, "mm": 1e-3, "": 1.0}[unit]
    layers = tuple(
        Layer(f"layer_{k:02d}.h5", f"layer_{k:02d}", z * scale if motor else None)
        for k, z in enumerate(positions)
    )
    hashes = ("a" * 64, "b" * 64, "")
    sizes = {"frame_shape": shape, "patch_size": 16, "stride": 16, "n_frames": 1}
    plan = VolumePlan(layers, options or LayerOptions(), motor, unit, *hashes, "cpu", **sizes)
    create_volume(path, plan, overwrite=True)
    with VolumeFile(path) as volume:
        for k, z in enumerate(positions):
            if k in failed:
                volume.write(LayerOutcome(k, 0.1, None, "It has no frames."))
                continue
            offset = (0.0, 0.0) if offsets is None else offsets[k]
            image, probability = draw_layer(lines, z, shape=shape, seed=k, offset=offset)
            for row, column in warm:
                spot = numpy.zeros(shape)
                spot[row, column] = 1
                spot = gaussian_filter(spot, 1.5)
                image += (20 * spot / spot.max()).astype("float32")
            images = {name: image for name, _, _ in plan.pictures}
            images["line_probability"] = probability
            result = LayerResult(images, numpy.zeros(plan.conditions_shape, "uint8"))
            volume.write(LayerOutcome(k, 0.1, result))
    return path


def straight(start, end):
    return DislocationLine(numpy.array([start, end], float))


def network_of(lines, stack):
    return LineNetwork(tuple(lines), stack.bounds_um)


def random_lines(seed, count, *, n_layers=12, apart=1.6):
    """Straight lines through the layers 0 ... n - 1 um, nowhere nearer to each other than that."""
    rng = numpy.random.default_rng(seed)
    field = numpy.array(SHAPE) * PITCH
    lines, tracks = [], []
    while len(lines) < count:
        ends = rng.uniform(1.0, field - 1.0, (2, 2))
        ends[1] = ends[0] + numpy.clip(ends[1] - ends[0], -1.5 * n_layers, 1.5 * n_layers)
        share = numpy.linspace(0, 1, n_layers)[:, None]
        track = (1 - share) * ends[0] + share * ends[1]
        if any(numpy.linalg.norm(track - other, axis=1).min() < apart for other in tracks):
            continue
        tracks.append(track)
        low, high = (-0.5, n_layers - 0.5)
        slope = (ends[1] - ends[0]) / (n_layers - 1)
        start, end = ends[0] + slope * low, ends[0] + slope * high
        lines.append(straight([low, *start], [high, *end]))
    return lines


@pytest.fixture
def three_lines():
    """Lines of known length and direction: steep, tilted along rows, tilted along columns."""
    return [
        straight([-0.5, 3.0, 4.0], [11.5, 4.0, 5.0]),
        straight([-0.5, 1.0, 8.0], [11.5, 16.0, 9.0]),
        straight([-0.5, 14.0, 14.5], [11.5, 13.0, 2.5]),
    ]


@pytest.fixture(autouse=True)
def _without_fsync(monkeypatch):
    """Volumes that are drawn need not survive the power going off."""
    monkeypatch.setattr("darfix_wb.volume.volume_file.os.fsync", lambda _: None)
