"""The file of a model."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import torch

from ..io.output import InputFile
from .hashed_file import FileKind, disagreement, read_hashed, write_hashed
from .patch_sizes import LARGEST_PATCH

FORMAT_VERSION = 5
"""1: without context network; 2: without conformal thresholds; 3: without a hash; 4: of one patch
size. Read as models that have none, and take one size."""

MODEL = FileKind("model", "darfix_wb", FORMAT_VERSION, first_hashed=4)
SHIPPED_MODEL = "lcnn.safetensors"


def shipped_model_file() -> Path:
    """The file of the model that comes with the package."""
    return Path(str(resources.files("darfix_wb") / "resources" / SHIPPED_MODEL))


def write_file(
    path: str | os.PathLike,
    header: dict,
    weights: dict[str, torch.Tensor],
    *,
    overwrite: bool,
    inputs: Sequence[InputFile] = (),
) -> None:
    """Write header and weights of a model, as `write_hashed`."""
    write_hashed(path, MODEL, header, weights, overwrite=overwrite, inputs=inputs)


def read_file(path: Path) -> tuple[dict, dict[str, torch.Tensor]]:
    """The header as the present version writes it, without the hash, and the weights.

    Raises
    ------
    DarfixWBError
        As `read_hashed`, and if the header names no patch size.
    """
    header, weights = read_hashed(path, MODEL)
    if header.get("patch_size") not in range(1, LARGEST_PATCH + 1):
        raise disagreement(path, MODEL)
    return _upgraded(header), weights


def taken_out(weights: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    """The weights with this prefix, removed from `weights`, by name without it."""
    names = [name for name in weights if name.startswith(prefix)]
    return {name.removeprefix(prefix): weights.pop(name) for name in names}


def _upgraded(header: dict) -> dict:
    """The header of an older version with what is new since: nothing fitted, nothing there."""
    version = header["format_version"]
    if version == 1:
        header["context"] = None
    if version < 3:
        header["thresholds"] = None
        if isinstance(header.get("context"), dict):
            header["context"]["thresholds"] = None
    if version < 5:
        header["patch_sizes"] = [header["patch_size"]] * 2
    return {**header, "format_version": FORMAT_VERSION}
