"""Networks as methods: trained on the labels, or loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..beam import LCNN_ALONE, BeamMap
from ..errors import DarfixWBError
from ..extraction import PatchedScan
from ..labels import LabelMap
from ..progress import SILENT, Monitor
from .method import Answer, MethodOptions

if TYPE_CHECKING:
    from ..model import BeamModel


NETWORK_TEXTS = {
    "lcnn": (
        "LCNN",
        "A connected classification, by its name; else the network: given, trained or shipped",
    ),
    LCNN_ALONE: (
        "LCNN, frames alone",
        "The same network, each frame by itself, as in live use",
    ),
    "lcnn-paper": ("LCNN as published", "The network as published, trained on the labels"),
    "resnet18": ("ResNet18", "ResNet18 for one channel, trained on the labels"),
    "vgg16": ("VGG16", "VGG16 for one channel, trained on the labels: slow without a GPU"),
}
"""Title and hint of each network as a method."""

NETWORK_TITLES = {name: title for name, (title, _) in NETWORK_TEXTS.items() if name != LCNN_ALONE}
"""What each of `darfix_wb.networks.NETWORKS` is called; torch is not needed to know it."""

CONNECTED = "connected"
"""Name of a given classification that does not say its method; marks one of a method that is asked
for too."""


@dataclass(frozen=True)
class FittedNetwork:
    """A trained network.

    Attributes
    ----------
    model : BeamModel
        The network with its scaling and calibration.
    device : str
        Where it runs.
    note : str
        Where it comes from.
    use_context : bool
        False to classify each frame alone.
    """

    model: BeamModel
    device: str
    note: str
    use_context: bool = True

    @property
    def size(self) -> tuple[int, int]:
        """Parameters, and multiplications for one patch."""
        return self.model.size(self.use_context)

    def __call__(self, prepared: PatchedScan, *, monitor: Monitor = SILENT) -> Answer:
        """Classify the frames of a scan."""
        from ..classification.network import classify

        beam_map = classify(
            prepared, self.model, device=self.device, use_context=self.use_context, monitor=monitor
        )
        return Answer(beam_map, note="; ".join((self.note, *beam_map.warnings)))


@dataclass(frozen=True)
class NetworkMethod:
    """A network that is trained on the labels.

    Attributes
    ----------
    name : str
        One of `darfix_wb.networks.NETWORKS`, or `LCNN_ALONE`.
    options : MethodOptions
        Epochs, seed and device; `model_file` for the network ``lcnn``.
    """

    name: str
    options: MethodOptions
    trains: bool = True

    @property
    def title(self) -> str:
        """The name in words."""
        return NETWORK_TEXTS[self.name][0]

    @property
    def hint(self) -> str:
        """How it tells weak from strong, in a sentence."""
        return NETWORK_TEXTS[self.name][1]

    @property
    def network(self) -> str:
        """The network behind the method."""
        return "lcnn" if self.name == LCNN_ALONE else self.name

    @property
    def needs_labels(self) -> bool:
        """Whether there are no weights without labels: only ``lcnn`` comes with a shipped model."""
        return self.network != "lcnn"

    def prepare(self, patched: PatchedScan, *, monitor: Monitor = SILENT) -> PatchedScan:
        """The scan itself."""
        return patched

    def fit(
        self, known: Sequence[tuple[PatchedScan, LabelMap]], *, monitor: Monitor = SILENT
    ) -> FittedNetwork:
        """Train on the labels, unless a model is given or there are none."""
        from ..model import BeamModel

        loaded = None if self.needs_labels else self.options.model_file
        if loaded or (not known and not self.needs_labels):
            note = f"model {loaded}" if loaded else "shipped model"
            return self._fitted(BeamModel.load(loaded), note)
        if not known:
            raise DarfixWBError(
                f"The network {self.name} needs labels to be trained on, got none. Label some "
                "patches."
            )
        return self._train(known, monitor=monitor)

    def _train(
        self, known: Sequence[tuple[PatchedScan, LabelMap]], monitor: Monitor
    ) -> FittedNetwork:
        from ..training.options import FitOptions
        from ..training.trained_model import train_model

        chosen = self.options
        fit = FitOptions(
            network=self.network,
            n_epochs=chosen.epochs_of.get(self.name, chosen.n_epochs),
            seed=chosen.seed,
            device=chosen.device,
        )
        model, history = train_model(known, fit, monitor=monitor)
        note = f"trained for {history.epoch[-1]} epochs, the best was {history.best_epoch}"
        if model.record["initial_model_hash"]:
            note = f"started from the shipped model, {note}. {history.moved}".strip()
        return self._fitted(model, note)

    def _fitted(self, model: BeamModel, note: str) -> FittedNetwork:
        return FittedNetwork(model, self.options.device, note, use_context=self.name == "lcnn")


@dataclass(frozen=True)
class GivenMap:
    """A classification made beforehand.

    Attributes
    ----------
    beam_map : BeamMap
        The classification.
    name : str
        That of the method that made it, if not given.
    """

    beam_map: BeamMap
    name: str = ""
    title: str = "Connected classification"
    hint: str = "A classification made beforehand, taken as it is"
    needs_labels: bool = False
    trains: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name or self.beam_map.method or CONNECTED)

    def prepare(self, patched: PatchedScan, *, monitor: Monitor = SILENT) -> PatchedScan:
        """The scan itself."""
        return patched

    def fit(self, known: Sequence, *, monitor: Monitor = SILENT) -> GivenMap:
        """Itself: it was fitted before."""
        return self

    def __call__(self, prepared: PatchedScan, *, monitor: Monitor = SILENT) -> Answer:
        """The classification.

        Raises
        ------
        DarfixWBError
            If it is of another grid than the scan's.
        """
        if self.beam_map.grid != prepared.grid:
            raise DarfixWBError(
                f"A given classification must be on the grid of the patches ({prepared.grid}), got "
                f"one on {self.beam_map.grid}. Classify these patches."
            )
        return Answer(self.beam_map, note=f"given classification ({self.beam_map.method})")
