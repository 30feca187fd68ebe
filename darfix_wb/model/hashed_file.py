"""A safetensors file with a header in JSON, and a hash of both."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import safetensors
import safetensors.torch
import torch

from ..errors import DarfixWBError
from ..io.hdf5_access import READING_ERRORS
from ..io.output import InputFile, new_file
from ..io.output_names import MODEL_SUFFIXES

HASH = "sha256"


@dataclass(frozen=True)
class FileKind:
    """A kind of file.

    Attributes
    ----------
    name : str
        For people, e.g. ``"model"``.
    header : str
        Key of the header in the metadata of the file.
    newest : int
        Version of the format that is written; this and all older ones are read.
    first_hashed : int
        From which version on a hash must be there.
    """

    name: str
    header: str
    newest: int
    first_hashed: int = 1


def write_hashed(
    path: str | os.PathLike,
    kind: FileKind,
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
    kind : FileKind
        What it is to be.
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
    header = json.loads(json.dumps({**header, "format_version": kind.newest}))
    header[HASH] = content_hash(header, weights)
    weights = {name: tensor.contiguous() for name, tensor in weights.items()}
    content = safetensors.torch.save(weights, {kind.header: _as_text(header)})
    with new_file(path, overwrite=overwrite, inputs=inputs, suffixes=MODEL_SUFFIXES) as partial:
        partial.write_bytes(content)


def read_hashed(path: Path, kind: FileKind) -> tuple[dict, dict[str, torch.Tensor]]:
    """The header without the hash, in the version of the file, and the weights.

    Raises
    ------
    DarfixWBError
        If the file is missing, damaged, changed after it was written, of another kind, or of a
        newer format.
    """
    if not path.is_file():
        raise DarfixWBError(
            f"The {kind.name} file must exist, got {path}. Choose another, or leave it empty for "
            f"the shipped {kind.name}."
        )
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get(kind.header)
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (safetensors.SafetensorError, *READING_ERRORS) as error:
        raise DarfixWBError(
            f"A {kind.name} must be a complete .safetensors file, got {path}, which is damaged or "
            "of another kind. Get another copy, or choose another file."
        ) from error
    header = _parse(text)
    if header is None:
        raise DarfixWBError(
            f"A {kind.name} must be written by darfix-wb, got {path}, which has no such header. "
            "Choose another file."
        )
    version = _checked_version(header, path, kind)
    written_hash = header.pop(HASH, None)
    if version >= kind.first_hashed or written_hash is not None:
        unchanged = text == _as_text({**header, HASH: written_hash})
        if not unchanged or written_hash != content_hash(header, weights):
            raise DarfixWBError(
                f"A {kind.name} must be as it was written, got {path}, whose header and weights "
                f"do not agree with their SHA-256. Get another copy, or train the {kind.name} "
                "again."
            )
    return header, weights


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


def disagreement(path: Path, kind: FileKind) -> DarfixWBError:
    """The error where header and weights do not fit each other."""
    return DarfixWBError(
        f"The weights of a {kind.name} must be finite and fit its header, got {path} where they "
        f"do not. Train the {kind.name} again, or get another copy."
    )


def _as_text(header: dict) -> str:
    return json.dumps(header, sort_keys=True)


def _parse(text: str | None) -> dict | None:
    try:
        header = json.loads(text or "null")
    except (ValueError, RecursionError):
        return None
    return header if isinstance(header, dict) else None


def _checked_version(header: dict, path: Path, kind: FileKind) -> int:
    version = header.get("format_version")
    if version not in range(1, kind.newest + 1):
        raise DarfixWBError(
            f"The {kind.name}'s format must be version 1 to {kind.newest}, got {version} in "
            f"{path}. Update darfix-wb, or train the {kind.name} again."
        )
    return version
