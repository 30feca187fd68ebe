"""Decompositions of a scan, and darfix's own weak beam, as methods."""

from __future__ import annotations

from ..classification.score_rule import ScoreRule
from ..decomposition.blind_source import separate
from ..decomposition.gram_schmidt import gram_schmidt
from ..decomposition.nstd import nstd_image, nstd_scores
from ..decomposition.regions import Regions
from ..decomposition.result import Decomposition
from ..extraction import PatchedScan
from ..progress import Monitor
from .method import Analysis, MethodOptions
from .scores import ScoreMethod

EVEN = ScoreRule(0.0, 1.0)
"""Of a logarithm of strong over weak: each as likely as its share."""

DARFIX_RULE = ScoreRule(1.0, 4.0)
"""darfix's weak beam with n = 1; three quarters strong at n = 1.3."""

BLIND_SOURCES = {
    "pca": ("PCA", "Principal components"),
    "nmf": ("NMF", "Non-negative matrix factorisation"),
    "nica": ("NICA", "Non-negative independent components"),
}
"""Title, and what it finds, of each."""


def darfix_nstd(_options: MethodOptions) -> ScoreMethod:
    """darfix's weak beam: values above n standard deviations of their pixel's curve are blanked."""

    def analyse(patched: PatchedScan, monitor: Monitor) -> Analysis:
        return Analysis(
            patched,
            nstd_scores(patched, monitor=monitor),
            lambda n: (nstd_image(patched, n), "mean counts above dark"),
        )

    return ScoreMethod(
        "darfix-nstd",
        "Weak beam of darfix",
        "darfix's weak beam: values above n standard deviations of a pixel are blanked",
        analyse,
        default=DARFIX_RULE,
        shown=lambda n: {"n": n},
    )


def gso(options: MethodOptions) -> ScoreMethod:
    """Gram-Schmidt with regions chosen by a person, or found."""
    regions = None if options.regions is None else Regions.from_dict(options.regions)

    def analyse(patched: PatchedScan, monitor: Monitor) -> Analysis:
        return _analysis(patched, gram_schmidt(patched, regions=regions, monitor=monitor))

    return ScoreMethod(
        "gso",
        "Gram-Schmidt",
        "Gram-Schmidt orthonormalisation of three regions, drawn in the view or automatic",
        analyse,
        default=EVEN,
        shown=_log_ratio,
    )


def blind_source(name: str, options: MethodOptions) -> ScoreMethod:
    """PCA, NMF or NICA by darfix."""

    def analyse(patched: PatchedScan, monitor: Monitor) -> Analysis:
        found = separate(
            patched,
            method=name,
            n_components=options.n_components,
            seed=options.seed,
            monitor=monitor,
        )
        return _analysis(patched, found)

    title, parts = BLIND_SOURCES[name]
    hint = f"{parts} of the rocking curves, by darfix"
    return ScoreMethod(name, title, hint, analyse, default=EVEN, shown=_log_ratio)


def _analysis(patched: PatchedScan, found: Decomposition) -> Analysis:
    return Analysis(
        patched,
        found.scores,
        lambda _threshold: (found.weak_image, found.unit),
        found.note,
        found.regions,
    )


def _log_ratio(threshold: float) -> dict[str, float]:
    return {"ln(strong/weak)": threshold}
