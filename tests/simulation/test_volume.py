"""Simulated volumes: the file, the layers that are found in it, and where lines lie and show."""

import argparse
import dataclasses

import h5py
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from darfix_wb.commands.simulate import add_arguments, run
from darfix_wb.commands.simulate_options import series_from
from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.progress import Monitor
from darfix_wb.simulation import (
    LayerSeries,
    SampleParameters,
    ScanParameters,
    SimulationParameters,
    read_truth,
    read_volume_truth,
    simulate_volume,
)
from darfix_wb.simulation import scan as scan_module
from darfix_wb.simulation import volume as volume_module
from darfix_wb.simulation.crystal import make_crystal
from darfix_wb.simulation.geometry import make_geometry
from darfix_wb.simulation.volume_lines import pieces_in_box, plane_boundaries
from darfix_wb.volume.finding import find_layers

from .conftest import COARSE, crystal_of, small_parameters

NETWORK = {
    "upstream_um": 4.0,
    "exit_um": 4.0,
    "curved_density_per_um2": 0.05,
    "junction_density_per_um3": 0.06,
    "boundary_misorientation_urad": 200.0,
    "reflection": (2, 2, 0),
    "crystal_seed": 3,
    "depth_um": 5.0,
}
SERIES = LayerSeries(3, 1.0, jitter_um=0.2, drift_um=(0.5, -0.3))


def parameters_of(**sample):
    parameters = small_parameters(steps=7, shape=(64, 80), step_deg=0.016)
    sample = dataclasses.replace(parameters.sample, **(NETWORK | sample))
    return dataclasses.replace(parameters, sample=sample)


@pytest.fixture(scope="module")
def volume(tmp_path_factory):
    path = tmp_path_factory.mktemp("volume") / "volume.h5"
    return path, simulate_volume(path, parameters_of(), SERIES)


def test_layers_and_their_heights_are_found(volume):
    layers = find_layers([str(volume[0])])
    assert [layer.name for layer in layers.layers] == [f"volume.h5 {k}.1" for k in (1, 2, 3)]
    assert layers.motor == "samz"
    np.testing.assert_allclose([layer.position for layer in layers.layers], [-1, 0, 1])
    assert not layers.warnings


def test_scans_have_one_sensor_and_noise_of_their_own(volume):
    with h5py.File(volume[0]) as file:
        frames = [file[f"{k}.1/measurement/pco_ff"][()].astype(float) for k in (1, 2, 3)]
        assert file["2.1/instrument/positioners/samz"].attrs["units"] == "mm"
    first, second = (gaussian_filter(one[0], 3) for one in frames[:2])
    rough = [
        (one[0] - smooth).ravel() for one, smooth in zip(frames, (first, second), strict=False)
    ]
    assert np.corrcoef(*rough)[0, 1] > 0.2
    assert not np.array_equal(frames[0], frames[1])


def test_truth_comes_back(volume):
    path, expected = volume
    found = read_volume_truth(path)
    assert found.parameters == expected.parameters
    for name in ("g_dot_b", "numbers", "crystal_boundaries", "offsets_um", "spacing_um"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    assert len(found.network.lines) == len(expected.network.lines) > 10
    for one, other in zip(found.network.lines, expected.network.lines, strict=True):
        np.testing.assert_array_equal(one.points_um, other.points_um)
        assert one.nodes == other.nodes
    for one, other in zip(found.shows, expected.shows, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(found.network.layers_um, [-1, 0, 1])
    np.testing.assert_array_equal(found.network.bounds_um[:, 0], [-1.5, 1.5])
    geometry = make_geometry(found.parameters)
    pitch = [geometry.row_um, geometry.column_um]
    np.testing.assert_allclose(found.spacing_um, [1.0, *pitch])
    assert geometry.row_um == pytest.approx(
        geometry.column_um / np.sin(np.deg2rad(found.two_theta_deg))
    )


def test_what_shows_and_what_does_not_make_the_whole(volume):
    truth = volume[1]
    shown, hidden = truth.shown(), truth.hidden()
    assert shown.length_um > 5
    assert hidden.length_um > 5
    assert shown.length_um + hidden.length_um == pytest.approx(truth.network.length_um)
    assert min(line.length_um for line in shown.lines) > 0.25
    points = {tuple(point) for line in shown.lines for point in line.points_um[1:-1].round(9)}
    for line, g_dot_b in zip(truth.network.lines, truth.g_dot_b, strict=True):
        if g_dot_b == 0:
            assert not points & {tuple(point) for point in line.points_um[1:-1].round(9)}


def test_lines_lie_in_the_box_and_meet_at_nodes(volume):
    network = volume[1].network
    for line in network.lines:
        assert (line.points_um >= network.bounds_um[0]).all()
        assert (line.points_um <= network.bounds_um[1]).all()
        steps = np.linalg.norm(np.diff(line.points_um, axis=0), axis=1)
        assert steps.max() < 0.1001
        for node, point in zip(line.nodes, line.points_um[[0, -1]], strict=True):
            if node >= 0:
                np.testing.assert_allclose(network.nodes_um[node], point, atol=1e-9)
    assert network.degrees.max() == 3
    assert len(network.junctions_um) > 0


def one_line(monkeypatch, point, line, parameters):
    """Let all crystals have one line with g.b = 1 and nothing else."""
    h = make_geometry(parameters).diffraction_vector_per_um
    crystal = crystal_of(point, line, 2 * np.pi * h / (h @ h), parameters)
    for module in (scan_module, volume_module):
        monkeypatch.setattr(module, "make_crystal", lambda *_: crystal)


def spot(frame):
    image = gaussian_filter(frame, 2)
    image -= np.median(image)
    weights = np.where(image > 0.5 * image.max(), image, 0)
    return [np.average(axis, weights=weights) for axis in np.indices(image.shape)]


def test_images_show_the_line_where_the_truth_says(monkeypatch, tmp_path):
    """A line that leans both ways, under drift: rows, columns, layers and signs must be right.

    The two flanks show it to either side, at some tenths of a um; their mean tells where it is.
    """
    parameters = parameters_of(reflection=(1, 1, 1), upstream_um=5.0, exit_um=8.0)
    grid = dataclasses.replace(COARSE, row_px=1, column_px=1, layer_cell_um=0.1)
    scan = dataclasses.replace(parameters.scan, drift_px=0.0, shape=(80, 96))
    detector = dataclasses.replace(
        parameters.detector, warm_fraction=0.0, hot_fraction=0.0, edge_glow_adu=0.0
    )
    parameters = dataclasses.replace(parameters, grid=grid, scan=scan, detector=detector)
    one_line(monkeypatch, [5.8, 2.1, 0.0], [0.6, -0.4, 1.0], parameters)
    series = LayerSeries(3, 1.0, drift_um=(0.5, 0.4))
    truth = simulate_volume(tmp_path / "line.h5", parameters, series)
    (line,) = truth.shown().lines
    np.testing.assert_allclose(truth.offsets_um, [[-0.5, -0.4], [0, 0], [0.5, 0.4]], atol=1e-12)
    with h5py.File(tmp_path / "line.h5") as file:
        for k, height in enumerate(truth.network.layers_um):
            frames = file[f"{k + 1}.1/measurement/pco_ff"][()].astype(float)
            place = np.mean([spot(frames[2]), spot(frames[4])], axis=0)
            nearest = line.points_um[np.argmin(np.abs(line.points_um[:, 0] - height))]
            expected = (nearest[1:] + truth.offsets_um[k]) / truth.spacing_um[1:]
            np.testing.assert_allclose(place, expected, atol=1.5)


@pytest.mark.parametrize(("height", "shows"), [(0.1, True), (0.5, False)])
def test_lines_in_the_layer_show_close_to_a_layer_only(monkeypatch, tmp_path, height, shows):
    parameters = parameters_of(layer_z_um=0.5, reflection=(1, 1, 1))
    one_line(monkeypatch, [5.0, 2.0, height], [0.3, 1.0, 0.0], parameters)
    truth = simulate_volume(tmp_path / "flat.h5", parameters, LayerSeries(2))
    np.testing.assert_array_equal(truth.network.layers_um, [0, 1])
    assert truth.network.length_um > 3
    assert (truth.shown().length_um > 2) == shows
    assert truth.shown().length_um + truth.hidden().length_um == truth.network.length_um


def test_boundaries_are_planes_of_their_spacing():
    parameters = SimulationParameters(
        sample=SampleParameters(boundary_misorientation_urad=200.0, crystal_seed=1),
        scan=ScanParameters(shape=(256, 320)),
    )
    geometry = make_geometry(parameters)
    bounds = np.array([[-10, 0, 0], [10, 256 * geometry.row_um, 320 * geometry.column_um]])
    pieces = pieces_in_box(make_crystal(parameters, geometry), geometry, bounds)
    boundaries, member = plane_boundaries(pieces)
    assert boundaries
    for number, boundary in enumerate(boundaries):
        own = [piece for piece, of in zip(pieces, member, strict=True) if of == number]
        assert len(own) >= 5
        assert len({piece.boundary for piece in own}) == 1
        size = np.linalg.norm(own[0].burgers_um)
        assert boundary.misorientation_urad == pytest.approx(size / boundary.spacing_um * 1e6)
        assert 60 < boundary.misorientation_urad < 700
        points = np.concatenate([piece.points_um for piece in own]) - boundary.centre_um
        distance = np.sqrt(np.mean((points @ boundary.normal) ** 2))
        assert distance == pytest.approx(boundary.offset_um)
        assert distance < 1
        for piece in own:
            assert abs((piece.points_um[-1] - piece.points_um[0]) @ boundary.normal) < 1e-6


def test_crystals_without_lines_have_a_truth(tmp_path):
    parameters = parameters_of(
        curved_density_per_um2=0.0,
        junction_density_per_um3=0.0,
        dislocation_density_per_um2=0.0,
        boundary_misorientation_urad=0.0,
    )
    simulate_volume(tmp_path / "perfect.h5", parameters, LayerSeries(2))
    truth = read_volume_truth(tmp_path / "perfect.h5")
    assert truth.network.length_um == truth.shown().length_um == truth.hidden().length_um == 0


def test_cancelled_volume_leaves_no_file(tmp_path):
    layers_done = []
    monitor = Monitor(layers_done.append, cancelled=lambda: bool(layers_done))
    with pytest.raises(OperationCancelled):
        simulate_volume(tmp_path / "volume.h5", parameters_of(), SERIES, monitor=monitor)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("series", "message"),
    [
        ({"n_layers": 1}, "n_layers must be a number from 2"),
        ({"n_layers": 2.5}, "n_layers must be an integer"),
        ({"n_layers": 2, "drift_um": (1.0,)}, "drift_um two numbers"),
        ({"n_layers": 3, "step_um": 0.0}, "step_um must be a number from 0.01"),
        ({"n_layers": 3, "jitter_um": -1.0}, "jitter_um must be"),
        ({"n_layers": 30}, "All layers must lie within depth_um"),
        ({"n_layers": 3, "drift_um": (20.0, 0.0)}, "view_um must be"),
    ],
)
def test_series_that_cannot_be_are_refused(tmp_path, series, message):
    with pytest.raises(DarfixWBError, match=message):
        simulate_volume(tmp_path / "volume.h5", parameters_of(), LayerSeries(**series))


def test_scan_is_no_volume(tmp_path, volume):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["data"] = 1
    with pytest.raises(DarfixWBError, match="The truth of a volume must come from"):
        read_volume_truth(tmp_path / "other.h5")
    with pytest.raises(DarfixWBError, match="The truth must come from"):
        read_truth(volume[0])


def parsed(*words):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args([*words, "--output", "volume.h5"])


def test_command_writes_a_volume(tmp_path, capsys):
    words = "--shape 32 32 --steps 2 --upstream 0 --exit 4 --row-px 4 --layers 2"
    arguments = parsed(*words.split(), "--layer-step-um", "0.5", "--layer-drift-um", "0.1", "0")
    arguments.output = tmp_path / "volume.h5"
    assert run(arguments) == 0
    assert "2 layers, 0.5 um apart, of 2 frames of 32 x 32 px" in capsys.readouterr().out
    np.testing.assert_allclose(read_volume_truth(arguments.output).network.layers_um, [-0.25, 0.25])


def test_options_of_layers_need_layers():
    assert series_from(parsed()) is None
    with pytest.raises(DarfixWBError, match="--layer-step-um would have none without --layers"):
        series_from(parsed("--layer-step-um", "2"))
