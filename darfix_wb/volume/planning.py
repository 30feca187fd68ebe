"""How a volume will be made, found before its first layer is computed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy

from ..detection.detector import LineDetector
from ..device import describe_device, resolve_device
from ..errors import DarfixWBError
from ..model import BeamModel
from ..pixels import GivenMask
from .layer import Layer
from .options import LayerOptions
from .plan import VolumePlan
from .survey import Look


def given_plan(
    layers: Sequence[Layer],
    options: LayerOptions,
    *,
    motor: str = "",
    unit: str = "",
    mask: GivenMask | None = None,
) -> VolumePlan:
    """The plan as far as it is known without opening a layer.

    Raises
    ------
    DarfixWBError
        If there is no layer, or model, detector or device cannot be had.
    """
    if not layers:
        raise DarfixWBError("A volume must have one layer or more, got none. Give some.")
    model_hash, detector_hash = hashes(options)
    return VolumePlan(
        tuple(layers),
        options,
        motor,
        unit,
        model_hash,
        detector_hash,
        mask_hash(mask),
        describe_device(resolve_device(options.device)),
    )


def complete_plan(plan: VolumePlan, looks: Sequence[Look]) -> VolumePlan:
    """The plan with the grid and the number of frames that most of the layers have.

    Parameters
    ----------
    plan : VolumePlan
        From `given_plan`.
    looks : sequence of Look
        At its layers.

    Raises
    ------
    DarfixWBError
        If none of them can be opened, or they do not take the patch size.
    """
    check_readable(looks)
    shapes = Counter(look.frame_shape for look in looks if not look.reason)
    (shape, _), *_ = shapes.most_common(1)
    model, options = BeamModel.load(plan.options.model_file or None), plan.options
    size = model.patch_size_for(shape, options.patch_size, stride=options.stride)
    return replace(
        plan,
        frame_shape=shape,
        patch_size=size,
        stride=options.stride or size,
        n_frames=max(look.n_frames for look in looks if look.frame_shape == shape),
    )


def check_readable(looks: Sequence[Look]) -> None:
    """Refuse to begin where no layer can be opened, as when their disk is not mounted.

    Raises
    ------
    DarfixWBError
        With the reason of the first layer.
    """
    if all(look.reason for look in looks):
        raise DarfixWBError(
            f"One layer or more must be readable, and none of {len(looks)} is. Of the first: "
            f"{looks[0].reason}"
        )


def hashes(options: LayerOptions) -> tuple[str, str]:
    """SHA-256 of the model, and of the detector; empty where no lines are found."""
    model = BeamModel.load(options.model_file or None)
    if not options.find_dislocations:
        return model.hash, ""
    return model.hash, LineDetector.load(options.detector_file or None).hash


def mask_hash(mask: GivenMask | None) -> str:
    """SHA-256 of the pixels of a mask; empty for none."""
    if mask is None:
        return ""
    pixels = numpy.ascontiguousarray(numpy.asarray(mask.pixels) != 0)
    return hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()
