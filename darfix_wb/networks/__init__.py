"""Networks that tell weak from strong beam: architecture only, no weights and no scaling.

Every network maps ``images (n, 1, patch_size, patch_size)`` and ``features (n, 2)``, both float32
as `darfix_wb.normalization.PatchNormalizer` makes them, to ``logits (n, n_classes)``. Its class
says which conditions the logits stand for (``classes``), which scaling it wants (``scaling``), how
it is called (``name``) and how many patches a CPU's cache takes at once (``cpu_batch_size``).
"""

from __future__ import annotations

from torch import nn

from ..errors import DarfixWBError
from ._measures import count_macs, count_parameters
from ._outputs import to_probabilities
from .lcnn import LCNN
from .lcnn_paper import PaperLCNN
from .resnet18 import ResNet18
from .vgg16 import VGG16

NETWORKS = {network.name: network for network in (LCNN, PaperLCNN, ResNet18, VGG16)}
"""Network classes by name."""

__all__ = [
    "NETWORKS",
    "build_network",
    "count_macs",
    "count_parameters",
    "network_class",
    "to_probabilities",
]


def network_class(name: str) -> type[nn.Module]:
    """The class of the network called `name` (``"lcnn_paper"`` is ``"lcnn-paper"`` as well).

    Raises
    ------
    DarfixWBError
        If there is no such network.
    """
    try:
        return NETWORKS[str(name).lower().replace("_", "-")]
    except KeyError:
        raise DarfixWBError(
            f"network must be one of {', '.join(NETWORKS)}, got {name!r}. Choose one of these."
        ) from None


def build_network(name: str, *, patch_size: int = 64, dropout: float = 0.15) -> nn.Module:
    """A network with fresh weights, drawn from torch's global generator.

    Parameters
    ----------
    name : str
        One of `NETWORKS`.
    patch_size : int
        Side of a patch in pixels.
    dropout : float
        Share of the values dropped in training, 0 to below 1.

    Raises
    ------
    DarfixWBError
        If there is no such network, or an argument is out of range.
    """
    network = network_class(name)
    if not 0 <= dropout < 1:
        raise DarfixWBError(
            f"dropout must be at least 0 and below 1, got {dropout}. Choose e.g. 0.15."
        )
    return network(patch_size, dropout=dropout)
