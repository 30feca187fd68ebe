"""How well an image shows dislocations whose places are known."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy

from ..detection.targets import distance_from
from ..errors import DarfixWBError
from ..local_background import local_background
from ..robust import robust_deviation
from .line_detection import detection_scores, ridge_response
from .texture import leaked_share

TOLERANCE_PX = 3
GAP_PX = 5
RING_PX = 25
"""Surroundings of a line: further from it than the gap, not further than this."""


@dataclass(frozen=True)
class ImageQuality:
    """Figures of one image, all the same for ``a * image + b`` with positive ``a``.

    A pixel is detected where the ridge-filtered image is at least a threshold above 0. Precision
    is the share of the detected pixels that lie in the mask of the lines or at most 3 px from it;
    recall is the share of the pixels of the mask's skeleton with a detected pixel at most 3 px
    away. A figure is nan where it cannot be had.

    Attributes
    ----------
    average_precision : float
        Area under the curve of precision over recall, 0 to 1.
    best_f1 : float
        Largest harmonic mean of precision and recall over all thresholds, 0 to 1.
    base_rate : float
        Average precision to expect of noise: share of the pixels that lie near a line.
    contrast_to_noise : float
        Mean in the lines above the median of the ring from 5 to 25 px around them, in standard
        deviations of that ring (from the median absolute deviation), after the local background
        is taken off.
    leakage : float
        Share of the variance outside the lines that is texture of the strong-beam image, 0 to 1:
        in the band of spatial frequencies that holds the middle 80 % of that image's power, and
        proportional to it there (the share in the band times the squared correlation).
    """

    average_precision: float
    best_f1: float
    base_rate: float
    contrast_to_noise: float
    leakage: float

    def to_dict(self) -> dict[str, float | None]:
        """Plain literals, nan as None."""
        return {name: None if math.isnan(value) else value for name, value in asdict(self).items()}


def image_quality(
    weak_image: numpy.ndarray,
    lines: numpy.ndarray,
    *,
    strong_image: numpy.ndarray | None = None,
    region: numpy.ndarray | None = None,
    tolerance_px: int = TOLERANCE_PX,
) -> ImageQuality:
    """Compare a weak-beam image with the truth.

    Parameters
    ----------
    weak_image : numpy.ndarray
        ``(rows, columns)`` float in any unit; NaN where nothing was seen. A line there is not
        found; the ridge filter sees the local background there.
    lines : numpy.ndarray
        ``(rows, columns)`` bool: the visible lines, `TruthMaps.dislocation_mask`.
    strong_image : numpy.ndarray, optional
        ``(rows, columns)`` float: the strong-beam image of the same scan, for the leakage.
    region : numpy.ndarray, optional
        ``(rows, columns)`` bool: pixels that count, e.g. the lit ones; all by default. Give the
        same to all images that are compared.
    tolerance_px : int
        How far a detection may lie from a line.

    Raises
    ------
    DarfixWBError
        If the arrays differ in shape.
    """
    weak_image = numpy.asarray(weak_image, dtype=float)
    _check_shapes(weak_image, lines=lines, strong_image=strong_image, region=region)
    everywhere = numpy.ones(weak_image.shape, dtype=bool)
    region = everywhere if region is None else numpy.asarray(region, dtype=bool)
    lines = numpy.asarray(lines, dtype=bool) & region
    seen = numpy.isfinite(weak_image) & region
    distance = distance_from(lines)
    near = (distance <= tolerance_px) & region
    average_precision, best_f1 = math.nan, math.nan
    if lines.any() and seen.any():
        response = ridge_response(standardised(weak_image, seen))
        average_precision, best_f1 = detection_scores(response, seen, near, lines, tolerance_px)
    return ImageQuality(
        average_precision=average_precision,
        best_f1=best_f1,
        base_rate=float(near.sum() / region.sum()) if lines.any() else math.nan,
        **_linear_figures(weak_image, lines, seen, distance, strong_image),
    )


def linear_figures(
    image: numpy.ndarray,
    lines: numpy.ndarray,
    *,
    strong_image: numpy.ndarray | None = None,
    region: numpy.ndarray | None = None,
) -> dict[str, float]:
    """Contrast to noise and leakage of an image alone, see `ImageQuality` and `image_quality`.

    They are those of the image in its own linear unit: compressed, its texture would no longer be
    proportional to that of the strong-beam image.
    """
    image = numpy.asarray(image, dtype=float)
    _check_shapes(image, lines=lines, strong_image=strong_image, region=region)
    region = numpy.ones(image.shape, dtype=bool) if region is None else region
    lines = lines & region
    seen = numpy.isfinite(image) & region
    return _linear_figures(image, lines, seen, distance_from(lines), strong_image)


def _linear_figures(
    image: numpy.ndarray,
    lines: numpy.ndarray,
    seen: numpy.ndarray,
    distance: numpy.ndarray,
    strong_image: numpy.ndarray | None,
) -> dict[str, float]:
    return {
        "contrast_to_noise": _contrast_to_noise(image, lines & seen, seen, distance),
        "leakage": _leakage(image, strong_image, seen & (distance > GAP_PX)),
    }


def standardised(image: numpy.ndarray, seen: numpy.ndarray) -> numpy.ndarray:
    """Finite, of mean 0 and standard deviation 1 where seen; the local background elsewhere."""
    mean, deviation = image[seen].mean(), image[seen].std()
    if not deviation > 0:
        return numpy.zeros(image.shape)
    image = numpy.where(seen, (image - mean) / deviation, numpy.nan)
    return image if seen.all() else numpy.where(seen, image, local_background(image))


def _contrast_to_noise(
    image: numpy.ndarray, lines: numpy.ndarray, seen: numpy.ndarray, distance: numpy.ndarray
) -> float:
    off_lines = seen & (distance > GAP_PX)
    ring = off_lines & (distance <= RING_PX)
    if not (lines.any() and ring.any()):
        return math.nan
    excess = image - local_background(numpy.where(off_lines, image, numpy.nan))
    level = numpy.median(excess[ring])
    noise = robust_deviation(excess[ring]) or excess[ring].std()
    return float((excess[lines].mean() - level) / noise) if noise > 0 else math.nan


def _leakage(
    weak_image: numpy.ndarray, strong_image: numpy.ndarray | None, where: numpy.ndarray
) -> float:
    if strong_image is None:
        return math.nan
    return leaked_share(weak_image, strong_image, where & numpy.isfinite(strong_image))


def _check_shapes(weak_image: numpy.ndarray, **others: numpy.ndarray | None) -> None:
    for name, array in others.items():
        shape = weak_image.shape if array is None else numpy.shape(array)
        if weak_image.ndim != 2 or shape != weak_image.shape:
            raise DarfixWBError(
                f"The weak-beam image and {name} must have the same shape (rows, columns), got "
                f"{weak_image.shape} and {shape}. Take both from the same scan."
            )
