"""Compare methods on one dataset, side by side."""

from __future__ import annotations

from dataclasses import replace

from ewokscore.model import BaseOutputModel
from pydantic import ConfigDict, Field, InstanceOf

from ..beam import BeamMap
from ..comparison.compare import compare
from ..comparison.files import check_comparison_files, save_comparison
from ..comparison.result import Comparison
from ..errors import DarfixWBError
from ..extraction import PatchedScan, extract
from ..io.darfix.dataset import AnyDataset, dataset_files, pixel_axes, scan_from_dataset
from ..io.input_files import input_files
from ..io.output import InputFile
from ..io.provenance import Provenance
from ..labels import LabelMap
from ..methods.method import Method, MethodOptions
from ..methods.registry import make_methods, with_connected
from ..patches import default_patch_size, overlapping_stride
from ..simulation.truth import patch_truth, read_truth
from ..truth import PatchTruth
from ..unused_options import changed, refuse_unused
from .base import CancellableTask, TaskInputs, optional_instance
from .classified_patches import extract_again

EXTRACTION_SHARE = 0.1

DEFAULT_METHODS = ("lcnn", "angle-rule", "pca", "nmf", "gso", "matched", "detector")
"""Methods that need no labels and take less than minutes."""

ONLY_FOR = {
    "n_components": {"pca", "nmf", "nica"},
    "n_epochs": {"lcnn", "lcnn-alone", "lcnn-paper", "resnet18", "vgg16"},
    "model_file": {"lcnn", "lcnn-alone"},
    "regions": {"gso"},
}
"""Inputs that some methods alone know, with these."""


class Inputs(TaskInputs):
    dataset: AnyDataset
    """Darfix dataset; if it is not loaded yet, it is read frame by frame."""
    classification: optional_instance(BeamMap) = None
    """Classification to use in place of "lcnn", from the weak-beam classifier; it is named after
    the method that made it, and all methods use its grid."""
    model_file: str | None = None
    """Model file of the method "lcnn"; without it the network is trained on the labels or, where
    there are none, the shipped model is used."""
    methods: list[str] = list(DEFAULT_METHODS)  # noqa: RUF012 (pydantic copies it)
    """Methods to compare: "lcnn", "lcnn-alone", "lcnn-paper", "resnet18", "vgg16", "angle-rule",
    "frame-threshold", "darfix-nstd", "pca", "nmf", "nica", "gso"; and two that make an image of the
    dislocations and do not classify the patches: "matched" (the dislocation image) and "detector"
    (the probability of a line, by the shipped detector)."""
    labels: optional_instance(LabelMap) = None
    """Labels of some patches: every method is fitted on three quarters of the labelled frames and
    scored on the others."""
    labels_of_another_scan: bool = False
    """Whether to accept labels that were made on another scan than the dataset."""
    truth_file: str | None = None
    """File of a simulated scan, with its true conditions: every method is scored on the frames
    without labels."""
    n_components: int = Field(3, ge=1)
    """Number of components of PCA, NMF and NICA."""
    regions: dict[str, list[int]] | None = None
    """Regions of Gram-Schmidt, ``[row, column, height, width]`` in px of "strong", "weak_low" and
    "weak_high"; if not given, they are chosen automatically."""
    n_epochs: int = Field(50, ge=1)
    """Epochs for training networks on the labels."""
    seed: int = Field(0, ge=0)
    """Seed of the split, the trainings and the decompositions."""
    device: str = "auto"
    """Processor: "auto" (CUDA where there is one), "cpu", "cuda" or "cuda:<number>"."""
    patch_size: int | None = None
    """Side of a patch in pixels; if not given, that of the classification or the labels, or else
    as in the weak-beam classifier. It must not differ from that of the classification or the
    labels."""
    stride: int | None = None
    """Distance between patches in pixels; if not given, that of the classification or the labels,
    or half a patch."""
    dark: float | None = None
    """Dark level in counts; if not given, taken from the dataset's dark images or estimated."""
    rocking_motor: str | None = None
    """Name of the rocking motor; if not given, the dataset's fastest dimension."""
    output_file: str | None = None
    """NeXus file to write, with a picture (.png) and a table (.csv) next to it; if empty, no file
    is written."""
    overwrite: bool = False
    """Whether existing output files may be replaced."""


class Outputs(BaseOutputModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    comparison: InstanceOf[Comparison]
    """Image, and where there are any, conditions and scores of each method."""
    output_file: str | None
    """The NeXus file that was written, if any."""


class MethodComparison(CancellableTask, input_model=Inputs, output_model=Outputs):
    """Compare methods that tell weak from strong beam, and images of the dislocations, on the same
    frames and patches."""

    def run(self) -> None:
        inputs = Inputs(**self.get_input_values())
        _check_options(inputs)
        files = _files(inputs) if inputs.output_file else ()
        if inputs.output_file:
            check_comparison_files(inputs.output_file, overwrite=inputs.overwrite, inputs=files)
        methods = _methods(inputs)
        patched = self._extract(inputs)
        labels = _labels(inputs, patched)
        comparison = compare(
            patched,
            methods,
            labels=labels,
            truth=_truth(inputs, patched),
            seed=inputs.seed,
            monitor=self.monitor("Comparing", start=EXTRACTION_SHARE),
        )
        if inputs.output_file:
            axes = pixel_axes(inputs.dataset)
            provenance = _provenance(inputs, patched)
            save_comparison(
                inputs.output_file,
                comparison,
                provenance=provenance,
                axes=axes,
                overwrite=inputs.overwrite,
                inputs=files,
            )
            self.say_written(inputs.output_file, beside=(".png", ".csv"))
        self.outputs.comparison = comparison
        self.outputs.output_file = inputs.output_file or None

    def _extract(self, inputs: Inputs) -> PatchedScan:
        monitor = self.monitor("Extracting patches", stop=EXTRACTION_SHARE)
        asked = {"dark": inputs.dark, "rocking_motor": inputs.rocking_motor}
        if inputs.classification is not None:
            return extract_again(inputs.dataset, inputs.classification, **asked, monitor=monitor)
        scan = scan_from_dataset(inputs.dataset, rocking_motor=inputs.rocking_motor)
        patch_size, stride = _grid(inputs, scan.frame_shape)
        return extract(
            scan, patch_size=patch_size, stride=stride, dark=inputs.dark, monitor=monitor
        )


def _check_options(inputs: Inputs) -> None:
    """Refuse what would have no effect."""
    fields = type(inputs).model_fields
    chosen = set(inputs.methods)
    if inputs.classification is not None:
        chosen -= {"lcnn"}
    for name, methods in ONLY_FOR.items():
        if not chosen & methods:
            given = changed(dict(inputs), {name: fields[name].default})
            refuse_unused(given, f"without one of the methods {', '.join(sorted(methods))}")
    connected = inputs.classification or inputs.labels
    for name in ("patch_size", "stride") if connected is not None else ():
        asked, fixed = getattr(inputs, name), getattr(connected.grid, name)
        if asked not in (None, fixed):
            raise DarfixWBError(
                f"{name} must be that of the connected classification or labels ({fixed} px), got "
                f"{asked} px. Leave it empty, or disconnect them."
            )


def _files(inputs: Inputs) -> tuple[InputFile, ...]:
    from ..model import shipped_model_file

    return input_files(
        scan=dataset_files(inputs.dataset),
        model=inputs.model_file or shipped_model_file(),
        truth=inputs.truth_file,
    )


def _methods(inputs: Inputs) -> list[Method]:
    names = MethodOptions.__dataclass_fields__.keys() & type(inputs).model_fields.keys()
    options = MethodOptions(**{name: getattr(inputs, name) for name in names})
    methods = make_methods(inputs.methods, options)
    if inputs.classification is None:
        return methods
    return with_connected(methods, inputs.classification)


def _grid(inputs: Inputs, frame_shape: tuple[int, int]) -> tuple[int, int]:
    """Patch size and stride that all methods share."""
    if inputs.labels is not None:
        return inputs.labels.grid.patch_size, inputs.labels.grid.stride
    patch_size = inputs.patch_size
    if patch_size is None:
        patch_size = _default_patch_size(inputs, frame_shape)
    stride = overlapping_stride(patch_size) if inputs.stride is None else inputs.stride
    return patch_size, stride


def _default_patch_size(inputs: Inputs, frame_shape: tuple[int, int]) -> int:
    """One that the model takes, where a method may need it."""
    if not ONLY_FOR["model_file"].intersection(inputs.methods):
        return default_patch_size(frame_shape, stride=inputs.stride)
    from ..model import BeamModel

    return BeamModel.load(inputs.model_file).patch_size_for(frame_shape, stride=inputs.stride)


def _labels(inputs: Inputs, patched: PatchedScan) -> LabelMap | None:
    if inputs.labels is None:
        return None
    labels = inputs.labels.on_grid(patched.grid)
    return replace(labels, source="") if inputs.labels_of_another_scan else labels


def _truth(inputs: Inputs, patched: PatchedScan) -> PatchTruth | None:
    if not inputs.truth_file:
        return None
    return patch_truth(read_truth(inputs.truth_file), patched.grid)


def _provenance(inputs: Inputs, patched: PatchedScan) -> Provenance:
    left_out = {"dataset", "classification", "labels"}
    parameters = {name: value for name, value in dict(inputs).items() if name not in left_out}
    if inputs.labels is not None:
        parameters["labels_hash"] = inputs.labels.hash
    model_hash = ""
    if inputs.classification is not None:
        parameters["classification"] = inputs.classification.parameters
        model_hash = inputs.classification.model_hash
    return Provenance(parameters, patched.scan.source, model_hash, inputs.seed)
