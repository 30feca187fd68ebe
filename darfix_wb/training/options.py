"""What a person may choose about a training."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from ..errors import DarfixWBError
from ..networks import network_class

TRAINED_AS_PUBLISHED = ("lcnn-paper", "resnet18", "vgg16")
"""Networks trained as in arXiv 2509.05017: no augmentation, a constant learning rate."""

WITHOUT_DROPOUT = ("resnet18",)
"""Networks on which the dropout has no effect."""


@dataclass(frozen=True)
class FitOptions:
    """Choices for `fit`.

    Attributes
    ----------
    network : str
        One of `darfix_wb.networks.NETWORKS`.
    n_epochs : int
        Times that every training patch is seen.
    batch_size : int
        Patches per step.
    learning_rate : float
        Of Adam; networks of our own warm up to three times it and come down to zero.
    dropout : float
        Share of values dropped in training.
    seed : int
        Of the first weights, the order, the dropout and the augmentation.
    device : str
        ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"cuda:<number>"``.
    patience : int or None
        Epochs without a lower validation loss after which training stops; None to never stop.
    """

    network: str = "lcnn"
    n_epochs: int = 50
    batch_size: int = 32
    learning_rate: float = 1e-3
    dropout: float = 0.15
    seed: int = 0
    device: str = "auto"
    patience: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "network", network_class(self.network).name)
        for name in ("n_epochs", "batch_size", "patience"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise DarfixWBError(f"{name} must be at least 1, got {value}. Choose a larger one.")
        if self.seed < 0:
            raise DarfixWBError(f"seed must be at least 0, got {self.seed}. Choose e.g. 0.")
        if not 0 < self.learning_rate < 1:
            raise DarfixWBError(
                f"learning_rate must be above 0 and below 1, got {self.learning_rate}. "
                "Choose e.g. 0.001."
            )
        if not 0 <= self.dropout < 1:
            raise DarfixWBError(
                f"dropout must be at least 0 and below 1, got {self.dropout}. Choose e.g. 0.15."
            )

    @property
    def as_published(self) -> bool:
        """Whether the network is trained as in arXiv 2509.05017."""
        return self.network in TRAINED_AS_PUBLISHED

    def to_dict(self) -> dict:
        """Plain literals, for the model's record."""
        return asdict(self)
