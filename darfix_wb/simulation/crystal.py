"""A random crystal: dislocations alone and in boundaries, a smooth tilt, mosaic blocks.

The crystal lives in a box that does not depend on the layer, so that layers of one crystal fit
together. Coordinates are in um in the laboratory: x along the beam, y the rocking axis, z up, with
the origin at the upper left corner of the field of view in the layer z = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .boundaries import place_boundaries
from .curved_lines import CurvedLines
from .geometry import Geometry
from .line_network import draw_curved_lines
from .mosaic import MosaicBlocks, make_blocks
from .parameters import SimulationParameters
from .slip import SlipSystems, slip_systems

_MARGIN_UM = 15.0
_N_WAVES = 12
_THREAD_LEAN = 0.1


@dataclass(frozen=True)
class Dislocations:
    """Straight infinite dislocations, some of them slightly bowed in the layer.

    Attributes
    ----------
    point_um : (n, 3) float64
        A point on each line.
    line : (n, 3) float64
        Unit vector along each line.
    burgers_um : (n, 3) float64
        Burgers vectors in the laboratory frame.
    bow_per_um : (n,) float64
        Curvature of the line, in the plane of line and ``line x z``.
    g_dot_b : (n,) float64
        Diffraction vector (without 2 pi) times Burgers vector: an integer; 0 is invisible.
    boundary : (n,) int32
        Number of the boundary a dislocation belongs to, -1 for lone ones.
    """

    point_um: np.ndarray
    line: np.ndarray
    burgers_um: np.ndarray
    bow_per_um: np.ndarray
    g_dot_b: np.ndarray
    boundary: np.ndarray


@dataclass(frozen=True)
class Crystal:
    """Dislocations, and the smooth tilt: plane waves, a constant gradient and mosaic blocks.

    Attributes
    ----------
    dislocations : Dislocations
    wave_vector_per_um : (n_waves, 3) float64
    wave_amplitude_rad, wave_phase_rad : (n_waves,) float64
    gradient_rad_per_um : (3,) float64
    centre_um : (3,) float64
        Where the constant gradient is zero.
    blocks : MosaicBlocks, optional
    curved : CurvedLines, optional
        Lines that are curved, end at nodes or close.
    """

    dislocations: Dislocations
    wave_vector_per_um: np.ndarray
    wave_amplitude_rad: np.ndarray
    wave_phase_rad: np.ndarray
    gradient_rad_per_um: np.ndarray
    centre_um: np.ndarray
    blocks: MosaicBlocks | None = None
    curved: CurvedLines | None = None

    @property
    def g_dot_b(self) -> np.ndarray:
        """Of all lines, (n,) float64: those of `dislocations`, then those of `curved`."""
        curved = [] if self.curved is None else [self.curved.g_dot_b]
        return np.concatenate([self.dislocations.g_dot_b, *curved])

    def tilt_rad(self, points_um: np.ndarray) -> np.ndarray:
        """Return the smooth tilt, in rad, at points of shape (..., 3) in um."""
        tilt = (points_um - self.centre_um) @ self.gradient_rad_per_um
        for vector, amplitude, phase in zip(
            self.wave_vector_per_um, self.wave_amplitude_rad, self.wave_phase_rad, strict=True
        ):
            tilt = tilt + amplitude * np.cos(points_um @ vector + phase)
        return tilt if self.blocks is None else tilt + self.blocks.tilt_rad(points_um)


def box_um(parameters: SimulationParameters, geometry: Geometry) -> np.ndarray:
    """Return the lower and upper corner, in um and (x, y), of the part that holds dislocations."""
    rows, columns = parameters.scan.shape
    sample = parameters.sample
    reach = sample.exit_um * geometry.diffracted[0]
    low = [-sample.upstream_um - _MARGIN_UM, -_MARGIN_UM]
    high = [rows * geometry.row_um + reach + _MARGIN_UM, columns * geometry.column_um + _MARGIN_UM]
    return np.array([low, high])


def _lone(parameters: SimulationParameters, box: np.ndarray, systems: SlipSystems, rng) -> list:
    sample = parameters.sample
    area = float(np.prod(box[1] - box[0]))
    count = int(rng.poisson(sample.dislocation_density_per_um2 * area))
    lines = []
    for _ in range(count):
        system = rng.integers(len(systems.normals))
        normal, b = systems.normals[system], systems.burgers_um[system]
        thread = systems.threading[system]
        flat = np.cross(normal, [0.0, 0.0, 1.0])
        flat /= np.linalg.norm(flat)
        steep = np.cross(normal, flat)
        in_layer = rng.random() < sample.in_layer_fraction
        angle = rng.normal(0, 0.06) if in_layer else rng.uniform(0.35, np.pi - 0.35)
        line = np.cos(angle) * flat + np.sin(angle) * steep
        if thread.any() and not in_layer:
            lean = _THREAD_LEAN * (angle - np.pi / 2)
            line = np.cos(lean) * thread + np.sin(lean) * np.cross(normal, thread)
        height = sample.depth_um + 2 if in_layer else 0.0
        point = np.append(rng.uniform(box[0], box[1]), rng.uniform(-height, height))
        bow = rng.normal(0, 0.012) if in_layer else 0.0
        lines.append((point, line, b, bow, -1))
    return lines


def _table(lines: list, diffraction_vector: np.ndarray) -> Dislocations:
    points, directions, burgers, bows, boundaries = zip(*lines, strict=True) if lines else ([],) * 5
    burgers = np.reshape(burgers, (-1, 3)).astype(float)
    return Dislocations(
        point_um=np.reshape(points, (-1, 3)).astype(float),
        line=np.reshape(directions, (-1, 3)).astype(float),
        burgers_um=burgers,
        bow_per_um=np.asarray(bows, float),
        g_dot_b=np.round(burgers @ diffraction_vector / (2 * np.pi), 6) + 0.0,
        boundary=np.asarray(boundaries, np.int32),
    )


def make_crystal(parameters: SimulationParameters, geometry: Geometry) -> Crystal:
    """Make the crystal that belongs to `parameters.sample.crystal_seed`.

    Neither the layer nor the seed of the noise changes it. A third of the lone dislocations (by
    default) lies within some degrees of the layer; small-angle boundaries are rows of edge
    dislocations at the spacing |b| / misorientation (Hirth & Lothe, Theory of Dislocations,
    ch. 19). Mosaic blocks have a random stream of their own.

    Parameters
    ----------
    parameters : SimulationParameters
    geometry : Geometry

    Returns
    -------
    Crystal
    """
    sample = parameters.sample
    rng = np.random.default_rng([sample.crystal_seed, 71])
    box = box_um(parameters, geometry)
    systems = slip_systems(geometry.material).rotated(geometry.rotation)
    lines = _lone(parameters, box, systems, rng)
    lines += place_boundaries(sample, box, systems, rng)
    vectors = rng.normal(size=(_N_WAVES, 3))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    lengths = sample.tilt_wavelength_um * rng.uniform(0.6, 2.0, _N_WAVES)
    heading = rng.uniform(0, 2 * np.pi)
    slope = sample.curvature_urad_per_um * 1e-6
    rows, columns = parameters.scan.shape
    centre = np.array([rows * geometry.row_um / 2, columns * geometry.column_um / 2, 0.0])
    rise = sample.exit_um * geometry.diffracted[2]
    return Crystal(
        dislocations=_table(lines, geometry.diffraction_vector_per_um),
        wave_vector_per_um=2 * np.pi * vectors / lengths[:, None],
        wave_amplitude_rad=np.full(_N_WAVES, sample.tilt_urad * 1e-6 * np.sqrt(2 / _N_WAVES)),
        wave_phase_rad=rng.uniform(0, 2 * np.pi, _N_WAVES),
        gradient_rad_per_um=slope * np.array([np.cos(heading), np.sin(heading), 0.2]),
        centre_um=centre,
        blocks=make_blocks(sample, box, rise),
        curved=draw_curved_lines(
            sample, box, tuple(2 * centre[:2]), rise, systems, geometry.diffraction_vector_per_um
        ),
    )
