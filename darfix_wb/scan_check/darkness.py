"""Dark level and noise against what detectors have, and frames without a background."""

from __future__ import annotations

from dataclasses import replace

import numpy

from ..extraction import PatchedScan
from .finding import Finding

PLAUSIBLE_SIGMAS = (0.5, 100.0)
"""Noise of a dark pixel in counts: 2 to 20 in a frame of a camera, more in sums of frames."""

LIT_SHARE = 0.5
"""Were the dark level light, its variance would be the gain times the level: it may be so much."""

SMALLEST_LIT_LEVEL = 50.0
"""In counts: of lower levels most was subtracted before."""

NO_LEVEL = 3.0
"""A level of so many sigma is none."""

LARGEST_DRIFT = 5.0
"""In sigma of the mean of an empty patch."""

SMALLEST_DRIFT = 1.0
"""In counts: less is no trouble, however small the noise."""

LARGEST_SPREAD = 0.2
"""A drift differs from patch to patch by no more than this share of it."""

LEAST_ENDS = 2
LEAST_PATCHES = 6

LARGEST_ZERO_SHARE = 0.5

_FROM = {
    "estimated": "from the darkest places of all frames",
    "dark images": "from the dark images",
    "given": "as given",
}


def darkness_finding(patched: PatchedScan, gain: float = numpy.nan) -> Finding:
    """Dark level, noise, where they come from, and whether they can be right.

    Parameters
    ----------
    patched : PatchedScan
        With the background that was found.
    gain : float
        Counts per photon; NaN where it is not known.
    """
    background = patched.background
    level, sigma = background.mean_level, float(background.sigma)
    origin = _FROM.get(background.source, "from an unknown place")
    finding = Finding(
        "offset and noise",
        f"The dark level is {level:.4g} counts ({origin}), the noise of a dark pixel "
        f"{sigma:.3g} counts.",
        {"dark_level": level, "sigma": sigma, "source": background.source},
    )
    if is_background_removed(patched) or not patched.scan.curves:
        return finding
    if level < -3 * sigma:
        finding = finding.look(
            f"The dark level is {level:.4g} counts, and no detector counts below 0: something was "
            "subtracted. Classify the frames as the detector gave them."
        )
    if not PLAUSIBLE_SIGMAS[0] <= sigma <= PLAUSIBLE_SIGMAS[1]:
        finding = finding.look(
            f"The noise of a dark pixel is {sigma:.3g} counts, and that of cameras "
            f"{PLAUSIBLE_SIGMAS[0]:g} to {PLAUSIBLE_SIGMAS[1]:g}: check that the frames are as "
            "the detector gave them, neither scaled nor filtered."
        )
    finding = _with_light(finding, gain)
    return _with_bright_dark(_with_drift(finding, patched), patched)


def _with_light(finding: Finding, gain: float) -> Finding:
    level, sigma = finding.details["dark_level"], finding.details["sigma"]
    if finding.details["source"] != "estimated" or not (
        level > SMALLEST_LIT_LEVEL and sigma**2 > LIT_SHARE * gain * level
    ):
        return finding
    return finding.look(
        f"The darkest places have {level:.4g} counts with the noise of light, {sigma:.3g} counts: "
        "no place of the frames seems to be dark, and light is taken for the dark level. Give the "
        "dark level, or dark images."
    )


def is_background_removed(patched: PatchedScan) -> bool:
    """Whether the dark places are 0 counts with hardly any noise, as no camera records them."""
    level, sigma = patched.background.mean_level, patched.background.sigma
    if patched.background.source != "estimated":
        return False
    return level == 0 or (sigma < PLAUSIBLE_SIGMAS[0] and abs(level) < NO_LEVEL * sigma)


def removed_finding(patched: PatchedScan, zero_share: float | None = None) -> Finding:
    """Whether a background was taken away before.

    Parameters
    ----------
    patched : PatchedScan
        With the background that was found.
    zero_share : float, optional
        Share of all pixels of all frames that are exactly 0, where the pixels were looked at.
    """
    many = zero_share is not None and zero_share > LARGEST_ZERO_SHARE
    removed = many or is_background_removed(patched)
    share = "" if zero_share is None else f"{zero_share:.1%} of all pixels are exactly 0"
    details = {} if zero_share is None else {"share_of_zeros": zero_share}
    finding = Finding("background", f"It is there: {share}." if share else "", details)
    if not removed:
        return finding
    found = (
        f"{zero_share:.0%} of all pixels are exactly 0"
        if many
        else f"dark places have {patched.background.mean_level:.2g} counts with a noise of "
        f"{patched.background.sigma:.2g}"
    )
    return Finding("background", "", details).look(
        f"The background seems to be removed already, since {found}: the shipped model has never "
        "seen such frames. Classify the frames as the detector gave them, or train a model on "
        "these."
    )


def _with_bright_dark(finding: Finding, patched: PatchedScan) -> Finding:
    below = float((patched.curves[patched.scan.used] < -3 * patched.noise).mean())
    finding = replace(finding, details={**finding.details, "share_below_dark": below})
    if below <= LARGEST_ZERO_SHARE:
        return finding
    return finding.stop(
        f"{below:.0%} of all patches in all frames are darker than the dark level: nothing would "
        "be left of them. Give the right dark level, or dark images of this exposure."
    )


def _with_drift(finding: Finding, patched: PatchedScan) -> Finding:
    """How the level differs between the first and the last frames, in all patches alike.

    Tails of the rocking curve that differ do so in proportion to the brightness of the patch.
    """
    n_ends = patched.scan.n_frames // 10
    if n_ends < LEAST_ENDS:
        return finding
    levels = patched.curves[patched.scan.used]
    levels = levels[:, numpy.isfinite(levels).all(axis=0)]
    if levels.shape[1] < LEAST_PATCHES:
        return finding
    change = levels[-n_ends:].mean(axis=0) - levels[:n_ends].mean(axis=0)
    drift = float(numpy.median(change))
    spread = float(numpy.median(numpy.abs(change - drift)))
    finding = replace(finding, details={**finding.details, "drift": drift})
    smallest = max(LARGEST_DRIFT * patched.noise, SMALLEST_DRIFT)
    if abs(drift) <= smallest or spread > LARGEST_SPREAD * abs(drift):
        return finding
    return finding.look(
        f"From the first to the last {n_ends} frames the level changes by {drift:+.3g} counts in "
        "all patches alike: the dark level or stray light drifts. Record dark images beside the "
        "scan."
    )
