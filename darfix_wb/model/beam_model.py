"""The model: networks, scaling, classes and calibration."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy
import safetensors.torch
import torch
from scipy.special import expit

from ..beam import BeamCondition, BeamMap
from ..errors import DarfixWBError
from ..io.output import InputFile, new_file
from ..networks import build_network, count_macs, count_parameters
from ..networks.context_network import VIEWS, ContextNetwork
from ..normalization import Background, Scaling, scaling_from_dict
from .file_format import (
    FORMAT_VERSION,
    HEADER,
    all_finite,
    check_format,
    describe_thresholds,
    disagreement,
    read_file,
    read_thresholds,
    shipped_model_file,
)

_CONTEXT = "context."


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
    context_shift, context_temperature : float
        Added to its logits, and then divides them.
    thresholds, context_thresholds : tuple of float or None
        Of weak and strong in `darfix_wb.beam.prediction_sets`: of single frames, and of the
        context network. None where they were not fitted.
    """

    network: torch.nn.Module
    patch_size: int
    scaling: Scaling
    temperature: float = 1.0
    record: dict = field(default_factory=dict)
    context: ContextNetwork | None = None
    context_temperature: float = 1.0
    context_shift: float = 0.0
    thresholds: tuple[float, float] | None = None
    context_thresholds: tuple[float, float] | None = None

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
        """SHA-256 of everything on which the answers depend."""
        digest = hashlib.sha256(json.dumps(self._description(), sort_keys=True).encode())
        for name, weights in sorted(self._weights().items()):
            digest.update(name.encode())
            digest.update(weights.cpu().numpy().tobytes())
        return digest.hexdigest()

    def predict(
        self,
        frames: numpy.ndarray,
        *,
        background: Background | None = None,
        stride: int | None = None,
        device: str = "auto",
        batch_size: int = 128,
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
        from ..classification.frame_classifier import classify_frames

        return classify_frames(
            self, frames, background=background, stride=stride, device=device, batch_size=batch_size
        )

    def context_probabilities(self, logits: numpy.ndarray) -> numpy.ndarray:
        """Calibrated probabilities ``(..., 3)`` of what the context network says of lit patches.

        Parameters
        ----------
        logits : numpy.ndarray
            ``(...)``, from `darfix_wb.classification.curve_context.context_logits`.
        """
        strong = expit((logits + self.context_shift) / self.context_temperature)
        probabilities = numpy.stack([1 - strong, strong, numpy.zeros_like(strong)], axis=-1)
        return probabilities.astype(numpy.float32, copy=False)

    def size(self, with_context: bool = True) -> tuple[int, int]:
        """Parameters, and multiplications for one patch of one frame.

        Parameters
        ----------
        with_context : bool
            Whether the context network counts, which looks at each patch in three ways.
        """
        parameters = count_parameters(self.network)
        macs = count_macs(self.network, patch_size=self.patch_size)
        if with_context and self.context is not None:
            parameters += count_parameters(self.context)
            macs += len(VIEWS) * count_macs(self.context)
        return parameters, macs

    def save(
        self, path: str | os.PathLike, *, overwrite: bool = False, inputs: Sequence[InputFile] = ()
    ) -> None:
        """Write the model to a ``.safetensors`` file.

        Parameters
        ----------
        path : str or path-like
            File to write.
        overwrite : bool
            Whether a file that exists may be replaced.
        inputs : sequence of InputFile
            Files that may never be replaced, as in `darfix_wb.io.output.check_output`.

        Raises
        ------
        DarfixWBError
            As `darfix_wb.io.output.new_file`.
        """
        header = json.dumps({**self._description(), "record": self.record}, sort_keys=True)
        weights = {name: tensor.contiguous() for name, tensor in self._weights().items()}
        content = safetensors.torch.save(weights, {HEADER: header})
        with new_file(path, overwrite=overwrite, inputs=inputs) as partial:
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
        header, weights = read_file(path)
        check_format(header, path)
        try:
            patch_size = int(header["patch_size"])
            network = build_network(
                header["network"], patch_size=patch_size, dropout=header["dropout"]
            ).eval()
            context = _build_context(header["context"], weights)
            network.load_state_dict(weights)
            model = cls(
                network,
                patch_size,
                scaling_from_dict(header["normalization"]),
                float(header["temperature"]),
                dict(header["record"]),
                thresholds=read_thresholds(header["thresholds"]),
                **context,
            )
            agrees = header == {**model._description(), "record": model.record}
        except DarfixWBError:
            raise
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            raise disagreement(path) from error
        positive = min(model.temperature, model.context_temperature) > 0
        if not (agrees and positive and all_finite(model._weights())):
            raise disagreement(path)
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
            "thresholds": describe_thresholds(self.thresholds),
            "context": self._describe_context(),
        }

    def _describe_context(self) -> dict | None:
        if self.context is None:
            return None
        return {
            "temperature": self.context_temperature,
            "shift": self.context_shift,
            "thresholds": describe_thresholds(self.context_thresholds),
        }

    def _weights(self) -> dict[str, torch.Tensor]:
        weights = dict(self.network.state_dict())
        if self.context is not None:
            context = self.context.state_dict()
            weights |= {_CONTEXT + name: tensor for name, tensor in context.items()}
        return weights


def _build_context(described: dict | None, weights: dict[str, torch.Tensor]) -> dict:
    """The context network, its weights taken out of `weights`, and its calibration: fields."""
    mine = [name for name in weights if name.startswith(_CONTEXT)]
    taken = {name.removeprefix(_CONTEXT): weights.pop(name) for name in mine}
    if described is None and not taken:
        return {}
    context = ContextNetwork().eval()
    context.load_state_dict(taken)
    return {
        "context": context,
        "context_temperature": float(described["temperature"]),
        "context_shift": float(described["shift"]),
        "context_thresholds": read_thresholds(described["thresholds"]),
    }
