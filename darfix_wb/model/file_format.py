"""The file of a model: a safetensors file with a header in JSON."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import safetensors
import torch

from ..errors import DarfixWBError

FORMAT_VERSION = 3
"""1: without context network; 2: without conformal thresholds. Read as models that have none."""

HEADER = "darfix_wb"
SHIPPED_MODEL = "lcnn.safetensors"


def shipped_model_file() -> Path:
    """The file of the model that comes with the package."""
    return Path(str(resources.files("darfix_wb") / "resources" / SHIPPED_MODEL))


def read_file(path: Path) -> tuple[dict, dict[str, torch.Tensor]]:
    if not path.is_file():
        raise DarfixWBError(
            f"The model file must exist, got {path}. Choose another, or leave it empty for the "
            "shipped model."
        )
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            header = (file.metadata() or {}).get(HEADER)
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (safetensors.SafetensorError, OSError) as error:
        raise DarfixWBError(
            f"A model must be a complete .safetensors file, got {path}, which is damaged or of "
            "another kind. Get another copy, or choose another file."
        ) from error
    header = _parse(header)
    if header is None:
        raise DarfixWBError(
            f"A model must be written by darfix-wb, got {path}, which has no such header. "
            "Choose another file."
        )
    return header, weights


def _parse(text: str | None) -> dict | None:
    try:
        header = json.loads(text or "null")
    except json.JSONDecodeError:
        return None
    return header if isinstance(header, dict) else None


def all_finite(weights: dict[str, torch.Tensor]) -> bool:
    return all(bool(torch.isfinite(tensor).all()) for tensor in weights.values())


def disagreement(path: Path) -> DarfixWBError:
    return DarfixWBError(
        f"The weights of a model must be finite and fit its header, got {path} where they do not. "
        "Train the model again, or get another copy."
    )


def check_format(header: dict, path: Path) -> None:
    version = header.get("format_version")
    if version not in range(1, FORMAT_VERSION + 1):
        raise DarfixWBError(
            f"The model's format must be version 1 to {FORMAT_VERSION}, got {version} in {path}. "
            "Update darfix-wb, or train the model again."
        )
    if version == 1:
        header["context"] = None
    if version < FORMAT_VERSION:
        header |= {"format_version": FORMAT_VERSION, "thresholds": None}
        if isinstance(header.get("context"), dict):
            header["context"]["thresholds"] = None


def describe_thresholds(thresholds: tuple[float, float] | None) -> list[float] | None:
    return None if thresholds is None else list(thresholds)


def read_thresholds(described: list[float] | None) -> tuple[float, float] | None:
    """What `describe_thresholds` described; ValueError if it is no pair of probabilities."""
    if described is None:
        return None
    weak, strong = map(float, described)
    if not (0 <= weak <= 1 and 0 <= strong <= 1):
        raise ValueError(f"thresholds must lie between 0 and 1, got {described}")
    return weak, strong
