"""Images of the dislocations as methods: they say nothing of the patches, and learn no labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..detection.mapping import map_dislocations
from ..dislocation_image import dislocation_image
from ..extraction import PatchedScan
from ..image_quality.shown import PROBABILITY, SIGMA
from ..progress import SILENT, Monitor
from .method import Answer, MethodOptions


@dataclass(frozen=True)
class ImageMethod:
    """A method that makes an image of a scan and tells no weak from strong beam.

    Attributes
    ----------
    name, title, hint : str
        As `darfix_wb.methods.method.Method`.
    make : callable
        Takes a scan and a monitor; gives the answer, an image without conditions.
    """

    name: str
    title: str
    hint: str
    make: Callable[[PatchedScan, Monitor], Answer]
    needs_labels: bool = False
    trains: bool = False

    def prepare(self, patched: PatchedScan, *, monitor: Monitor = SILENT) -> Answer:
        """The image: no label changes it."""
        return self.make(patched, monitor)

    def fit(self, known: Sequence, *, monitor: Monitor = SILENT) -> ImageMethod:
        """Itself: there is nothing to be fitted."""
        return self

    def __call__(self, prepared: Answer, *, monitor: Monitor = SILENT) -> Answer:
        """The image that was prepared."""
        return prepared


def matched(_options: MethodOptions) -> ImageMethod:
    """The dislocation image: each frame weighs by how little it fluctuates where nothing is."""

    def make(patched: PatchedScan, monitor: Monitor) -> Answer:
        found = dislocation_image(patched, monitor=monitor)
        return Answer(None, found.image, SIGMA, "; ".join(found.warnings))

    return ImageMethod(
        "matched",
        "Dislocation image",
        "All frames summed, each weighted by its noise and texture; an image only",
        make,
    )


def detector(options: MethodOptions) -> ImageMethod:
    """The shipped line detector."""

    def make(patched: PatchedScan, monitor: Monitor) -> Answer:
        from ..device import describe_device, resolve_device

        found = map_dislocations(patched, device=options.device, monitor=monitor)
        return Answer(
            None,
            found.probability,
            PROBABILITY,
            "; ".join(found.warnings),
            model_hash=found.detector_hash,
            device=describe_device(resolve_device(options.device)),
        )

    return ImageMethod(
        "detector",
        "Line detector",
        "The probability of a dislocation line within 3 px, from a small network; an image only",
        make,
    )
