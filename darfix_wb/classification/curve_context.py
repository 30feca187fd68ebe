"""The context network on a whole scan."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy
import torch

from ..beam import BeamCondition
from ..device import one_core_workers, resolve_device
from ..extraction import PatchedScan
from ..model import BeamModel, Calibration
from ..networks.context_features import context_features, recorded_backwards
from ..networks.context_network import OF_CURVES, VIEWS, ContextNetwork
from ..rocking_curves import long_curves
from .gaps import fill_gaps, hides_peak, whole_curve
from .order import in_order
from .plain_crystals import is_plain, logits_of_share

CONTRADICTED = 0.6
"""Calibrated logit that a patch has at most where images and curves contradict each other."""

SURE_IMAGE, SURE_CURVE = 2.9, 1.5
"""They do where each by itself gives a logit beyond these, of opposite signs."""

FAR_SHARE, FAR_LOGIT = 0.005, 2.0
"""Below this share of its peak a patch is strong with a calibrated logit of minus this at most."""

DIM_SHARE = 0.02
"""Below this share of its peak a curve contradicts an image that is surely strong."""

Features = Callable[[bool, bool], numpy.ndarray]
"""Features of the rocking curves with or without what images, and curves, say."""


@dataclass(frozen=True)
class CurveAnswer:
    """What a context network says of a scan.

    Attributes
    ----------
    strong : numpy.ndarray
        ``(n_frames, rows, columns)`` float32: logits of strong against weak, before calibration.
    contradicted : numpy.ndarray
        ``(n_frames, rows, columns)`` bool: where images and curves contradict each other by far.
    plain : numpy.ndarray
        ``(n_frames,)`` bool: frames of rocking curves that alone decided, because the images show
        no structure (`is_plain`).
    """

    strong: numpy.ndarray
    contradicted: numpy.ndarray
    plain: numpy.ndarray


def context_logits(
    model: BeamModel,
    patched: PatchedScan,
    logits: numpy.ndarray,
    log_spread: numpy.ndarray,
    *,
    device: str = "auto",
    views: Sequence[tuple[bool, bool]] = (),
) -> numpy.ndarray:
    """The logits of `look_at_curves`."""
    return look_at_curves(model, patched, logits, log_spread, device=device, views=views).strong


def look_at_curves(
    model: BeamModel,
    patched: PatchedScan,
    logits: numpy.ndarray,
    log_spread: numpy.ndarray,
    *,
    device: str = "auto",
    views: Sequence[tuple[bool, bool]] = (),
) -> CurveAnswer:
    """What the context network says of rocking curves of three frames or more, before calibration.

    Images move what the curves say by the network's bound at most (`ContextNetwork`). Where they
    contradict it by far, what is said is not sure. On the flank of a peak the logits do not rise.

    The network looks at patches that stand side by side. Where patches overlap, each set of such
    patches is looked at by itself, so that it sees the same distances whatever the stride.

    Parameters
    ----------
    model : BeamModel
        With a context network.
    patched : PatchedScan
        The scan and its rocking curves.
    logits, log_spread : numpy.ndarray
        From `FrameClassifier.look_at_scan`.
    device : str
        As `darfix_wb.device.resolve_device`.
    views : sequence of (bool, bool)
        Whether the network is shown what the images and what the curves say, to get the mean of its
        bare answers instead.

    Returns
    -------
    CurveAnswer
        For `BeamModel.context_calibration`; meaningless where a patch is empty, NaN in frames of no
        curve or of a shorter one, and where frames that are left out hide the peak.
    """
    network = copy.deepcopy(model.context).to(resolve_device(device)).eval()
    alone = logits / numpy.float32(model.calibration.temperature)
    strong = numpy.full(patched.curves.shape, numpy.nan, dtype=numpy.float32)
    contradicted = numpy.zeros(strong.shape, dtype=bool)
    plain = numpy.zeros(len(strong), dtype=bool)
    calibration, all_lit = model.context_calibration, ~patched.empty
    for frames in long_curves(patched):
        steps = whole_curve(patched, frames)
        missing = numpy.isin(steps, frames, invert=True)
        curves, angles = patched.curves[steps], patched.scan.angles[steps]
        seen, spread = alone[steps], log_spread[steps]
        if missing.any():
            logs = numpy.log(numpy.maximum(curves, patched.noise))
            curves[missing] = numpy.exp(fill_gaps(logs, angles, missing))[missing]
            seen, spread = (fill_gaps(values, angles, missing) for values in (seen, spread))
        for rows, columns in _side_by_side(patched):
            here = (slice(None), rows, columns)
            lit = all_lit[rows, columns]
            known = (curves[here], angles, patched.noise, lit, seen[here], spread[here])
            answer, curve = combine(network, partial(context_features, *known), lit, views=views)
            strong[(frames, rows, columns)] = answer[~missing]
            if curve is not None:
                limited = weak_far_below_peak(curve, curves[here], calibration, DIM_SHARE)
                opposed = _opposed(calibration.calibrated(limited), seen[here])
                contradicted[(frames, rows, columns)] = opposed[~missing]
        if network.image_bound is not None and not views:
            known = curves[~missing]
            if is_plain(known, spread[~missing], all_lit, patched.noise):
                by_curve = logits_of_share(known, patched.noise)
                strong[frames] = calibration.uncalibrated(by_curve)
                plain[frames] = True
            limited = weak_far_below_peak(strong[frames], known, calibration)
            strong[frames] = in_order(limited, known, patched.noise)
        strong[frames] = numpy.where(hides_peak(curves, missing), numpy.nan, strong[frames])
    limits = calibration.uncalibrated(numpy.array([-CONTRADICTED, CONTRADICTED]))
    strong[contradicted] = numpy.clip(strong[contradicted], *limits)
    return CurveAnswer(strong, contradicted, plain)


def combine(
    network: ContextNetwork,
    features: Features,
    lit: numpy.ndarray,
    *,
    views: Sequence[tuple[bool, bool]] = (),
) -> tuple[numpy.ndarray, numpy.ndarray | None]:
    """What a network says of one set of rocking curves, with images and curves weighed.

    Parameters
    ----------
    network : ContextNetwork
        In evaluation mode.
    features : callable
        ``(image_known, curve_known)`` to ``(n_steps, rows, columns, n_features)`` float32.
    lit : numpy.ndarray
        ``(rows, columns)`` bool.
    views : sequence of (bool, bool)
        As in `look_at_curves`.

    Returns
    -------
    answer : numpy.ndarray
        ``(n_steps, rows, columns)`` float32 logits.
    curve : numpy.ndarray or None
        What the curves alone say, where the network's images are bounded.
    """
    bound = network.image_bound
    ask = run_context if bound is None else run_both_ways
    on_cpu = next(network.parameters()).device.type == "cpu"
    with one_core_workers(torch.get_num_threads() if on_cpu else 1) as workers:
        answers = list(workers.map(lambda view: ask(network, features(*view), lit), views or VIEWS))
    mean = numpy.mean(answers, axis=0)
    if views or bound is None:
        return mean, None
    curve = answers[OF_CURVES]
    return curve + numpy.clip(mean - curve, -bound, bound), curve


def weak_far_below_peak(
    strong: numpy.ndarray,
    curves: numpy.ndarray,
    calibration: Calibration,
    share: float = FAR_SHARE,
) -> numpy.ndarray:
    """Logits of strong beam that are low where a patch is far darker than at its peak.

    Of simulated patches there one in a hundred is strong.

    Parameters
    ----------
    strong : numpy.ndarray
        ``(n_steps, rows, columns)`` logits of strong against weak, before calibration.
    curves : numpy.ndarray
        ``(n_steps, rows, columns)`` mean counts above dark.
    calibration : Calibration
        Of the logits.
    share : float
        Of the peak; what is below is far.
    """
    far = curves < share * curves.max(axis=0)
    highest = calibration.uncalibrated(numpy.float32(-FAR_LOGIT))
    return numpy.where(far, numpy.minimum(strong, highest), strong)


def _opposed(curve: numpy.ndarray, seen: numpy.ndarray) -> numpy.ndarray:
    """Where single frames, by their calibrated logits, and curves are sure of opposite things."""
    image = seen[..., BeamCondition.STRONG] - seen[..., BeamCondition.WEAK]
    return (numpy.abs(image) > SURE_IMAGE) & (numpy.abs(curve) > SURE_CURVE) & (image * curve < 0)


def run_context(
    network: ContextNetwork, features: numpy.ndarray, lit: numpy.ndarray
) -> numpy.ndarray:
    """Logits ``(n_steps, rows, columns)`` float32 of the features of one rocking curve."""
    device = next(network.parameters()).device
    mask = numpy.broadcast_to(lit[..., None], (*features.shape[:-1], 1)).astype(numpy.float32)
    # Copies: where memory of numpy lies may change the last bit of a matrix product.
    given = (torch.tensor(array, device=device)[None] for array in (features, mask))
    with torch.inference_mode():
        outputs = network(*given)
    return outputs[0, ..., 0].cpu().numpy()


def run_both_ways(
    network: ContextNetwork, features: numpy.ndarray, lit: numpy.ndarray
) -> numpy.ndarray:
    """As `run_context`; the same for a scan that is recorded backwards."""
    there = run_context(network, features, lit)
    back = run_context(network, recorded_backwards(features), lit)
    return (there + back[::-1]) / 2


def _side_by_side(patched: PatchedScan) -> Iterator[tuple[slice, slice]]:
    """Sets of patches that stand a patch apart."""
    n = max(1, round(patched.grid.patch_size / patched.grid.stride))
    rows, columns = patched.grid.shape
    for row in range(min(n, rows)):
        for column in range(min(n, columns)):
            yield slice(row, None, n), slice(column, None, n)
