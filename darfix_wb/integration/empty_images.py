"""Images in which there is nothing, or nothing to be trusted."""

from __future__ import annotations

import numpy

from .images import BeamImages


def image_warnings(images: BeamImages) -> tuple[str, ...]:
    """What to tell the user about the images.

    Parameters
    ----------
    images : BeamImages
        From `integrate`.

    Returns
    -------
    tuple of str
        A sentence for each image to which no frame contributed, and those of the map of
        dislocations.
    """
    found = () if images.dislocations is None else images.dislocations.warnings
    return found + nothing_summed(weak=images.weak_count, strong=images.strong_count)


def nothing_summed(**counts: numpy.ndarray) -> tuple[str, ...]:
    """A sentence for each image to which no frame contributed.

    Parameters
    ----------
    **counts : numpy.ndarray
        ``(height, width)`` number of contributing frames, by the name of the beam.
    """
    return tuple(
        f"The {name}-beam image has no value in any of its {count.size} pixels: no frame shows "
        f"{name} beam with enough weight."
        for name, count in counts.items()
        if not numpy.any(count > 0)
    )
