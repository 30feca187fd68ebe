"""The network that weighs the frames of a rocking curve against each other: fitted, calibrated."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy
import torch
from torch.nn import functional

from ..beam import LIT, BeamCondition
from ..classification.curve_context import combine, weak_far_below_peak
from ..classification.order import in_order
from ..device import resolve_device
from ..metrics import Scores, evaluate
from ..model import Calibration
from ..networks.context_network import ContextNetwork
from ..progress import SILENT, Monitor
from ..training.calibrate import fit_temperature
from ..training.optimisation import reproducible
from .curve_blocks import CurveBlock, Views, pad, random_view
from .plain_curves import plain_block

WARM_UP = 0.15
AVERAGE_STEPS = 10
LARGEST_GRADIENT = 1.0
WEIGHT_DECAY = 1e-2
MULTIPLE_RANGE = (-2.0, 1.5)
MULTIPLE_KNEE = 0.3
PATCHES_OF_ONE = 200
"""A block counts in proportion to ``n / (n + 200)``, n being its lit patches: nearly all equal."""

BATCHES_DRAWN = 8
"""Views are drawn for so many batches at once and sorted by size, so that little is padded."""


@dataclass(frozen=True)
class ContextOptions:
    """Choices for `fit_context`.

    Attributes
    ----------
    n_steps : int
        Batches trained on.
    batch_size : int
        Blocks a batch.
    learning_rate : float
        Highest rate of AdamW.
    dropout : float
        Share of the last values dropped in training.
    image_bound : float
        By how much of a logit the images may move what the curves say.
    strong_weight : float
        What a strong patch counts, in weak ones.
    plain_share : float
        Share of the views that are of crystals without features.
    multiple_weight : float
        What the regression of the multiple scattering counts beside the classification.
    seed : int
        Of the first weights, the views and the dropout.
    device : str
        As `FitOptions.device`.
    """

    n_steps: int = 3200
    batch_size: int = 8
    learning_rate: float = 4e-3
    dropout: float = 0.1
    image_bound: float = 4.0
    strong_weight: float = 6.0
    plain_share: float = 0.1
    multiple_weight: float = 0.3
    seed: int = 0
    device: str = "auto"

    def to_dict(self) -> dict:
        """Plain literals, for the model's record."""
        return asdict(self)


GOING_ON = ContextOptions(n_steps=500, learning_rate=2e-4, strong_weight=4.0, plain_share=0.3)
"""Where a network that knows ordinary crystals goes on, to learn those without features."""


@dataclass(frozen=True)
class ContextOutcome:
    """A context network with its calibration.

    Attributes
    ----------
    network : ContextNetwork
        On the CPU, in evaluation mode.
    calibration : Calibration
        Of its logits; without thresholds.
    scores : Scores
        Weak against strong over the crystals kept aside.
    """

    network: ContextNetwork
    calibration: Calibration
    scores: Scores


def fit_context(
    blocks: Sequence[CurveBlock],
    options: ContextOptions,
    *,
    initial: ContextNetwork | None = None,
    monitor: Monitor = SILENT,
) -> ContextNetwork:
    """Train a context network on random views; the average of its last weights is kept.

    Parameters
    ----------
    blocks : sequence of CurveBlock
        Of many crystals; the opinions of single frames from networks that do not know them.
    options : ContextOptions
        How it is trained.
    initial : ContextNetwork, optional
        Weights to go on from; random ones if not given.
    monitor : Monitor
        Told now and then how far the work is with the mean loss since, and asked before each batch
        whether it shall stop.

    Returns
    -------
    ContextNetwork
        On the CPU, in evaluation mode.
    """
    device = resolve_device(options.device)
    rng = numpy.random.default_rng(options.seed)
    with reproducible(options.seed, device):
        network = ContextNetwork(options.dropout, image_bound=options.image_bound)
        if initial is not None:
            network.load_state_dict(initial.state_dict())
        network = network.to(device).train()
        average = copy.deepcopy(network).eval()
        optimizer = torch.optim.AdamW(
            network.parameters(), options.learning_rate, weight_decay=WEIGHT_DECAY
        )
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, options.learning_rate, total_steps=options.n_steps, pct_start=WARM_UP
        )
        batches: list[Views] = []
        losses = []
        for step in range(options.n_steps):
            monitor.check("Training was cancelled; no model was made.")
            if not batches:
                batches = _draw(blocks, options, rng)
                if losses:
                    monitor.report(step / options.n_steps, {"loss": float(numpy.mean(losses))})
                losses = []
            loss = _loss(network, batches.pop(), options, device)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), LARGEST_GRADIENT)
            optimizer.step()
            schedule.step()
            _follow(average, network, step)
            losses.append(float(loss.detach()))
    return average.cpu()


def calibrate_context(
    network: ContextNetwork, aside: Sequence[Sequence[CurveBlock]], shift: float, *, seed: int = 0
) -> ContextOutcome:
    """Fit the temperature on crystals kept aside, and score there.

    Parameters
    ----------
    network : ContextNetwork
        As `fit_context` gives it.
    aside : sequence of sequence of CurveBlock
        The blocks of each crystal.
    shift : float
        Added to the logits of strong against weak.
    seed : int
        Of the interval of the scores.
    """
    logits, targets, frames = [], [], []
    for index, blocks in enumerate(aside):
        for block in blocks:
            lit = numpy.broadcast_to(block.lit, block.condition.shape)
            logits.append(block_logits(network, block)[lit])
            targets.append(block.condition[lit])
            steps = numpy.indices(lit.shape, sparse=True)[0]
            frames.append(numpy.broadcast_to(steps + (index << 16), lit.shape)[lit])
    strong, truth, frame = (numpy.concatenate(part) for part in (logits, targets, frames))
    both = numpy.stack([numpy.zeros_like(strong), strong], axis=1).astype(float)
    calibration = Calibration(fit_temperature(both, truth, LIT), shift)
    scores = evaluate(calibration.probabilities(both, LIT), truth, frames=frame, seed=seed)
    return ContextOutcome(network, calibration, scores)


def block_logits(network: ContextNetwork, block: CurveBlock) -> numpy.ndarray:
    """``(n_steps, rows, columns)`` float32, as `context_logits` gives them."""
    strong, _ = combine(network, block.features, block.lit)
    limited = weak_far_below_peak(strong, block.curves, Calibration())
    return in_order(limited, block.curves, block.noise)


def _draw(
    blocks: Sequence[CurveBlock], options: ContextOptions, rng: numpy.random.Generator
) -> list[Views]:
    """Some batches of views; those of one batch are of like size."""
    views, size = [], options.batch_size
    while len(views) < BATCHES_DRAWN * size:
        plain = rng.random() < options.plain_share
        block = plain_block(rng) if plain else blocks[rng.integers(len(blocks))]
        view = random_view(block, rng, image_known=not plain)
        if view[0].lit.any():
            views.append(view)
    views.sort(key=lambda view: view[0].curves.size)
    groups = [views[start : start + size] for start in range(0, len(views), size)]
    return [pad(groups[index]) for index in rng.permutation(len(groups))]


def _loss(
    network: ContextNetwork, views: Views, options: ContextOptions, device: torch.device
) -> torch.Tensor:
    """Mean over the blocks of the loss of their lit patches."""
    features, lit, condition, log_multiple = (
        getattr(views, name).to(device) for name in ("features", "lit", "condition", "log_multiple")
    )
    outputs = network(features, lit)
    strong = condition == BeamCondition.STRONG
    counted = (condition != BeamCondition.EMPTY) & (lit[..., 0] > 0)
    weight = counted * torch.where(strong, options.strong_weight, 1.0)
    weight = weight / (weight.sum((1, 2, 3), keepdim=True) + PATCHES_OF_ONE)
    classified = functional.binary_cross_entropy_with_logits(
        outputs[..., 0], strong.float(), reduction="none"
    )
    regressed = functional.smooth_l1_loss(
        outputs[..., 1], log_multiple.clamp(*MULTIPLE_RANGE), reduction="none", beta=MULTIPLE_KNEE
    )
    return ((classified + options.multiple_weight * regressed) * weight).sum() / len(features)


def _follow(average: ContextNetwork, network: ContextNetwork, step: int) -> None:
    """Exponential moving average of the weights, over the last tenth of a short training."""
    keep = min(0.995, (step + 1) / (step + AVERAGE_STEPS))
    with torch.no_grad():
        for followed, latest in zip(average.parameters(), network.parameters(), strict=True):
            followed.lerp_(latest, 1 - keep)
