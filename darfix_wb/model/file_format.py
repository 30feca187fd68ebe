"""The file of a model: a safetensors file with a header in JSON, and a hash of both."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import safetensors
import safetensors.torch
import torch

from ..errors import DarfixWBError
from ..io.hdf5_access import READING_ERRORS
from ..io.output import InputFile, new_file
from ..io.output_names import MODEL_SUFFIXES
from .patch_sizes import LARGEST_PATCH

FORMAT_VERSION = 5
"""1: without context network; 2: without conformal thresholds; 3: without a hash; 4: of one patch
size. Read as models that have none, and take one size."""

FIRST_HASHED = 4
HEADER = "darfix_wb"
HASH = "sha256"
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
    """Write header and weights, and in the header the hash of both.

    Parameters
    ----------
    path : path-like
        The file.
    header : dict
        Plain literals.
    weights : dict
        Tensors by name.
    overwrite : bool
        Whether an existing file may be replaced.
    inputs : sequence of InputFile
        Files that may never be replaced.

    Raises
    ------
    DarfixWBError
        As `darfix_wb.io.output.new_file`.
    """
    header = json.loads(json.dumps({**header, "format_version": FORMAT_VERSION}))
    header[HASH] = content_hash(header, weights)
    weights = {name: tensor.contiguous() for name, tensor in weights.items()}
    content = safetensors.torch.save(weights, {HEADER: _as_text(header)})
    with new_file(path, overwrite=overwrite, inputs=inputs, suffixes=MODEL_SUFFIXES) as partial:
        partial.write_bytes(content)


def read_file(path: Path) -> tuple[dict, dict[str, torch.Tensor]]:
    """The header as the present version writes it, without the hash, and the weights.

    Raises
    ------
    DarfixWBError
        If the file is missing, damaged, changed after it was written, not a model of darfix-wb, or
        of a newer format.
    """
    if not path.is_file():
        raise DarfixWBError(
            f"The model file must exist, got {path}. Choose another, or leave it empty for the "
            "shipped model."
        )
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get(HEADER)
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (safetensors.SafetensorError, *READING_ERRORS) as error:
        raise DarfixWBError(
            f"A model must be a complete .safetensors file, got {path}, which is damaged or of "
            "another kind. Get another copy, or choose another file."
        ) from error
    header = _parse(text)
    if header is None:
        raise DarfixWBError(
            f"A model must be written by darfix-wb, got {path}, which has no such header. "
            "Choose another file."
        )
    version = _checked_version(header, path)
    written_hash = header.pop(HASH, None)
    if version >= FIRST_HASHED or written_hash is not None:
        unchanged = text == _as_text({**header, HASH: written_hash})
        if not unchanged or written_hash != content_hash(header, weights):
            raise DarfixWBError(
                f"A model must be as it was written, got {path}, whose header and weights do not "
                "agree with their SHA-256. Get another copy, or train the model again."
            )
    if header.get("patch_size") not in range(1, LARGEST_PATCH + 1):
        raise disagreement(path)
    return _upgraded(header), weights


def content_hash(header: dict, weights: dict[str, torch.Tensor]) -> str:
    """SHA-256 of a header without its hash, and of the weights: names, types, shapes, values."""
    digest = hashlib.sha256(_as_text(header).encode())
    for name, tensor in sorted(weights.items()):
        digest.update(f"{name} {tensor.dtype} {list(tensor.shape)}".encode())
        digest.update(tensor.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def all_finite(weights: dict[str, torch.Tensor]) -> bool:
    """Whether no weight is NaN or infinite."""
    return all(bool(torch.isfinite(tensor).all()) for tensor in weights.values())


def disagreement(path: Path) -> DarfixWBError:
    """The error where header and weights describe no model."""
    return DarfixWBError(
        f"The weights of a model must be finite and fit its header, got {path} where they do not. "
        "Train the model again, or get another copy."
    )


def _as_text(header: dict) -> str:
    return json.dumps(header, sort_keys=True)


def _parse(text: str | None) -> dict | None:
    try:
        header = json.loads(text or "null")
    except (ValueError, RecursionError):
        return None
    return header if isinstance(header, dict) else None


def _checked_version(header: dict, path: Path) -> int:
    version = header.get("format_version")
    if version not in range(1, FORMAT_VERSION + 1):
        raise DarfixWBError(
            f"The model's format must be version 1 to {FORMAT_VERSION}, got {version} in {path}. "
            "Update darfix-wb, or train the model again."
        )
    return version


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
