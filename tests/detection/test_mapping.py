"""From a scan to a map of dislocations, and where there are none."""

from dataclasses import replace

import numpy
import pytest

from darfix_wb.detection.mapping import map_dislocations
from darfix_wb.detection.targets import near
from darfix_wb.errors import DarfixWBError
from darfix_wb.extraction import extract
from darfix_wb.io.frame_sources import open_scan
from darfix_wb.patches import default_patch_size
from darfix_wb.scan import RockingScan
from darfix_wb.simulation import SimulationParameters, simulate_scan
from darfix_wb.simulation.parameters import ScanParameters

SHAPE = (160, 192)


def mapped(scan):
    size = default_patch_size(scan.frame_shape)
    return map_dislocations(extract(scan, patch_size=size, stride=size // 2))


def perfect(seed, shape=SHAPE, **changes):
    """A crystal without dislocations, its parameters changed by group."""
    parameters = SimulationParameters(scan=ScanParameters(shape=shape, steps=21, seed=seed))
    sample = {
        "dislocation_density_per_um2": 0.0,
        "boundary_misorientation_urad": 0.0,
        "subgrain_um": 1e6,
        "crystal_seed": seed,
    }
    groups = {"sample": sample, **changes}
    return replace(
        parameters,
        **{name: replace(getattr(parameters, name), **values) for name, values in groups.items()},
    )


def test_lines_of_a_crystal_are_found(crystal, patched):
    found = map_dislocations(patched)
    truth = crystal.truth
    shown, any_line = near(truth.shown_lines), near(truth.line_map >= 0, 6)
    surely = found.probability > 0.5
    assert surely[any_line].sum() > 0.9 * surely.sum()
    assert numpy.nanmean(found.image[truth.shown_lines]) > 3
    assert near(found.lines.index_map >= 0, 8)[shown].mean() > 0.5
    assert found.warnings == ()
    assert found.detector_hash


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"beam": {"stripe_contrast": 0.3}},
        {"detector": {"row_banding_adu": 4.0}},
        {"detector": {"warm_fraction": 0.02, "hot_fraction": 0.002}},
        {"scan": {"drift_px": 6.0}},
        {"beam": {"profile_walk": 0.1}},
    ],
    ids=["plain", "stripes", "banding", "bad pixels", "drift", "walk"],
)
def test_a_perfect_crystal_has_no_lines(changes):
    n_lines = 0
    for seed in (21, 22):
        n_lines += len(mapped(simulate_scan(perfect(seed, **changes)).rocking_scan).lines)
    assert n_lines == 0


@pytest.mark.parametrize("seed", range(4))
def test_noise_has_no_lines(seed):
    rng = numpy.random.default_rng(seed)
    frames = rng.normal(100, 4, (15, *SHAPE)).astype(numpy.float32)
    flat = 400 * numpy.exp(-0.5 * (numpy.arange(15) / 2 - 3.5) ** 2)
    unlit = mapped(RockingScan(frames, numpy.arange(15)))
    assert len(unlit.lines) == 0
    assert unlit.warnings
    lit = mapped(RockingScan(frames + flat[:, None, None], numpy.arange(15)))
    assert len(lit.lines) == 0


def domains(seed, n_lines=6, n_steps=9):
    """A scan of two motors over domains that peak at positions of their own."""
    rng = numpy.random.default_rng(seed)
    peaks = rng.integers(0, n_lines, (5, 6)), rng.integers(2, n_steps - 2, (5, 6))
    line, step = (one.repeat(32, 0).repeat(32, 1) for one in peaks)
    frames = rng.normal(100, 4, (n_lines * n_steps, 160, 192))
    for k, frame in enumerate(frames):
        there = (line - k // n_steps) ** 2 + (step - k % n_steps) ** 2
        frame += 500 * numpy.exp(-0.5 * there)
    curves = numpy.arange(n_lines * n_steps).reshape(n_lines, n_steps)
    angles = numpy.tile(numpy.arange(n_steps), n_lines)
    return RockingScan(frames.astype(numpy.float32), angles, curves=list(curves))


@pytest.mark.parametrize("seed", range(3))
def test_domains_are_refused_with_a_sentence(seed):
    found = mapped(domains(seed))
    assert len(found.lines) == 0
    assert numpy.isnan(found.probability).all()
    (warning,) = found.warnings
    assert "domains of a mosaic crystal" in warning


@pytest.mark.parametrize(
    ("name", "data_path"),
    [
        ("id03_mosaicity/2D_domains.h5", None),
        ("id03_mosaicity/mosa_scan.h5", "/1.1/instrument/pco_ff/image"),
        ("id03_rocking/motor_drift.h5", None),
    ],
)
def test_real_mosaic_scans_have_a_warning_and_no_lines(real_data, name, data_path):
    found = mapped(open_scan(real_data / name, data_path=data_path))
    assert len(found.lines) == 0
    assert any("mosaic" in warning for warning in found.warnings)


def test_what_cannot_be_is_refused_before_any_frame_is_read(patched):
    unreadable = replace(patched, scan=None)
    with pytest.raises(DarfixWBError, match="line_threshold"):
        map_dislocations(unreadable, threshold=1.5)
    with pytest.raises(DarfixWBError, match="abacus"):
        map_dislocations(unreadable, device="abacus")
