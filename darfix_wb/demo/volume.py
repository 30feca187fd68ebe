"""A small volume: simulated, classified, its lines found in space and held against the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from darfix_wb.dislocation_lines.network import LineNetwork
from darfix_wb.dislocation_lines.network_file import write_network
from darfix_wb.io.output import new_file
from darfix_wb.progress import progress_bar
from darfix_wb.reconstruction.files import reconstruct_file
from darfix_wb.reconstruction.options import ReconstructionOptions
from darfix_wb.reconstruction.report import ReconstructionReport
from darfix_wb.simulation import (
    LayerSeries,
    SampleParameters,
    ScanParameters,
    SimulationParameters,
    VolumeTruth,
    read_volume_truth,
    simulate_volume,
)
from darfix_wb.volume.finding import find_layers
from darfix_wb.volume.options import LayerOptions
from darfix_wb.volume.runner import classify_volume
from darfix_wb.volume.summary import VolumeSummary
from darfix_wb.volume.wording import few
from darfix_wb.volume_comparison.line_metrics import LineComparison, compare_lines

SHAPE = (160, 224)
"""Of the frames, in pixels."""

STEP_UM = 1.0

TEXT_FILE = "lines_compared.txt"
"""All figures, and all warnings."""

EXPORTS = ("vtp", "csv")
"""Formats beside the file of the lines: for ParaView, and a table of points."""

_HEAD = "A: lines that were found. B: true lines that show.\n"


@dataclass(frozen=True, eq=False)
class DemoVolume:
    """The volume, what is true of it and what was found.

    Attributes
    ----------
    volume_file : pathlib.Path
        Images of all layers.
    truth : VolumeTruth
        All lines of the crystal.
    shown, hidden : LineNetwork
        The pieces of lines that show in the images, and all others.
    report : ReconstructionReport
        The lines that were found.
    comparison : LineComparison
        Of these with those that show.
    layer_warnings : tuple of str
        Of the layers, a sentence each.
    """

    volume_file: Path
    truth: VolumeTruth
    shown: LineNetwork
    hidden: LineNetwork
    report: ReconstructionReport
    comparison: LineComparison
    layer_warnings: tuple[str, ...]


def small_crystal(shape: tuple[int, int] = SHAPE) -> SimulationParameters:
    """A few straight and curved lines and a junction, without a boundary.

    The reflection is 220, with which all three lines of a junction can show: of 111 one is always
    invisible. The crystal is the first by its seed that has such a junction and no boundary here.
    """
    return SimulationParameters(
        sample=SampleParameters(
            reflection=(2, 2, 0),
            dislocation_density_per_um2=0.01,
            curved_density_per_um2=0.02,
            junction_density_per_um3=0.001,
            upstream_um=15,
            exit_um=10,
            depth_um=8,
            crystal_seed=2,
        ),
        scan=ScanParameters(shape=shape, steps=31, step_deg=0.003),
    )


def simulated_layers(folder: Path, shape: tuple[int, int], n_layers: int) -> Path:
    """The file of the layers' scans, simulated unless an earlier run left the same."""
    parameters, series = small_crystal(shape), LayerSeries(n_layers, STEP_UM)
    path = folder / "volume_scans.h5"
    if path.exists():
        truth = read_volume_truth(path)
        layers = series.layers(parameters)
        if truth.parameters == layers[0] and len(truth.network.layers_um) == n_layers:
            return path
    with progress_bar(f"Simulating {n_layers} layers") as monitor:
        simulate_volume(path, parameters, series, overwrite=True, monitor=monitor)
    return path


def volume_with_lines(folder: Path, *, n_layers: int, shape: tuple[int, int] = SHAPE) -> DemoVolume:
    """Simulate and classify layers, find their lines, export them and compare them."""
    scans = simulated_layers(folder, shape, n_layers)
    volume_file, of_layers = _classified(scans, folder / "volume.h5")
    truth = read_volume_truth(scans)
    with progress_bar("Finding lines in space") as monitor:
        report = reconstruct_file(
            volume_file,
            truth.spacing_um,
            folder / "lines.h5",
            ReconstructionOptions(),
            export=EXPORTS,
            overwrite=True,
            monitor=monitor,
        )
    shown, hidden = truth.shown(), truth.hidden()
    write_network(folder / "true_lines.h5", shown, overwrite=True)
    write_network(folder / "hidden_lines.h5", hidden, overwrite=True)
    with progress_bar("Comparing lines") as monitor:
        comparison = compare_lines(report.network, shown, ignored=hidden, monitor=monitor)
    with new_file(folder / TEXT_FILE, overwrite=True) as partial:
        text = "\n".join([_HEAD, comparison.table(), *report.warnings, *of_layers])
        partial.write_text(f"{text}\n", encoding="utf-8")
    return DemoVolume(volume_file, truth, shown, hidden, report, comparison, tuple(of_layers))


def _classified(scans: Path, output: Path) -> tuple[Path, Sequence[str]]:
    """The file of the volume, and what is to be known of its layers."""
    found, options = find_layers(scans), LayerOptions()
    with progress_bar(f"Classifying {len(found.layers)} layers") as monitor:
        summary = classify_volume(
            found.layers,
            options,
            output,
            motor=found.motor,
            unit=found.unit,
            looks=found.looks(options),
            overwrite=True,
            monitor=monitor,
        )
    return output, (*found.warnings, *_layer_warnings(summary))


def _layer_warnings(summary: VolumeSummary) -> list[str]:
    """Each sentence once, with the layers that it is about."""
    layers_of: dict[str, list[str]] = {}
    for record in summary.layers:
        for sentence in (*record.warnings, *filter(None, [record.reason])):
            layers_of.setdefault(sentence, []).append(record.name)
    return [f"{few(names)}: {sentence}" for sentence, names in layers_of.items()]
