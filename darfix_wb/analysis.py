"""The main job in three calls: classify a scan, integrate its weak beam, compare methods.

What `darfix_wb` offers by name; each function here is one call of the room that does the work.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy

from .beam import BeamMap
from .errors import DarfixWBError
from .extraction import PatchedScan, extract
from .labels import LabelMap
from .patches import default_patch_size, overlapping_stride
from .progress import SILENT, Monitor
from .scan import RockingScan
from .truth import PatchTruth

if TYPE_CHECKING:
    from .comparison.result import Comparison
    from .detection.dislocation_map import DislocationMap
    from .integration import BeamImages
    from .model import BeamModel
    from .training.fit import History


_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ClassifiedScan:
    """A scan with the condition of each of its patches: what `integrate` takes.

    Attributes
    ----------
    patches : PatchedScan
        The scan, its grid of patches, dark level, noise and rocking curves.
    beam_map : BeamMap
        Probabilities ``(n_frames, rows, columns, 3)`` in the order WEAK, STRONG, EMPTY.
    """

    patches: PatchedScan
    beam_map: BeamMap

    @property
    def warnings(self) -> tuple[str, ...]:
        """Why the result may not be trusted, one sentence or more each."""
        return self.beam_map.warnings

    def condition(self, threshold: float | None = 0.0) -> numpy.ndarray:
        """``(n_frames, rows, columns)`` uint8, as `BeamMap.condition`."""
        return self.beam_map.condition(threshold)


def classify(
    scan: RockingScan | PatchedScan,
    *,
    model: BeamModel | str | os.PathLike | None = None,
    patch_size: int | None = None,
    stride: int | None = None,
    dark: float | numpy.ndarray | None = None,
    use_context: bool = True,
    device: str = "auto",
    monitor: Monitor = SILENT,
) -> ClassifiedScan:
    """Tell weak from strong beam in each patch of each frame.

    Parameters
    ----------
    scan : RockingScan or PatchedScan
        Frames, read one at a time; already cut into patches if `patch_size`, `stride` and `dark`
        shall be those of the patches.
    model : BeamModel or path-like, optional
        A trained model or its file; the shipped one if not given.
    patch_size : int, optional
        Side of a patch in pixels, one that the model takes. If not given, the model's own, halved
        while the frame's shorter side holds fewer than four patches and the model takes smaller
        ones.
    stride : int, optional
        Distance between patches in pixels; half a patch if not given.
    dark : float or numpy.ndarray, optional
        Counts of a dark pixel, one number or ``(height, width)``; from the scan's dark images if
        not given, else estimated.
    use_context : bool
        Weigh each frame against the others of its rocking curve; False to classify each alone.
    device : str
        As `darfix_wb.device.resolve_device`.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    ClassifiedScan
        The patches and the probabilities ``(n_frames, rows, columns, 3)`` of their conditions.

    Raises
    ------
    DarfixWBError
        If the frames, the model or the device cannot be used.

    Examples
    --------
    >>> from darfix_wb import classify, integrate
    >>> from darfix_wb.simulation import ScanParameters, SimulationParameters, simulate_scan
    >>> small = SimulationParameters(scan=ScanParameters(shape=(96, 128), steps=11, step_deg=0.01))
    >>> result = classify(simulate_scan(small).rocking_scan, patch_size=64)
    >>> result.beam_map.probabilities.shape
    (11, 2, 3, 3)
    >>> images = integrate(result)
    >>> images.weak.shape
    (96, 128)
    """
    from .classification.network import classify as classify_patches
    from .model import BeamModel

    cut = {"patch_size": patch_size, "stride": stride, "dark": dark}
    given = [name for name, value in cut.items() if value is not None]
    if isinstance(scan, PatchedScan) and given:
        raise DarfixWBError(
            "patch_size, stride and dark must be left out for a scan that is cut into patches "
            f"already, got {' and '.join(given)}. Give them to extract."
        )
    if not isinstance(model, BeamModel):
        model = BeamModel.load(model)
    cutting, classifying = monitor.part(0, 0.3), monitor.part(0.3, 1)
    if isinstance(scan, PatchedScan):
        patches = scan
    else:
        size = model.patch_size_for(scan.frame_shape, patch_size, stride=stride)
        stride = overlapping_stride(size) if stride is None else stride
        patches = extract(scan, patch_size=size, stride=stride, dark=dark, monitor=cutting)
    beam_map = classify_patches(
        patches, model, device=device, use_context=use_context, monitor=classifying
    )
    return ClassifiedScan(patches, beam_map)


def integrate(
    result: ClassifiedScan,
    *,
    mode: str = "default",
    threshold: float | None = None,
    interpolate: bool = False,
    monitor: Monitor = SILENT,
) -> BeamImages:
    """Sum the weak-beam and the strong-beam signal of a classified scan.

    Parameters
    ----------
    result : ClassifiedScan
        From `classify`.
    mode : str
        ``"default"``: mean counts above dark; ``"paper"``: sums as published. See
        `darfix_wb.integration.integrate`.
    threshold : float, optional
        Level of the binary map; 5 sigma above the local background, or 0.6 with ``"paper"``.
    interpolate : bool
        Whether probabilities are interpolated between the centres of patches, which leaves no edges
        of patches that lie side by side.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    BeamImages
        ``weak``, ``strong``, ``weak_low``, ``weak_high`` and more, each ``(height, width)``.

    Raises
    ------
    DarfixWBError
        If the mode is unknown.

    Examples
    --------
    >>> rng = numpy.random.default_rng(0)
    >>> curve = 600 * numpy.exp(-numpy.linspace(-3, 3, 13) ** 2)[:, None, None]
    >>> frames = rng.normal(100 + curve, 4 + numpy.sqrt(curve), (13, 64, 96))
    >>> images = integrate(classify(RockingScan(frames, numpy.arange(13)), device="cpu"))
    >>> images.weak.shape, images.weak.dtype.name
    ((64, 96), 'float32')
    >>> bool(numpy.nanmedian(images.strong) > numpy.nanmedian(images.weak))
    True
    """
    from .integration import integrate as integrate_patches

    return integrate_patches(
        result.patches,
        result.beam_map,
        mode=mode,
        threshold=threshold,
        interpolate=interpolate,
        monitor=monitor,
    )


def map_dislocations(
    scan: ClassifiedScan | PatchedScan | RockingScan,
    *,
    detector: str | os.PathLike | None = None,
    threshold: float = 0.5,
    device: str = "auto",
    monitor: Monitor = SILENT,
) -> DislocationMap:
    """Find the dislocations of a scan; neither a classification nor labels are needed.

    Parameters
    ----------
    scan : ClassifiedScan, PatchedScan or RockingScan
        The scan; its frames are read once, and once more where it is not cut into patches yet.
    detector : path-like, optional
        Detector file; the shipped one if not given.
    threshold : float
        Probability that a line reaches to be in the table of lines, between 0 and 1.
    device : str
        As `darfix_wb.device.resolve_device`.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    DislocationMap
        ``image`` in sigma of its noise, ``low``, ``high``, ``probability`` and ``lines``.

    Raises
    ------
    DarfixWBError
        If the file is no detector or the threshold no probability.

    Examples
    --------
    >>> import numpy
    >>> rng = numpy.random.default_rng(0)
    >>> curve = 600 * numpy.exp(-numpy.linspace(-3, 3, 13) ** 2)[:, None, None]
    >>> frames = rng.normal(100 + curve, 4 + numpy.sqrt(curve), (13, 128, 192))
    >>> found = map_dislocations(RockingScan(frames, numpy.arange(13)))
    >>> found.image.shape, len(found.lines)
    ((128, 192), 0)
    """
    from .detection.detector import LineDetector
    from .detection.mapping import map_dislocations as map_patches
    from .detection.tracing import check_line_threshold

    check_line_threshold(threshold)
    trained = LineDetector.load(detector)
    cutting, finding = monitor.part(0, 0.3), monitor.part(0.3, 1)
    if isinstance(scan, ClassifiedScan):
        scan = scan.patches
    if isinstance(scan, RockingScan):
        size = default_patch_size(scan.frame_shape)
        scan = extract(scan, patch_size=size, stride=overlapping_stride(size), monitor=cutting)
    return map_patches(scan, detector=trained, threshold=threshold, device=device, monitor=finding)


def train_model(
    scans: Sequence[tuple[PatchedScan, LabelMap]],
    *,
    initial_model: str | os.PathLike | None = None,
    validation_share: float = 0.25,
    monitor: Monitor = SILENT,
    **options: object,
) -> tuple[BeamModel, History]:
    """Train a network on labelled patches.

    Parameters
    ----------
    scans : sequence of (PatchedScan, LabelMap)
        Labelled scans, cut into patches of one size (`extract`). Labels of another scan are
        refused; to take them all the same, empty their ``source`` by `dataclasses.replace`.
    initial_model : path-like, optional
        Model file to start from, ``"shipped"`` or ``"none"``; if not given, the shipped model where
        it is of the network and takes the patch size.
    validation_share : float
        Share of the labelled patches kept aside, in whole frames, to calibrate and score.
    monitor : Monitor
        Told how far the work is after each epoch, and asked whether to stop.
    **options
        Fields of `darfix_wb.training.options.FitOptions`: ``network``, ``n_epochs``,
        ``batch_size``, ``learning_rate``, ``dropout``, ``seed``, ``device``, ``patience``.

    Returns
    -------
    model : BeamModel
        Ready for `classify`, or to be saved by `BeamModel.save`; for patches of this size alone.
    history : History
        How the training went.

    Raises
    ------
    DarfixWBError
        If the labels, an option or the initial model cannot be used.

    Examples
    --------
    >>> rng = numpy.random.default_rng(0)
    >>> curve = 600 * numpy.exp(-numpy.linspace(-3, 3, 13) ** 2)[:, None, None]
    >>> frames = rng.normal(100 + curve, 4 + numpy.sqrt(curve), (13, 64, 96))
    >>> patches = extract(RockingScan(frames, numpy.arange(13)), patch_size=32)
    >>> labels = LabelMap.unlabelled(13, patches.grid)
    >>> labels = labels.with_frames({"weak": [2, 3, 9, 10], "strong": [5, 6, 7]})
    >>> model, history = train_model(
    ...     [(patches, labels)], initial_model="none", n_epochs=2, device="cpu"
    ... )
    >>> model.name, model.patch_size, model.takes(64)
    ('lcnn', 32, False)
    """
    from .io.label_source import check_label_source
    from .training.options import FitOptions
    from .training.trained_model import train_model as train_on_patches

    known = FitOptions.__dataclass_fields__
    unknown = [name for name in options if name not in known]
    if unknown:
        raise DarfixWBError(
            f"Training options must be among {', '.join(known)}, got {', '.join(unknown)}. "
            "Correct the name."
        )
    for patches, labels in scans:
        for warning in check_label_source(labels, patches.scan.source):
            _logger.warning(warning)
    return train_on_patches(
        scans,
        FitOptions(**options),
        initial_model=initial_model,
        validation_share=validation_share,
        monitor=monitor,
    )


def compare(
    scan: ClassifiedScan | PatchedScan | RockingScan,
    methods: Sequence[str] = ("lcnn", "angle-rule", "gso"),
    *,
    labels: LabelMap | None = None,
    truth: PatchTruth | None = None,
    seed: int = 0,
    device: str = "auto",
    monitor: Monitor = SILENT,
) -> Comparison:
    """Run several methods on one scan: images, conditions, agreement, seconds.

    Parameters
    ----------
    scan : ClassifiedScan, PatchedScan or RockingScan
        The scan; patches of 64 px side by side where it is not cut yet.
    methods : sequence of str
        Names in `darfix_wb.methods.registry.METHODS`; ``"matched"`` and ``"detector"`` make an
        image of the dislocations and say nothing of the patches.
    labels : LabelMap, optional
        On the scan's grid; methods are fitted on some and scored on the others.
    truth : PatchTruth, optional
        Of a simulated scan; methods are scored on it.
    seed : int
        Of the split of the labels.
    device : str
        As `darfix_wb.device.resolve_device`.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    Comparison
        An outcome for each method, and the share of patches on which each two agree; nan for
        methods that make an image only.

    Raises
    ------
    DarfixWBError
        If a method is unknown, or the labels are of another grid.

    Examples
    --------
    >>> rng = numpy.random.default_rng(0)
    >>> curve = 600 * numpy.exp(-numpy.linspace(-3, 3, 13) ** 2)[:, None, None]
    >>> frames = rng.normal(100 + curve, 4 + numpy.sqrt(curve), (13, 64, 96))
    >>> patches = extract(RockingScan(frames, numpy.arange(13)), patch_size=32)
    >>> compared = compare(patches, ["angle-rule", "matched"])
    >>> compared.names
    ('angle-rule', 'matched')
    >>> compared["matched"].weak_image.shape
    (64, 96)
    """
    from .comparison.compare import compare as compare_methods
    from .methods.method import MethodOptions
    from .methods.registry import make_methods

    chosen = make_methods(methods, MethodOptions(seed=seed, device=device))
    cutting, comparing = monitor.part(0, 0.2), monitor.part(0.2, 1)
    if isinstance(scan, ClassifiedScan):
        scan = scan.patches
    patches = scan if isinstance(scan, PatchedScan) else extract(scan, monitor=cutting)
    return compare_methods(
        patches, chosen, labels=labels, truth=truth, seed=seed, monitor=comparing
    )
