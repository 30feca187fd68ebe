"""What a classification was made with once all defaults are known, to be printed and stored."""

from __future__ import annotations

from typing import Any

from ..beam import BeamMap
from ..extraction import PatchedScan
from ..integration import BeamImages
from ..integration.threshold import THRESHOLD_UNITS
from ..io.frame_choice import SKIPPED
from ..io.motors.sentences import left_out_warnings

HASH_DIGITS = 12


def what_was_used(
    patched: PatchedScan,
    beam_map: BeamMap,
    images: BeamImages,
    *,
    model_file: str,
    size_chosen: bool,
) -> dict[str, Any]:
    """Plain values, as they are stored with the result.

    Parameters
    ----------
    patched : PatchedScan
        The scan with its patches and dark level.
    beam_map, images
        What was made of it.
    model_file : str
        File of the model; empty for the shipped one.
    size_chosen : bool
        Whether the user chose the patch size; if not, frame and model did.
    """
    curves = patched.scan.curves
    model = (model_file or "the shipped model") if beam_map.model_hash else ""
    return {
        **beam_map.parameters,
        "patch_size_source": "given" if size_chosen else "chosen automatically",
        "model": model,
        "model_hash": beam_map.model_hash,
        "rocking_curves": len(curves),
        "steps": sorted({len(frames) for frames in curves}),
        "mode": images.mode,
        "threshold": images.threshold,
    }


def describe_use(used: dict[str, Any]) -> str:
    """The same as lines to read.

    Parameters
    ----------
    used : dict
        From `what_was_used`.
    """
    size = f"{used['patch_size']} px ({used['patch_size_source']})"
    patches = f"patches of {size} every {used['stride']} px"
    unit = THRESHOLD_UNITS[used["mode"]]
    skipped = {frame: why for frame, why in used["left_out"].items() if why == SKIPPED}
    lines = (
        f"Method: {_method(used)}; {patches}",
        f"Dark level: {_level(used['dark'])} ({used['dark_source']}), noise {used['noise']:.2f} "
        f"counts; {_curves(used)}",
        *left_out_warnings(skipped),
        f"Images: mode {used['mode']}, binary map above {used['threshold']:g} {unit}",
    )
    return "\n".join(lines)


def _method(used: dict[str, Any]) -> str:
    if not used["model"]:
        return used["method"]
    context = "with" if used["use_context"] else "without"
    return (
        f"{used['method']} of {used['model']} (SHA-256 {used['model_hash'][:HASH_DIGITS]}), "
        f"{context} the other frames of the curve, on {used['device']}"
    )


def _level(dark: float | str) -> str:
    return dark if isinstance(dark, str) else f"{dark:.2f} counts"


def _curves(used: dict[str, Any]) -> str:
    number, steps = used["rocking_curves"], used["steps"]
    length = f"{steps[0]} to {steps[-1]}" if len(steps) > 1 else f"{steps[0] if steps else 0}"
    motor = f" of {used['rocking_motor']}" if used["rocking_motor"] else ""
    return f"{number} rocking curve{'s' if number != 1 else ''}{motor}, {length} frames each"
