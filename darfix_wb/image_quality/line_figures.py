"""How many of the true lines an image shows, of which kind, and how many that are not there."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy

from ..detection.targets import near as pixels_near
from ..detection.tracing import THRESHOLD, separate
from ..errors import DarfixWBError
from ..truth import LineTruth
from .detections import LEAST_SIGMA, Detections, detect, ridge_threshold
from .figures import TOLERANCE_PX, standardised
from .found_lines import FoundLines, found_lines
from .line_detection import detected_f1, detection_scores, ridge_response


@dataclass(frozen=True)
class LineFigures:
    """Figures of one image against the lines that show, the same for ``a * image + b``, a > 0.

    Detected is what rises by more than 8 robust standard deviations above the median of the
    ridge-filtered image over the lit pixels, or, in a probability map, what reaches 0.5, parted at
    saddles as in the table of lines (`darfix_wb.detection.tracing.separate`). Connected
    detections (at sides or corners) of at least 9 px are thinned to centre lines, and so are the
    parts of each true line; distances are those of centre lines. A figure is nan where it cannot
    be had.

    Attributes
    ----------
    average_precision, best_f1 : float
        Of the ridge-filtered image, see `darfix_wb.image_quality.figures.ImageQuality`; of a
        probability, the map itself.
    average_precision_unfiltered : float
        Of the image itself; pixels at its lowest value are never detected.
    base_rate : float
        Average precision to expect of noise: share of the scored pixels that lie near a line.
    f1 : float
        Of the detected pixels: harmonic mean of the share of them that lie in a true line or at
        most 3 px from it, and of the share of the mask's skeleton with one at most 3 px away.
    lines_found : float
        Share of the true lines that are found: at least half of their centre line has a detected
        pixel at most 3 px away.
    found_lone, found_boundary, found_in_layer : float
        The same of lone lines, those in boundaries and lone ones nearly in the layer.
    line_precision : float
        Lines found over the sum of lines found and false lines. Lines that have merged into one
        detection count as several; what lies on hidden lines does not count.
    false_lines : float
        Number of connected detections without a true line, shown or hidden, at most 3 px away.
    blobs_per_boundary_line : float
        Number of connected detections at most 3 px from a line in a boundary, over the number of
        such lines: 1 where each is seen by itself, lower where they have merged or are not
        detected, higher where they are broken.
    """

    average_precision: float = math.nan
    average_precision_unfiltered: float = math.nan
    best_f1: float = math.nan
    base_rate: float = math.nan
    f1: float = math.nan
    lines_found: float = math.nan
    found_lone: float = math.nan
    found_boundary: float = math.nan
    found_in_layer: float = math.nan
    line_precision: float = math.nan
    false_lines: float = math.nan
    blobs_per_boundary_line: float = math.nan

    def to_dict(self) -> dict[str, float | None]:
        """Plain literals, nan as None."""
        return {name: None if math.isnan(value) else value for name, value in asdict(self).items()}


def line_figures(
    image: numpy.ndarray,
    truth: LineTruth,
    *,
    region: numpy.ndarray | None = None,
    is_probability: bool = False,
    least_sigma: float = LEAST_SIGMA,
    least_probability: float = THRESHOLD,
    tolerance_px: int = TOLERANCE_PX,
) -> LineFigures:
    """Compare an image with the lines that show in a scan.

    Parameters
    ----------
    image : numpy.ndarray
        ``(rows, columns)`` float; NaN where nothing was seen. Lines there are not found. To
        compare methods, the image `as_shown`.
    truth : LineTruth
        The lines, those that do not show and the class of each where known.
    region : numpy.ndarray, optional
        ``(rows, columns)`` bool: lit pixels; all by default. Give the same to all images that are
        compared.
    is_probability : bool
        Whether the image is a probability, 0 to 1.
    least_sigma : float
        Threshold of other images, in robust standard deviations: one for all scans.
    least_probability : float
        Threshold of probabilities.
    tolerance_px : int
        How far a detection may lie from a line.

    Returns
    -------
    LineFigures
        All nan but the base rate where no pixel of the region was seen.

    Raises
    ------
    DarfixWBError
        If the arrays differ in shape.

    Examples
    --------
    >>> mask = numpy.zeros((64, 96), dtype=bool)
    >>> mask[30:33, 10:80] = True
    >>> truth = LineTruth.from_mask(mask)
    >>> found = line_figures(mask, truth, is_probability=True)
    >>> found.lines_found, found.false_lines, found.line_precision
    (1.0, 0.0, 1.0)
    """
    image = numpy.asarray(image, dtype=float)
    lit = numpy.ones(image.shape, dtype=bool) if region is None else numpy.asarray(region, bool)
    _check_shapes(image, truth, lit)
    shown, hidden = (pixels_near(mask, tolerance_px) for mask in (truth.mask, truth.hidden))
    scored = lit & (shown | ~hidden)
    lines, near = truth.mask & lit, shown & lit
    base_rate = float(near.sum() / scored.sum()) if lines.any() else math.nan
    seen = numpy.isfinite(image) & lit
    if not seen.any():
        return LineFigures(base_rate=base_rate)
    finite = standardised(image, seen)
    if is_probability:
        response = finite - finite[seen].min()
        detected = separate(numpy.where(seen, image, 0).astype(numpy.float32), least_probability)
    else:
        response = ridge_response(finite)
        detected = seen & (response > ridge_threshold(response, seen, least_sigma=least_sigma))
    detections = detect(detected)
    found = found_lines(detections, truth, shown, hidden, lit, tolerance_px=tolerance_px)
    return LineFigures(
        base_rate=base_rate,
        **_pixel_figures(response, finite, seen & scored, near, lines, detections, tolerance_px),
        **_line_figures(found),
    )


def scored_region(truth: LineTruth, *, tolerance_px: int = TOLERANCE_PX) -> numpy.ndarray:
    """Where a detection is right or wrong: not beside lines that do not show.

    A line whose contrast does not exceed the noise cannot be asked of any method. One that sees a
    trace of it all the same is not wrong: there is a line. So its pixels, and those at most 3 px
    away, are not scored, except near lines that do show.

    Parameters
    ----------
    truth : LineTruth
        The lines.
    tolerance_px : int
        How far a detection may lie from a line.

    Returns
    -------
    numpy.ndarray
        ``(rows, columns)`` bool.
    """
    return pixels_near(truth.mask, tolerance_px) | ~pixels_near(truth.hidden, tolerance_px)


def _pixel_figures(
    response: numpy.ndarray,
    image: numpy.ndarray,
    seen: numpy.ndarray,
    near: numpy.ndarray,
    lines: numpy.ndarray,
    detections: Detections,
    tolerance_px: int,
) -> dict[str, float]:
    """Figures of pixels; empty without lines."""
    if not (lines.any() and seen.any()):
        return {}
    filtered, best_f1 = detection_scores(response, seen, near, lines, tolerance_px)
    above = image - image[seen].min()
    unfiltered, _ = detection_scores(above, seen, near, lines, tolerance_px)
    return {
        "average_precision": filtered,
        "average_precision_unfiltered": unfiltered,
        "best_f1": best_f1,
        "f1": detected_f1(detections.mask & seen, near, lines, tolerance_px),
    }


def _line_figures(found: FoundLines) -> dict[str, float]:
    return {
        "lines_found": found.share(),
        **found.share_by_class(),
        "line_precision": found.precision(),
        "false_lines": float(found.n_false),
        "blobs_per_boundary_line": found.blobs_per_boundary_line,
    }


def _check_shapes(image: numpy.ndarray, truth: LineTruth, region: numpy.ndarray) -> None:
    for name, shape in (("lines", truth.numbers.shape), ("region", region.shape)):
        if image.ndim != 2 or shape != image.shape:
            raise DarfixWBError(
                f"The image and {name} must have the same shape (rows, columns), got "
                f"{image.shape} and {shape}. Take both from the same scan."
            )
