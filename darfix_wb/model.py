"""A trained network with all that it needs to classify one frame alone, in one file."""

from __future__ import annotations

import copy
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import numpy
import safetensors
import safetensors.torch
import torch

from .beam import BeamCondition, BeamMap
from .device import resolve_device
from .errors import DarfixWBError, OperationCancelled
from .io.output import new_file
from .networks import build_network, to_probabilities
from .networks.context import ContextNetwork
from .normalization import (
    N_FEATURES,
    Background,
    PatchNormalizer,
    Scaling,
    estimate_background,
    scaling_from_dict,
)
from .patches import PatchGrid
from .scan import check_finite

FORMAT_VERSION = 2
"""1: without context network; read as a model that has none."""

BATCH_SIZE = 64
_HEADER = "darfix_wb"
_CONTEXT = "context."
SHIPPED_MODEL = "lcnn.safetensors"


@dataclass(frozen=True)
class BeamModel:
    """Network, scaling, classes and calibration.

    Attributes
    ----------
    network : torch.nn.Module
        The network with its weights, on the CPU, in evaluation mode.
    patch_size : int
        Side of the patches it was trained on, pixels.
    scaling : PatchScaling or LogScaling
        How counts become its input.
    temperature : float
        Divides the logits, so that probabilities are honest.
    record : dict
        Where it comes from: training data, labels, split, seed, versions, figures. Plain literals.
    context : ContextNetwork or None
        What weighs each frame against the others of its rocking curve, where there are others.
    context_temperature : float
        Divides its logits.
    """

    network: torch.nn.Module
    patch_size: int
    scaling: Scaling
    temperature: float = 1.0
    record: dict = field(default_factory=dict)
    context: ContextNetwork | None = None
    context_temperature: float = 1.0

    @property
    def name(self) -> str:
        """Name of the network, e.g. ``"lcnn"``."""
        return self.network.name

    @property
    def classes(self) -> tuple[BeamCondition, ...]:
        """Conditions that the network tells apart."""
        return self.network.classes

    @property
    def hash(self) -> str:
        """SHA-256 of everything on which the probabilities depend."""
        digest = hashlib.sha256(json.dumps(self._description(), sort_keys=True).encode())
        for name, weights in sorted(self._weights().items()):
            digest.update(name.encode())
            digest.update(weights.cpu().numpy().tobytes())
        return digest.hexdigest()

    def predict(
        self,
        frames: numpy.ndarray,
        background: Background | None = None,
        stride: int | None = None,
        device: str = "auto",
        batch_size: int = BATCH_SIZE,
    ) -> BeamMap:
        """Classify frames, each alone.

        Parameters
        ----------
        frames : numpy.ndarray
            ``(n_frames, height, width)`` counts, or one frame ``(height, width)``.
        background : Background, optional
            Dark level and noise of the detector. Estimated from `frames` if not given: with it, a
            frame gets the same labels whichever other frames are there.
        stride : int, optional
            Distance between patches in pixels; the patch size if not given.
        device : str
            As `darfix_wb.device.resolve_device`.
        batch_size : int
            Patches per call of the network.

        Raises
        ------
        DarfixWBError
            If a frame is smaller than a patch, or has NaN or infinite pixels.
        """
        frames = numpy.asarray(frames)
        frames = frames[None] if frames.ndim == 2 else frames
        for index, frame in enumerate(frames):
            check_finite(frame, index)
        grid = PatchGrid(frames.shape[1:], self.patch_size, stride)
        if background is None:
            background = estimate_background(frames)
        classify = FrameClassifier(self, grid, background, device, batch_size)
        probabilities = numpy.stack([classify(frame) for frame in frames])
        return BeamMap(probabilities, grid, self.hash, self.name)

    def save(self, path: str | os.PathLike, overwrite: bool = False) -> None:
        """Write the model to a ``.safetensors`` file.

        Raises
        ------
        DarfixWBError
            As `darfix_wb.io.output.new_file`.
        """
        header = json.dumps({**self._description(), "record": self.record}, sort_keys=True)
        weights = {name: tensor.contiguous() for name, tensor in self._weights().items()}
        content = safetensors.torch.save(weights, {_HEADER: header})
        with new_file(path, overwrite) as partial:
            partial.write_bytes(content)

    @classmethod
    def load(cls, path: str | os.PathLike | None = None) -> BeamModel:
        """Read a model; the shipped one if no path is given.

        Raises
        ------
        DarfixWBError
            If the file is missing, damaged, not a model of darfix-wb, or of a newer format.
        """
        path = Path(path) if path else shipped_model_file()
        header, weights = _read(path)
        _check_format(header, path)
        try:
            patch_size = int(header["patch_size"])
            network = build_network(header["network"], patch_size, header["dropout"]).eval()
            context, context_temperature = _build_context(header["context"], weights)
            network.load_state_dict(weights)
            scaling = scaling_from_dict(header["normalization"])
            temperature = float(header["temperature"])
            model = cls(
                network, patch_size, scaling, temperature, {}, context, context_temperature
            )
            model.record.update(header["record"])
            agrees = header == {**model._description(), "record": model.record}
        except DarfixWBError:
            raise
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            raise _disagreement(path) from error
        positive = min(model.temperature, model.context_temperature) > 0
        if not (agrees and positive and _all_finite(model._weights())):
            raise _disagreement(path)
        return model

    def _description(self) -> dict:
        return {
            "format_version": FORMAT_VERSION,
            "network": self.name,
            "patch_size": self.patch_size,
            "dropout": next(
                (m.p for m in self.network.modules() if isinstance(m, torch.nn.Dropout)), 0.0
            ),
            "normalization": self.scaling.to_dict(),
            "classes": [condition.name.lower() for condition in self.classes],
            "temperature": self.temperature,
            "context": None if self.context is None else {"temperature": self.context_temperature},
        }

    def _weights(self) -> dict[str, torch.Tensor]:
        weights = dict(self.network.state_dict())
        if self.context is not None:
            context = self.context.state_dict()
            weights |= {_CONTEXT + name: tensor for name, tensor in context.items()}
        return weights


class FrameClassifier:
    """Classifies the frames of one scan, one at a time.

    Parameters
    ----------
    model : BeamModel
        The trained network.
    grid : PatchGrid
        Where the patches lie; its patch_size must be the model's.
    background : Background
        Dark level and noise of the scan.
    device : str
        As `darfix_wb.device.resolve_device`.
    batch_size : int
        Patches per call of the network; fewer on a CPU, where the maps of a larger batch would not
        stay in its cache.

    Raises
    ------
    DarfixWBError
        If the patches are of another size than the model's.
    """

    def __init__(
        self,
        model: BeamModel,
        grid: PatchGrid,
        background: Background,
        device: str = "auto",
        batch_size: int = BATCH_SIZE,
    ) -> None:
        if grid.patch_size != model.patch_size:
            raise DarfixWBError(
                f"Patches must have the size that the model was trained on ({model.patch_size} "
                f"px), got {grid.patch_size} px. Extract patches of {model.patch_size} px, or "
                "train a model on patches of this size."
            )
        if batch_size < 1:
            raise DarfixWBError(
                f"batch_size must be at least 1, got {batch_size}. Leave it at {BATCH_SIZE}."
            )
        self.device = resolve_device(device)
        self._model = model
        self._grid = grid
        self._normalizer = PatchNormalizer(model.scaling, grid, background)
        self._network = copy.deepcopy(model.network).to(self.device).eval()
        on_cpu = self.device.type == "cpu"
        self._batch_size = min(batch_size, model.network.cpu_batch_size) if on_cpu else batch_size

    def __call__(
        self, frame: numpy.ndarray, cancelled: Callable[[], bool] | None = None
    ) -> numpy.ndarray:
        """Probabilities of one frame.

        Parameters
        ----------
        frame : numpy.ndarray
            ``(height, width)`` counts.
        cancelled : callable, optional
            Asked before each batch; true ends the work with `OperationCancelled`.

        Returns
        -------
        numpy.ndarray
            ``(rows, columns, 3)`` float32 in the order WEAK, STRONG, EMPTY.
        """
        logits, _ = self.look(frame, cancelled=cancelled)
        return self.to_probabilities(logits)

    def look(
        self,
        frame: numpy.ndarray,
        patches: numpy.ndarray | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> tuple[numpy.ndarray, numpy.ndarray]:
        """What the network says of one frame, and what was scaled away before.

        Parameters
        ----------
        frame : numpy.ndarray
            ``(height, width)`` counts.
        patches : numpy.ndarray, optional
            Flat indices of the patches to look at; all if not given.
        cancelled : callable, optional
            As in `__call__`.

        Returns
        -------
        logits : numpy.ndarray
            ``(rows, columns, n_classes)`` float32 in the order of the model's classes; zeros where
            it did not look.
        features : numpy.ndarray
            ``(rows, columns, 2)`` float32, from `PatchNormalizer`; zeros likewise.
        """
        n_patches = self._grid.n_patches
        wanted = numpy.arange(n_patches) if patches is None else patches
        logits = numpy.zeros((n_patches, len(self._model.classes)), numpy.float32)
        all_features = numpy.zeros((n_patches, N_FEATURES), numpy.float32)
        with torch.inference_mode():
            for part, images, features in self._normalizer.batches(
                frame, self._batch_size, wanted
            ):
                if cancelled is not None and cancelled():
                    raise OperationCancelled("Classification was cancelled.")
                logits[wanted[part]] = self._network(
                    torch.from_numpy(images).to(self.device),
                    torch.from_numpy(features).to(self.device),
                ).cpu()
                all_features[wanted[part]] = features
        return logits.reshape(*self._grid.shape, -1), all_features.reshape(*self._grid.shape, -1)

    def to_probabilities(self, logits: numpy.ndarray) -> numpy.ndarray:
        """Calibrated probabilities ``(rows, columns, 3)`` of the logits of `look`."""
        flat = logits.reshape(-1, logits.shape[-1])
        probabilities = to_probabilities(flat, self._model.classes, self._model.temperature)
        return probabilities.reshape(*self._grid.shape, len(BeamCondition))


def shipped_model_file() -> Path:
    """The file of the model that comes with the package."""
    return Path(str(resources.files("darfix_wb") / "resources" / SHIPPED_MODEL))


def _read(path: Path) -> tuple[dict, dict[str, torch.Tensor]]:
    if not path.is_file():
        raise DarfixWBError(
            f"The model file must exist, got {path}. Choose another, or leave it empty for the "
            "shipped model."
        )
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            header = (file.metadata() or {}).get(_HEADER)
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


def _build_context(
    described: dict | None, weights: dict[str, torch.Tensor]
) -> tuple[ContextNetwork | None, float]:
    """The context network, whose weights are taken out of `weights`, and its temperature."""
    mine = [name for name in weights if name.startswith(_CONTEXT)]
    taken = {name.removeprefix(_CONTEXT): weights.pop(name) for name in mine}
    if described is None and not taken:
        return None, 1.0
    context = ContextNetwork().eval()
    context.load_state_dict(taken)
    return context, float(described["temperature"])


def _parse(text: str | None) -> dict | None:
    try:
        header = json.loads(text or "null")
    except json.JSONDecodeError:
        return None
    return header if isinstance(header, dict) else None


def _all_finite(weights: dict[str, torch.Tensor]) -> bool:
    return all(bool(torch.isfinite(tensor).all()) for tensor in weights.values())


def _disagreement(path: Path) -> DarfixWBError:
    return DarfixWBError(
        f"The weights of a model must be finite and fit its header, got {path} where they do not. "
        "Train the model again, or get another copy."
    )


def _check_format(header: dict, path: Path) -> None:
    version = header.get("format_version")
    if version == 1 and "context" not in header:
        header |= {"format_version": FORMAT_VERSION, "context": None}
    elif version != FORMAT_VERSION:
        raise DarfixWBError(
            f"The model's format must be version 1 to {FORMAT_VERSION}, got {version} in {path}. "
            "Update darfix-wb, or train the model again."
        )
