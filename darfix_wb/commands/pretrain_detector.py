"""The command ``darfix-wb pretrain --detector``: make the shipped detector of lines again."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from ..io.input_files import input_files
from ..io.output import check_output
from ..io.output_names import MODEL_SUFFIXES
from ..pretraining.crystals import crystal_file
from ..pretraining.detector import DetectorOptions, make_detector
from ..progress import progress_bar
from ..unused_options import check_at_least
from .ending import Words, free_name, option_words, print_ending

TRIED = 1
"""Seed of the crystal on which a new model is tried out."""


def run_detector(arguments: argparse.Namespace) -> None:
    """Simulate, train, calibrate on crystals kept aside, and save."""
    default = DetectorOptions()
    seed = default.seed if arguments.seed is None else arguments.seed
    check_at_least({"--crystals": arguments.crystals}, 2)  # one is kept aside
    n_crystals = arguments.crystals or default.n_crystals
    fit = replace(
        default.fit,
        n_steps=arguments.detector_steps or default.fit.n_steps,
        device=arguments.device,
    )
    shape = tuple(arguments.shape or default.shape)
    options = replace(default, n_crystals=n_crystals, seed=seed, shape=shape, fit=fit)
    scans = arguments.scans
    seeds = (
        *range(seed, seed + n_crystals),
        *range(default.perfect_seed, default.perfect_seed + options.n_perfect),
    )
    kept = [] if scans is None else [crystal_file(scans, one) for one in seeds]
    inputs = input_files(scan=kept)
    path = check_output(
        arguments.output, overwrite=arguments.overwrite, inputs=inputs, suffixes=MODEL_SUFFIXES
    )
    with progress_bar("Making the detector") as monitor:
        detector, scores = make_detector(options, folder=scans, monitor=monitor)
    detector.save(path, overwrite=arguments.overwrite, inputs=inputs)
    print(f"Made: a detector of {detector.n_parameters} parameters")
    print(f"On crystals kept aside: ECE {scores.ece:.2%} of pixels")
    for stated, found, count in zip(scores.stated, scores.found, scores.counts, strict=True):
        print(f"  probability {stated:5.1%}: {found:5.1%} near a line, of {count} pixels")
    print_ending(arguments.output, then=try_out(detector=arguments.output))


def try_out(**files: Path) -> list[Words]:
    """The commands that try a new model or detector out, on a crystal drawn at random.

    Parameters
    ----------
    **files : pathlib.Path
        The file under the name of the option of ``darfix-wb classify``.
    """
    scan, output = free_name("scan.h5"), free_name("weak_beam.h5")
    options = option_words({name: str(file) for name, file in files.items()})
    return [
        ["darfix-wb", "simulate", "--random", str(TRIED), "--output", scan],
        ["darfix-wb", "classify", scan, *options, "--output", output],
    ]
