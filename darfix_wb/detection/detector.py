"""A trained detector of lines, in one file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import numpy
import torch
from scipy.special import expit

from ..device import resolve_device
from ..dislocation_image import DislocationImage
from ..io.output import InputFile
from ..io.paths import user_path
from ..model.hashed_file import (
    FileKind,
    all_finite,
    content_hash,
    disagreement,
    read_hashed,
    write_hashed,
)
from ..progress import SILENT, Monitor
from .features import STRIDE, detector_features
from .network import REACH, LineNetwork

DETECTOR = FileKind("detector", "darfix_wb_detector", 1)
SHIPPED_DETECTOR = "lines.safetensors"

STRIP = 128
"""Rows of cells that the network sees at a time, besides what they depend on."""


def shipped_detector_file() -> Path:
    """The file of the detector that comes with the package."""
    return Path(str(resources.files("darfix_wb") / "resources" / SHIPPED_DETECTOR))


@dataclass(frozen=True)
class LineDetector:
    """The probability of a dislocation line within 3 px of each pixel.

    Attributes
    ----------
    network : LineNetwork
        With its weights.
    scale, shift : float
        Of the logits, fitted on crystals that the network did not learn from (Platt, 1999).
    record : mapping
        How it was trained, plain literals.
    """

    network: LineNetwork
    scale: float = 1.0
    shift: float = 0.0
    record: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of weights and calibration."""
        return content_hash(self._header(), self._weights())

    @property
    def n_parameters(self) -> int:
        """Number of weights."""
        return sum(one.numel() for one in self.network.parameters())

    def probability(
        self,
        found: DislocationImage,
        *,
        features: numpy.ndarray | None = None,
        device: str = "auto",
        monitor: Monitor = SILENT,
    ) -> numpy.ndarray:
        """Ask about a scan.

        Parameters
        ----------
        found : DislocationImage
            From `darfix_wb.dislocation_image.dislocation_image`.
        features : numpy.ndarray, optional
            `detector_features` of it, where they are known: its sums are not needed then.
        device : str
            As `darfix_wb.device.resolve_device`.
        monitor : Monitor
            Told how far the work is, and asked whether to stop.

        Returns
        -------
        numpy.ndarray
            ``(height, width)`` float32, 0 to 1; NaN where nothing is lit.
        """
        height, width = found.image.shape
        features = detector_features(found) if features is None else features
        logits = self.logits(features, device=device, monitor=monitor)
        logits *= numpy.float32(self.scale)
        logits += numpy.float32(self.shift)
        probability = expit(logits, out=logits)[:height, :width]
        probability[~found.lit] = numpy.nan
        return probability

    def logits(
        self, features: numpy.ndarray, *, device: str = "auto", monitor: Monitor = SILENT
    ) -> numpy.ndarray:
        """What the network says before it is calibrated, in strips of bounded memory.

        Parameters
        ----------
        features : numpy.ndarray
            ``(21, rows, columns)``, from `detector_features`.
        device, monitor
            As in `probability`.

        Returns
        -------
        numpy.ndarray
            ``(2 * rows, 2 * columns)`` float32.
        """
        processor = resolve_device(device)
        network = self.network.to(processor, memory_format=torch.channels_last).eval()
        n_rows = features.shape[1]
        logits = numpy.empty(tuple(STRIDE * side for side in features.shape[1:]), numpy.float32)
        for top in range(0, n_rows, STRIP):
            monitor.check("The detection of lines was cancelled.")
            first, last = max(top - REACH, 0), min(top + STRIP + REACH, n_rows)
            bottom = min(top + STRIP, n_rows)
            strip = torch.from_numpy(features[None, :, first:last].astype(numpy.float32))
            with torch.inference_mode():
                part = network(strip.to(processor, memory_format=torch.channels_last))[0]
            kept = part[STRIDE * (top - first) : STRIDE * (bottom - first)]
            logits[STRIDE * top : STRIDE * bottom] = kept.cpu().numpy()
            monitor.report(bottom / n_rows)
        return logits

    def save(
        self,
        path: str | os.PathLike,
        *,
        overwrite: bool = False,
        inputs: Sequence[InputFile] = (),
    ) -> None:
        """Write the detector to a ``.safetensors`` file.

        Raises
        ------
        DarfixWBError
            As `darfix_wb.io.output.new_file`.
        """
        header, weights = self._header(), self._weights()
        write_hashed(path, DETECTOR, header, weights, overwrite=overwrite, inputs=inputs)

    @classmethod
    def load(cls, path: str | os.PathLike | None = None) -> LineDetector:
        """Read a detector; the shipped one without a path.

        Raises
        ------
        DarfixWBError
            If the file is no complete detector.
        """
        path = user_path(path) if path else shipped_detector_file()
        header, weights = read_hashed(path, DETECTOR)
        network = LineNetwork()
        try:
            network.load_state_dict({name: one.float() for name, one in weights.items()})
            detector = cls(
                network, float(header["scale"]), float(header["shift"]), header["record"]
            )
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise disagreement(path, DETECTOR) from error
        if not all_finite(weights):
            raise disagreement(path, DETECTOR)
        return detector

    def _header(self) -> dict:
        return {"scale": self.scale, "shift": self.shift, "record": dict(self.record)}

    def _weights(self) -> dict[str, torch.Tensor]:
        return {name: one.cpu() for name, one in self.network.state_dict().items()}
