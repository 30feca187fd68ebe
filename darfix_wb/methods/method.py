"""What every method has in common: prepare a scan, fit on labels, answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy

from ..beam import BeamMap
from ..decomposition.regions import Regions
from ..extraction import PatchedScan
from ..labels import LabelMap
from ..progress import SILENT, Monitor


@dataclass(frozen=True)
class MethodOptions:
    """Choices that some of the methods know.

    Attributes
    ----------
    n_components : int
        Of PCA, NMF and NICA.
    regions : dict or None
        Of Gram-Schmidt: ``{"strong": [row, column, height, width], "weak_low": ..., "weak_high":
        ...}`` in px; chosen automatically if None.
    model_file : str or None
        Model of ``lcnn`` and ``lcnn-alone``; None trains them on the labels, or takes the shipped
        one where there are none.
    n_epochs : int
        Of the networks that are trained.
    epochs_of : mapping
        Networks with a number of epochs of their own, e.g. ``{"vgg16": 5}``.
    seed : int
        Of trainings and decompositions.
    device : str
        As `darfix_wb.device.resolve_device`.
    """

    n_components: int = 3
    regions: dict[str, list[int]] | None = None
    model_file: str | None = None
    n_epochs: int = 50
    epochs_of: Mapping[str, int] = field(default_factory=dict)
    seed: int = 0
    device: str = "auto"


@dataclass(frozen=True)
class Answer:
    """What a method says of a scan.

    Attributes
    ----------
    beam_map : BeamMap or None
        Conditions of the patches of the scan's grid; EMPTY by the rocking curves. None where the
        method makes an image only, which is then in `weak_image`.
    weak_image : numpy.ndarray or None
        ``(height, width)`` float32; None to integrate the frames by `beam_map`.
    unit : str
        Unit of `weak_image`; ``"sigma"`` only where it is above its local background, see
        `darfix_wb.image_quality.shown`.
    note : str
        What the user must know.
    fitted : mapping
        What was fitted on the labels, for the table, e.g. ``{"z": 1.21}``.
    regions : Regions or None
        Those of Gram-Schmidt, chosen or found.
    model_hash, device : str
        Of a network that gives no `beam_map`, which holds its own: SHA-256 of its weights, and
        where it ran.
    """

    beam_map: BeamMap | None
    weak_image: numpy.ndarray | None = None
    unit: str = ""
    note: str = ""
    fitted: Mapping[str, float] = field(default_factory=dict)
    regions: Regions | None = None
    model_hash: str = ""
    device: str = ""


class Fitted(Protocol):
    """A method whose free parameters are set; plain, so that it can be applied again and again."""

    def __call__(self, prepared: Any, *, monitor: Monitor = SILENT) -> Answer:
        """Say of each patch of a prepared scan what it is, or make an image of the scan."""


class Method(Protocol):
    """A way to tell weak from strong beam, or to show dislocations without telling them apart."""

    name: str
    title: str
    """The name in words."""
    hint: str
    """How it tells weak from strong, or what its image is, in a sentence."""
    needs_labels: bool
    """Whether it can say nothing without having been fitted."""
    trains: bool
    """Whether fitting is a training of minutes, of a network; else it takes a moment."""

    def prepare(self, patched: PatchedScan, *, monitor: Monitor = SILENT) -> Any:
        """All the work on a scan that needs no labels, done once however often it is fitted."""

    def fit(self, known: Sequence[tuple[Any, LabelMap]], *, monitor: Monitor = SILENT) -> Fitted:
        """Set the free parameters on prepared scans and their labels; without any, by default.

        Raises
        ------
        DarfixWBError
            If it needs labels and there are none, or if they cannot be used.
        """


@dataclass(frozen=True)
class Analysis:
    """A prepared scan of a method that goes by one number a patch.

    Attributes
    ----------
    patched : PatchedScan
        The scan.
    scores : numpy.ndarray
        ``(n_frames, rows, columns)`` float64, finite: higher for strong beam.
    image : callable
        Takes the fitted threshold of `scores` and gives ``(weak_image, unit)``, or None to
        integrate the frames by the conditions.
    note : str
        What the user must know.
    regions : Regions or None
        Those of Gram-Schmidt, chosen or found.
    """

    patched: PatchedScan
    scores: numpy.ndarray
    image: Callable[[float], tuple[numpy.ndarray, str]] | None = None
    note: str = ""
    regions: Regions | None = None
