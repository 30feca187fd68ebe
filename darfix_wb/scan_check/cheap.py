"""What of the check a classification tells: no frame is read for it."""

from __future__ import annotations

from ..extraction import PatchedScan
from ..rocking_curves import enough_frames
from .darkness import darkness_finding, removed_finding
from .peaks import peaks_finding
from .positions import grid_finding, order_finding
from .saturation import saturated_patches


def cheap_warnings(patched: PatchedScan) -> tuple[str, ...]:
    """Reasons not to trust a classification, from what it has at hand anyway.

    That curves are too short to be used is not among them: the classification says it itself.

    Parameters
    ----------
    patched : PatchedScan
        The scan, its background and rocking curves.

    Returns
    -------
    tuple of str
        One sentence or more each: what was found, where, how often, and what to do. Empty for a
        scan as it should be.

    Examples
    --------
    >>> import numpy
    >>> from darfix_wb.extraction import extract
    >>> from darfix_wb.scan import RockingScan
    >>> frames = numpy.random.default_rng(0).normal(100, 4, (11, 64, 64))
    >>> frames += 20.0 * numpy.arange(11)[:, None, None]
    >>> warnings = cheap_warnings(extract(RockingScan(frames, numpy.arange(11.0), "phi")))
    >>> warnings[0].partition(":")[0]
    '100% of the lit patches are brightest in the first or last frame of their rocking curve'
    """
    long_enough = (grid_finding(patched.scan),) if enough_frames(patched) else ()
    findings = (
        *long_enough,
        order_finding(patched),
        peaks_finding(patched, with_tails=False),
        darkness_finding(patched),
        removed_finding(patched),
    )
    n_saturated = saturated_patches(patched)
    warnings = [warning for finding in findings for warning in finding.warnings]
    if n_saturated:
        warnings.append(
            f"{n_saturated} of {patched.grid.n_patches} patches reach the largest counts that "
            f"{patched.scan.frames.dtype} holds: strong beam is cut off there. Record the scan "
            "with a shorter exposure."
        )
    return tuple(warnings)
