"""A whole rocking scan: crystal, wave fields, optics, detector and the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from ..progress import SILENT, Monitor
from ..scan import RockingScan
from .crystal import make_crystal
from .detector import expose, exposure_time, make_sensor
from .geometry import Geometry, make_geometry
from .optics import detector_rate, haze, illumination, row_absorption, to_pixels
from .parameters import SimulationParameters
from .truth import BIN_PX, TruthMaps
from .visibility import Contrast, dislocation_mask, line_map
from .wavefield import CANCELLED, RockingFields, mean_deviation, solve_rocking

_SOLVER_PART = 0.7
_LOCAL_SMOOTHING_UM = 0.5


@dataclass(frozen=True)
class SimulatedScan:
    """Frames as a camera would give them, and what is known about them.

    Attributes
    ----------
    parameters : SimulationParameters
    frames : (n_frames, rows, columns) uint16
    phi_deg : (n_frames,) float64
        Rocking motor.
    exposure_s : (n_frames,) float64
    truth : TruthMaps
    """

    parameters: SimulationParameters
    frames: np.ndarray
    phi_deg: np.ndarray
    exposure_s: np.ndarray
    truth: TruthMaps

    @property
    def rocking_scan(self) -> RockingScan:
        """The frames and their angles, as `open_scan` gives those of a file."""
        return RockingScan(self.frames, self.phi_deg, "phi", "degree")


def bin_mean(image: np.ndarray) -> np.ndarray:
    """Return the means over bins of 4 x 4 px; bins at the lower and right border may be smaller."""
    starts = [np.arange(0, n, BIN_PX) for n in image.shape]
    sums = np.add.reduceat(image.astype(np.float64), starts[0], axis=0)
    sums = np.add.reduceat(sums, starts[1], axis=1)
    sizes = [np.diff(np.append(s, n)) for s, n in zip(starts, image.shape, strict=True)]
    return sums / np.outer(*sizes)


def _strong_level(fields: RockingFields, dev: np.ndarray, geometry: Geometry) -> float:
    """Return the median intensity near the peak; that of one sheet in a perfect crystal if none."""
    near = fields.intensity[dev < 0.75]
    if near.size > 1000:
        return float(np.median(near))
    sheet = geometry.coupling_per_um * geometry.beam_sigma_um * np.sqrt(2 * np.pi)
    return float(0.2 * sheet**2)


def _drifts(parameters: SimulationParameters) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return relative intensity (n,), image shift (n, 2) in px and walk of the beam (n,)."""
    scan = parameters.scan
    rng = np.random.default_rng([scan.seed, 31, *([scan.first_frame] * (scan.first_frame > 0))])
    time = np.linspace(0, 1, scan.steps)
    gain = 1 - scan.intensity_drift * rng.uniform(-1, 1) * time
    gain += scan.intensity_drift / 5 * rng.standard_normal(scan.steps)
    angle = rng.uniform(0, 2 * np.pi)
    path = np.stack([np.cos(angle) * time, np.sin(angle) * time**1.5], axis=1)
    walk = parameters.beam.profile_walk * rng.uniform(-1, 1, scan.steps)
    return gain, scan.drift_px * path, walk


def image_shift_px(parameters: SimulationParameters) -> np.ndarray:
    """Return the shift of the image by drift in the frame in the middle of a scan, (2,) float64."""
    return _drifts(parameters)[1][parameters.scan.steps // 2]


def simulate_scan(parameters: SimulationParameters, *, monitor: Monitor = SILENT) -> SimulatedScan:
    """Simulate one rocking scan.

    The same parameters give the same arrays to the last byte on one machine. Drift moves the
    image from frame to frame. The lines of the truth are where the frame in the middle of the scan
    shows them, the frame that images over the whole scan come closest to; its maps of patches are
    those of the first frame.

    Parameters
    ----------
    parameters : SimulationParameters
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    SimulatedScan
        ``frames`` ``(steps, height, width)`` uint16, their angles, and the ``truth``.

    Raises
    ------
    OperationCancelled
        If the monitor is asked to stop.

    Examples
    --------
    >>> from darfix_wb.simulation import ScanParameters
    >>> small = SimulationParameters(scan=ScanParameters(shape=(64, 96), steps=5, step_deg=0.01))
    >>> simulated = simulate_scan(small)
    >>> simulated.frames.shape, simulated.frames.dtype.name
    ((5, 64, 96), 'uint16')
    >>> simulated.rocking_scan.angles.round(3).tolist()
    [-0.02, -0.01, 0.0, 0.01, 0.02]
    """
    scan = parameters.scan
    geometry = make_geometry(parameters)
    crystal = make_crystal(parameters, geometry)
    centre = mean_deviation(parameters, crystal, geometry)
    phi_deg = (np.arange(scan.steps) - (scan.steps - 1) / 2) * scan.step_deg
    phi_rad = np.deg2rad(phi_deg - scan.peak_offset_deg)
    padded = tuple(-(-n // BIN_PX) * BIN_PX for n in scan.shape)
    fields = solve_rocking(
        parameters,
        crystal,
        geometry,
        phi_rad,
        centre,
        padded,
        monitor=monitor.part(0, _SOLVER_PART),
    )
    smooth = [_LOCAL_SMOOTHING_UM / geometry.column_um / parameters.grid.column_px]
    smooth.append(_LOCAL_SMOOTHING_UM / geometry.row_um / parameters.grid.row_px)
    local = gaussian_filter(fields.local_rad, smooth, mode="nearest")
    rest = monitor.part(_SOLVER_PART, 1)
    return _record(parameters, geometry, crystal, fields, local, phi_deg, phi_rad, rest)


def _undrifted(rate: np.ndarray, offset_px: np.ndarray) -> np.ndarray:
    """Return a frame moved back by its drift, to whole pixels."""
    back = np.rint(-offset_px).astype(int)
    return np.roll(rate, back, axis=(0, 1)) if back.any() else rate


def _record(
    parameters, geometry, crystal, fields, local, phi_deg, phi_rad, monitor
) -> SimulatedScan:
    """Turn wave fields into frames and truth, one frame at a time."""
    scan, detector = parameters.scan, parameters.detector
    dev = np.abs(phi_rad - local[..., None]).astype(np.float32) / np.float32(geometry.width_rad)
    level = _strong_level(fields, dev, geometry)
    dimming = row_absorption(parameters, geometry)
    field = illumination(parameters) * dimming
    ground, sensor = haze(parameters), make_sensor(parameters)
    gain, shifts, walk = _drifts(parameters)
    lit = bin_mean(field)
    frames = np.empty((scan.steps, *scan.shape), np.uint16)
    ms, devs, lits = (np.empty((scan.steps, *lit.shape), np.float16) for _ in range(3))
    exposures, middle = np.empty(scan.steps), scan.steps // 2
    signal = np.zeros(lit.shape)
    contrast = Contrast(parameters)
    for k in range(scan.steps):
        monitor.check(CANCELLED)
        if parameters.beam.profile_walk:
            field = illumination(parameters, walk=walk[k]) * dimming
            lit = bin_mean(field)
        cells = fields.intensity[..., k].T / level
        rate = gain[k] * detector_rate(cells, field, ground, tuple(shifts[k]), parameters)
        exposures[k] = exposure_time(rate, detector)
        frames[k] = expose(rate, exposures[k], sensor, scan.first_frame + k, parameters)
        contrast.add(_undrifted(rate, shifts[k] - shifts[middle]), exposures[k])
        ms[k] = np.minimum(bin_mean(to_pixels(fields.multiple[..., k].T / level, parameters)), 6e4)
        devs[k] = np.minimum(bin_mean(to_pixels(dev[..., k].T, parameters)), 6e4)
        lits[k] = gain[k] * lit
        counts = bin_mean(to_pixels(cells, parameters)) * lit * exposures[k]
        signal = np.maximum(signal, counts * detector.strong_adu_per_s)
        monitor.report((k + 1) / scan.steps)
    peak = np.rad2deg(to_pixels(local.T, parameters)) + scan.peak_offset_deg
    lines = line_map(parameters, crystal, geometry, tuple(shifts[middle]))
    truth = TruthMaps(
        frame_shape=scan.shape,
        ms=ms,
        dev=devs,
        illumination=lits,
        signal_adu=signal.astype(np.float32),
        local_peak_deg=bin_mean(peak).astype(np.float32),
        dislocation_mask=dislocation_mask(lines, crystal),
        line_map=lines,
        shown_lines=contrast.shown(lines),
        dislocations=crystal.dislocations,
        curved=crystal.curved,
        parameters=parameters,
    )
    return SimulatedScan(parameters, frames, phi_deg, exposures, truth)
