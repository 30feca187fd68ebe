"""Commands of BLISS and SPEC, and the motors that they move."""

from __future__ import annotations

import pytest

from darfix_wb.io.motors import ScanCommand


@pytest.mark.parametrize(
    ("title", "motors", "is_grid"),
    [
        ("fscan mu -0.06 0.004 31 1", ("mu",), False),
        ("ascan th 17.46 17.48 100 1", ("th",), False),
        ("dscan diffry -0.1 0.1 20 0.5 pco_ff", ("diffry",), False),
        ("a2scan th 0 1 tth 0 2 10 1", ("th", "tth"), False),
        ("d3scan a 0 1 b 0 2 c 0 3 10 1", ("a", "b", "c"), False),
        ("lineup mu -1 1 20 0.1 diode", ("mu",), False),
        ("finterlaced mu 0 0.1 20 0.1", ("mu",), False),
        ("fscan2d chi -0.5 0.08 26 diffry 7 0.06 37 0.5 0.5", ("diffry", "chi"), True),
        ("fscan3d samz 0 1 3 chi 0 1 4 mu 0 0.1 5 0.1", ("mu", "chi", "samz"), True),
        ("amesh mu 0 1 10 chi 0 1 5 0.1", ("mu", "chi"), True),
        ("dmesh mu 0 1 10 chi 0 1 5 0.1", ("mu", "chi"), True),
        ("a3mesh mu 0 1 10 chi 0 1 5 samz 0 1 2 0.1", ("mu", "chi", "samz"), True),
        ("fscan(mu, -0.06, 0.004, 31, 1)", ("mu",), False),
        ("mosaicity of chi and mu 3", ("chi", "mu"), False),
        ("sample 3 of the series", (), False),
        ("", (), False),
    ],
)
def test_titles(title, motors, is_grid):
    command = ScanCommand.of_title(title, ("mu", "chi"))
    assert command == ScanCommand(motors, is_grid)


@pytest.mark.parametrize("title", ["loopscan 10 1", "ct 1", "timescan 0.1", "ftimescan 1 10"])
def test_titles_of_scans_that_move_nothing(title):
    assert ScanCommand.of_title(title) == ScanCommand(is_motionless=True)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"motor": "mu", "npoints": ""}, ScanCommand(("mu",))),
        ({"slow_motor": "chi", "fast_motor": "mu"}, ScanCommand(("mu", "chi"), True)),
        (
            {"slow1_motor": "z", "slow2_motor": "chi", "fast_motor": "mu"},
            ScanCommand(("mu", "chi", "z"), True),
        ),
        ({"scan_name": "fscan"}, None),
    ],
)
def test_parameters_of_fscan(parameters, expected):
    assert ScanCommand.of_fscan(parameters) == expected
