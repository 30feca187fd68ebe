"""The report of a check: findings, and what is drawn of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy

from .finding import Finding, worst


@dataclass(frozen=True)
class PhotonTransfer:
    """Variance against mean of places in neighbouring frames.

    Attributes
    ----------
    means, variances : numpy.ndarray
        ``(n_bins,)`` float64: counts above dark, and counts squared.
    gain : float
        Slope, counts per photon (or electron); NaN where it cannot be told.
    uncertainty : float
        Standard error of the gain; NaN likewise.
    offset : float
        Variance without light, counts squared.
    """

    means: numpy.ndarray
    variances: numpy.ndarray
    gain: float = numpy.nan
    uncertainty: float = numpy.nan
    offset: float = numpy.nan


@dataclass(frozen=True)
class Figures:
    """What the plots of a report show.

    Attributes
    ----------
    mean_frame : numpy.ndarray
        ``(height, width)`` float32, mean counts of all frames.
    invalid : numpy.ndarray or None
        ``(height, width)`` bool, where the pixels were looked at.
    angles : numpy.ndarray
        ``(n_frames,)`` float64, as in the scan.
    angle_label : str
        Motor and unit.
    intensities : numpy.ndarray
        ``(n_frames,)`` float64, mean counts above dark of each frame.
    left_out : mapping of int to str
        Frames that are in no curve, with the reason.
    jumps : tuple of int
        Frames at which the beam's intensity jumps.
    levels, numbers : numpy.ndarray
        ``(n_bins + 1,)`` and ``(n_bins,)`` float64: edges in counts, and how many pixels of the
        frames of the sample lie between.
    dark_level, sigma : float
        Counts.
    saturation_level : float or None
        Counts at which pixels are saturated; None where the files cannot tell.
    transfer : PhotonTransfer
        For the gain.
    peak_angles : numpy.ndarray
        ``(rows, columns)`` float64: angle of the brightest peak of each patch; NaN where a patch
        is empty.
    patch_size : int
        Side of these patches in pixels.
    """

    mean_frame: numpy.ndarray
    invalid: numpy.ndarray | None
    angles: numpy.ndarray
    angle_label: str
    intensities: numpy.ndarray
    left_out: Mapping[int, str]
    jumps: tuple[int, ...]
    levels: numpy.ndarray
    numbers: numpy.ndarray
    dark_level: float
    sigma: float
    saturation_level: float | None
    transfer: PhotonTransfer
    peak_angles: numpy.ndarray
    patch_size: int


@dataclass(frozen=True)
class ScanReport:
    """What was found in a scan before anything is computed.

    Attributes
    ----------
    source : str
        URL of the data.
    findings : tuple of Finding
        One for each topic.
    figures : Figures
        What the plots show.
    """

    source: str
    findings: tuple[Finding, ...]
    figures: Figures = field(repr=False)

    @property
    def verdict(self) -> str:
        """The gravest verdict of the findings: ``"ok"``, ``"look"`` or ``"stop"``."""
        return worst(finding.verdict for finding in self.findings)

    def finding(self, topic: str) -> Finding:
        """The finding about a topic.

        Raises
        ------
        KeyError
            If there is none.
        """
        return {finding.topic: finding for finding in self.findings}[topic]

    def with_finding(self, finding: Finding) -> ScanReport:
        """The same report with one more finding."""
        return replace(self, findings=(*self.findings, finding))

    def to_dict(self) -> dict:
        """Plain values, for JSON; without the figures."""
        findings = [finding.to_dict() for finding in self.findings]
        return {"source": self.source, "verdict": self.verdict, "findings": findings}

    def text(self) -> str:
        """The findings, a line each with the verdict in front; the verdict of all in the last."""
        wide = max(len(finding.topic) for finding in self.findings)
        lines = [
            f"{finding.verdict:<4}  {finding.topic:<{wide}}  {finding.sentence}"
            for finding in self.findings
        ]
        return "\n".join([*lines, f"{self.verdict:<4}  {self.summary}"])

    @property
    def summary(self) -> str:
        """What the verdict means, with the topics that it comes from."""
        grave = [one.topic for one in self.findings if one.verdict == self.verdict]
        return _MEANINGS[self.verdict].format(", ".join(grave))


_MEANINGS = {
    "ok": "Nothing stands against a classification.",
    "look": "Look at these before the result is trusted: {}.",
    "stop": "Correct these first, the result would be wrong: {}.",
}
