"""The volumes of the benchmark: simulated, classified, and shaken."""

from __future__ import annotations

import argparse
import shutil
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy
from scipy import ndimage

from darfix_wb.commands import simulate, volume
from darfix_wb.reconstruction.layer_stack import LayerStack, open_stack
from darfix_wb.reconstruction.warm_pixels import find_warm_pixels
from darfix_wb.simulation import VolumeTruth, read_volume_truth
from darfix_wb.volume.layout import VOLUME
from darfix_wb.volume.volume_file import read_summary

OPTIONS = (
    "--layers 32 --layer-step-um 1 --shape 256 320 --reflection 2 2 0 --upstream 20 --exit 15 "
    "--curved-density-per-um2 0.015 --junction-density-per-um3 0.0015 --in-layer-fraction 0.15 "
    "--boundary-misorientation-urad 200"
)
"""Of `darfix-wb simulate`, beside the seeds and the output."""

SPARSE_OPTIONS = (
    "--layers 32 --layer-step-um 1 --shape 256 320 --reflection 2 2 0 --upstream 20 --exit 15 "
    "--dislocation-density-per-um2 0.012 --curved-density-per-um2 0.006 "
    "--junction-density-per-um3 0.0005"
)
"""Fewer lines, and boundaries whose lines lie 5 um apart instead of 1.4 um."""


@dataclass(frozen=True, eq=False)
class KnownVolume:
    """A classified volume, and what is in it.

    Attributes
    ----------
    seed : int
    result_file : pathlib.Path
        From ``darfix-wb volume``.
    truth : VolumeTruth
    """

    seed: int
    result_file: Path
    truth: VolumeTruth

    def stack(self) -> LayerStack:
        """Its images."""
        return open_stack(self.result_file, tuple(self.truth.spacing_um))


def known_volume(folder: Path, seed: int, options: str = OPTIONS) -> KnownVolume:
    """Simulate and classify the volume of a seed, as far as its files are not there."""
    folder.mkdir(parents=True, exist_ok=True)
    scans, result = folder / f"vol_{seed}.h5", folder / f"result_{seed}.h5"
    if not scans.exists():
        seeds = ["--crystal-seed", str(seed), "--seed", str(seed)]
        _command(simulate, [*options.split(), *seeds, "--output", str(scans)])
    if not (result.exists() and read_summary(result).complete):
        _command(volume, [str(scans), "--output", str(result)])
    return KnownVolume(seed, result, read_volume_truth(scans))


def _command(module: object, arguments: list[str]) -> None:
    """What a command of ``darfix-wb`` does, in this process."""
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    if module.run(parser.parse_args(arguments)):
        raise SystemExit(f"The layers of {arguments[0]} could not all be classified.")


def shake(known: KnownVolume, path: Path, jitter_um: float) -> KnownVolume:
    """The same volume with the image of each layer shifted at random, along rows and columns.

    Layers are classified one by one, so that shifting their images is what a sample that jitters
    gives, but for what enters at the sides. Warm pixels, which would not move, are taken out first.
    """
    shutil.copyfile(known.result_file, path)
    stack = known.stack()
    warm = find_warm_pixels(stack)
    random = numpy.random.default_rng([known.seed, 41])
    shifts = jitter_um * random.standard_normal((len(stack), 2)) / stack.pitch_um
    with h5py.File(path, "r+") as file:
        for index, shift in enumerate(shifts):
            for name in ("dislocation_image", "line_probability"):
                image = stack.read(name, index)
                image[warm] = numpy.nan
                file[f"entry/{VOLUME}/{name}/{name}"][stack.numbers[index]] = _moved(image, shift)
    return KnownVolume(known.seed, path, known.truth)


def _moved(image: numpy.ndarray, shift_px: numpy.ndarray) -> numpy.ndarray:
    unknown = (~numpy.isfinite(image)).astype(numpy.float32)
    moved = ndimage.shift(numpy.nan_to_num(image), shift_px, order=3, mode="nearest")
    gone = ndimage.shift(unknown, shift_px, order=1, mode="constant", cval=1.0)
    return numpy.where(gone > 0.5, numpy.nan, moved)
