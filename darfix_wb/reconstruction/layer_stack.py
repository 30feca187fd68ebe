"""The layers of a volume file, in the order of their positions, in um."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy

from ..dislocation_lines.image_stack import ImageStack
from ..dislocation_lines.spacing import checked_spacing
from ..errors import DarfixWBError
from ..io.hdf5_access import open_hdf5
from ..io.nexus import find_process
from ..volume.layout import VOLUME, image_axes, layer_positions, read_plan
from ..volume.plan import VolumePlan
from ..volume.spacing import in_micrometres
from ..volume.summary import LayerState

GAP = 1.5
"""Layers that are farther apart than so many usual steps have a gap between them."""

SCALE = (0.75, 1.02)
"""Spacing over step of the motor: the cosine of the Bragg angle, where it is not 1."""

_MOST_NAMED = 5


@dataclass(frozen=True, eq=False)
class LayerStack:
    """Layers that are done.

    Attributes
    ----------
    path : pathlib.Path
        The volume file.
    numbers : tuple of int
        Their numbers in the file, by ascending position.
    names : tuple of str
        Their names.
    layers_um : numpy.ndarray
        ``(n_layers,)`` float64: their positions.
    step_um : float
        Usual distance of layers.
    origin_um, pitch_um : tuple of float
        Place of the first pixel, and distance of pixels, by (row, column).
    shape : tuple of int
        Rows and columns of an image.
    units : mapping of str to str
        Images of the volume, and the unit of each.
    warnings : tuple of str
        What is missing, and what does not fit together.
    """

    path: Path
    numbers: tuple[int, ...]
    names: tuple[str, ...]
    layers_um: numpy.ndarray
    step_um: float
    origin_um: tuple[float, float]
    pitch_um: tuple[float, float]
    shape: tuple[int, int]
    units: Mapping[str, str]
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def bounds_um(self) -> numpy.ndarray:
        """``(2, 3)``: corners of the volume; a layer stands for half a step to both sides."""
        origin, pitch = numpy.array(self.origin_um), numpy.array(self.pitch_um)
        low = [self.layers_um[0] - self.step_um / 2, *(origin - pitch / 2)]
        high = [
            self.layers_um[-1] + self.step_um / 2,
            *(origin + (numpy.array(self.shape) - 0.5) * pitch),
        ]
        return numpy.array([low, high])

    def image_stack(self, names: Sequence[str]) -> ImageStack:
        """Images of the volume in the same places, to be exported or cut along lines.

        Raises
        ------
        DarfixWBError
            If the volume has no such image.
        """
        unknown = [name for name in names if name not in self.units]
        if unknown:
            raise DarfixWBError(
                f"The images of a volume must be among {', '.join(self.units)}, got "
                f"{', '.join(unknown)} for {self.path}. Choose among these."
            )
        units = {name: self.units[name] for name in names}
        return ImageStack(
            self.layers_um, self.shape, self.pitch_um, self.origin_um, units, self.read
        )

    def read(self, name: str, index: int) -> numpy.ndarray:
        """``(rows, columns)`` float32: an image of the volume, of layer `index` of the stack."""
        with h5py.File(self.path, "r", locking=False) as file:
            return file[f"entry/{VOLUME}/{name}/{name}"][self.numbers[index]]

    def read_rows(
        self, name: str, rows: slice, indices: Sequence[int] | None = None
    ) -> numpy.ndarray:
        """``(n_layers, rows, columns)`` float32: some rows of some layers, or of all."""
        indices = range(len(self)) if indices is None else indices
        with h5py.File(self.path, "r", locking=False) as file:
            images = file[f"entry/{VOLUME}/{name}/{name}"]
            return numpy.stack([images[self.numbers[index], rows] for index in indices])

    @property
    def gaps_um(self) -> numpy.ndarray:
        """``(2 n,)`` float64: where layers end and begin again beside each of n gaps."""
        gaps = numpy.flatnonzero(numpy.diff(self.layers_um) > GAP * self.step_um)
        edges = [
            self.layers_um[gaps] + self.step_um / 2,
            self.layers_um[gaps + 1] - self.step_um / 2,
        ]
        return numpy.sort(numpy.concatenate(edges))


def open_stack(path: str | os.PathLike, spacing_um: Sequence[float]) -> LayerStack:
    """Look at the layers of a volume.

    Positions are those of the motor, scaled so that their usual distance is that of the spacing:
    of a sample that moves along its surface normal by dz, layers are dz cos(theta) apart where the
    motor is inclined by the Bragg angle.

    Parameters
    ----------
    path : str or path-like
        From `darfix_wb.volume`.
    spacing_um : sequence of float
        Distance of layers, of rows and of columns of the images.

    Raises
    ------
    DarfixWBError
        If it is no volume, was made without dislocation images, has fewer than two layers that are
        done, two layers at one place, or if the spacing is none.
    """
    spacing = checked_spacing(spacing_um)
    with open_hdf5(path) as file:
        group, plan = find_process(file, VOLUME), read_plan(file)
        states = group["layers/state"][()]
    if not plan.options.find_dislocations:
        raise DarfixWBError(
            f"The volume must hold dislocation images, and {path} was made without them. Run "
            "darfix-wb volume without --no-lines."
        )
    done = numpy.flatnonzero(states == LayerState.DONE)
    if len(done) < 2:
        raise DarfixWBError(
            f"At least two layers must be done to find lines between them, got {len(done)} of "
            f"{len(states)} in {path}. Run darfix-wb volume again for the others."
        )
    warnings = _not_done(plan, states)
    positions, scaled = _positions(plan, spacing[0])
    warnings += scaled
    order = done[numpy.argsort(positions[done], kind="stable")]
    layers, step = positions[order], spacing[0]
    names = tuple(plan.layers[index].name for index in order)
    warnings += _gaps(layers, step, names, path)
    binning = plan.options.binning
    pitch = spacing[1:]
    origin = tuple(
        float(axis.values[0]) / binning * side
        for axis, side in zip(image_axes(plan), pitch, strict=True)
    )
    return LayerStack(
        path=Path(path),
        numbers=tuple(int(index) for index in order),
        names=names,
        layers_um=layers,
        step_um=step,
        origin_um=origin,
        pitch_um=pitch,
        shape=plan.image_shape,
        units={picture.name: picture.unit for picture in plan.pictures},
        warnings=warnings,
    )


def _positions(plan: VolumePlan, step: float) -> tuple[numpy.ndarray, tuple[str, ...]]:
    """Positions of all layers in um, and what does not fit."""
    positions = layer_positions(plan)
    if not numpy.isfinite(positions).all():
        numbered = numpy.arange(len(positions)) * step
        return numbered, (
            "No motor tells where the layers lie: they were placed "
            f"{step:g} um apart, in the order of the file.",
        )
    told, unit = in_micrometres(positions.tolist(), plan.unit)
    positions = numpy.array(told)
    usual = float(numpy.median(numpy.diff(numpy.sort(positions)))) if len(positions) > 1 else step
    if usual <= 0:
        raise DarfixWBError(
            f"Layers must lie at different places, and by the motor {plan.motor} several lie at "
            "the same place. "
            "Choose other layers, or another motor with --z-motor of darfix-wb volume."
        )
    scale = step / usual
    if SCALE[0] <= scale <= SCALE[1] or unit != "um":
        return positions * scale, ()
    return positions * scale, (
        f"By the motor {plan.motor} the layers are {usual:.4g} um apart, by the spacing {step:g} "
        "um: positions were scaled to the spacing. Check it.",
    )


def _not_done(plan: VolumePlan, states: numpy.ndarray) -> tuple[str, ...]:
    missing = numpy.flatnonzero(states != LayerState.DONE)
    if not len(missing):
        return ()
    names = ", ".join(plan.layers[index].name for index in missing[:_MOST_NAMED])
    more = ", ..." if len(missing) > _MOST_NAMED else ""
    return (
        f"{len(missing)} of {len(states)} layers are not done ({names}{more}): they are left out, "
        "and no line is drawn through their places.",
    )


def _gaps(
    layers: numpy.ndarray, step: float, names: tuple[str, ...], path: str | os.PathLike
) -> tuple[str, ...]:
    distances = numpy.diff(layers)
    same = numpy.flatnonzero(distances < 1e-3 * step)
    if len(same):
        raise DarfixWBError(
            f"Layers must lie at different places, and {names[same[0]]} and {names[same[0] + 1]} "
            f"of {path} lie at the same place. Leave one of them out of the volume."
        )
    gaps = numpy.flatnonzero(distances > GAP * step)
    if not len(gaps):
        return ()
    told = ", ".join(
        f"{distances[k]:.3g} um between {names[k]} and {names[k + 1]}" for k in gaps[:_MOST_NAMED]
    )
    more = ", ..." if len(gaps) > _MOST_NAMED else ""
    return (
        f"There are gaps between layers ({told}{more}): lines end there, and nothing was "
        "interpolated.",
    )
