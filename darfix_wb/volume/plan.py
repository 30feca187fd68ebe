"""What a volume is made of: layers, options, model and grid, known before the first layer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from .. import __version__
from ..errors import DarfixWBError
from ..patches import PatchGrid
from .layer import Layer
from .options import LayerOptions
from .region import Region
from .result import BEAM_PICTURES, DISLOCATION_PICTURES, Picture

_WHAT = {
    "layers": "layers",
    "options": "options",
    "motor": "the motor",
    "unit": "the unit",
    "model_hash": "the model of SHA-256",
    "detector_hash": "the detector of SHA-256",
    "mask_hash": "the mask of SHA-256",
    "version": "darfix-wb",
}


_WITHOUT_EFFECT = ("model_file", "detector_file", "hold_frames")
"""Options that the result does not depend on: files are told by their hashes."""


@dataclass(frozen=True)
class VolumePlan:
    """All that the result depends on; equal plans give equal volumes.

    Attributes
    ----------
    layers : tuple of Layer
        In the order of the volume.
    options : LayerOptions
        The same for all layers.
    motor, unit : str
        Motor of the layers' positions and their unit; empty where no motor tells.
    model_hash, detector_hash, mask_hash : str
        SHA-256; empty where there is none. The mask is the one that the user gave.
    device : str
        Processor of the run that began the volume.
    version : str
        Of darfix-wb.
    frame_shape : tuple of int
        ``(height, width)`` of the region that is read, in pixels.
    patch_size, stride : int
        In pixels.
    n_frames : int
        Most frames of a layer.
    """

    layers: tuple[Layer, ...]
    options: LayerOptions
    motor: str
    unit: str
    model_hash: str
    detector_hash: str
    mask_hash: str
    device: str
    version: str = __version__
    frame_shape: tuple[int, int] = (0, 0)
    patch_size: int = 0
    stride: int = 0
    n_frames: int = 0

    @property
    def grid(self) -> PatchGrid:
        """Patches of a frame."""
        return PatchGrid(self.frame_shape, self.patch_size, self.stride)

    @property
    def image_shape(self) -> tuple[int, int]:
        """``(rows, columns)`` of the images, binned."""
        return tuple(-(-side // self.options.binning) for side in self.frame_shape)

    @property
    def conditions_shape(self) -> tuple[int, int, int]:
        """``(frames, patch rows, patch columns)`` of a layer."""
        return (self.n_frames, *self.grid.shape)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The images of each layer."""
        return BEAM_PICTURES + (DISLOCATION_PICTURES if self.options.find_dislocations else ())

    @property
    def key(self) -> str:
        """SHA-256 of what must be the same for two runs to go on with each other's work."""
        text = json.dumps(self._identity(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """Plain values, which JSON can hold."""
        return {
            **{one.name: getattr(self, one.name) for one in fields(self)},
            "layers": [asdict(layer) for layer in self.layers],
            "options": _plain(self.options),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> VolumePlan:
        """What `as_dict` gave, also after JSON."""
        options = dict(values["options"])
        region = options.pop("region")
        return cls(
            **{
                **values,
                "layers": tuple(Layer(**layer) for layer in values["layers"]),
                "options": LayerOptions(**options, region=region and Region.parse(region)),
                "frame_shape": tuple(values["frame_shape"]),
            }
        )

    def check_same(self, given: VolumePlan, place: str) -> None:
        """Refuse a run that would go on with what another one began differently.

        Parameters
        ----------
        given : VolumePlan
            Of this run; its frames need not have been looked at.
        place : str
            Where the work of the other run is.

        Raises
        ------
        DarfixWBError
            With the first thing that differs.
        """
        before, now = self._identity(), given._identity()
        for name in before:
            if before[name] != now[name]:
                raise DarfixWBError(
                    f"A run may only go on as it was begun, and {place} was begun with "
                    f"{_difference(name, before[name], now[name])}. Give the same, or another "
                    "output, or set overwrite to true."
                )

    def _identity(self) -> dict[str, Any]:
        values = self.as_dict()
        options = values["options"]
        chosen = {name: options[name] for name in options if name not in _WITHOUT_EFFECT}
        return {**{name: values[name] for name in _WHAT}, "options": chosen}


def _plain(options: LayerOptions) -> dict[str, Any]:
    region = options.region
    return {**vars(options), "region": None if region is None else str(region)}


def _difference(name: str, before: Any, now: Any) -> str:
    if name == "options":
        first = next(one for one in before if before[one] != now[one])
        return f"{first} {before[first]}, and {now[first]} is given now"
    if name == "layers":
        if len(before) != len(now):
            return f"{len(before)} layers, and {len(now)} are given now"
        old, new = next(pair for pair in zip(before, now, strict=True) if pair[0] != pair[1])
        return f"the layer {_layer(old)}, and {_layer(new)} is given now in its place"
    if name.endswith("_hash"):
        before, now = before[:12], now[:12]
    return f"{_WHAT[name]} {before or 'none'}, and {now or 'none'} is given now"


def _layer(values: Mapping[str, Any]) -> str:
    place = values["position"]
    return f"{values['name']} ({values['url']}{'' if place is None else f' at {place:g}'})"
