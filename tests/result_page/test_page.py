"""The page of pictures: it shows the right frames, all images and every warning."""

from __future__ import annotations

from dataclasses import replace

import numpy
import pytest
from matplotlib.image import AxesImage

from darfix_wb.beam import BeamCondition
from darfix_wb.classification.angle_rule import angle_rule
from darfix_wb.cli import main
from darfix_wb.detection.mapping import map_dislocations
from darfix_wb.extraction import extract
from darfix_wb.integration import integrate
from darfix_wb.result_page import draw_result_page
from darfix_wb.result_page.frames import frames_to_show

TITLES = {
    "weak beam",
    "strong beam",
    "conditions over the rocking angle",
    "rocking curves of three patches",
}


@pytest.fixture(scope="module")
def patched(make_scan):
    return extract(make_scan(shape=(64, 96), tilt=0.01, seed=5), patch_size=16, stride=8)


@pytest.fixture(scope="module")
def beam_map(patched):
    return angle_rule(patched)


@pytest.fixture(scope="module")
def images(patched, beam_map):
    return integrate(patched, beam_map)


def titles(figure):
    return {axis.get_title(loc="left") for axis in figure.axes}


def test_the_frames_shown_are_what_their_names_say(patched, beam_map):
    condition = beam_map.condition()
    weak, strong = (
        (condition == one).sum(axis=(1, 2)) for one in (BeamCondition.WEAK, BeamCondition.STRONG)
    )
    shown = frames_to_show(patched, beam_map)
    assert strong[shown["strong"]] == strong.max()
    assert strong[shown["mixed"]] > 0
    assert weak[shown["mixed"]] > 0
    assert strong[shown["weak"]] == 0 < weak[shown["weak"]]


@pytest.mark.parametrize("only", [BeamCondition.WEAK, BeamCondition.EMPTY])
def test_a_scan_of_one_condition_has_a_page_as_well(patched, beam_map, images, only):
    one_hot = numpy.zeros_like(beam_map.probabilities)
    one_hot[..., only] = 1
    alike = replace(beam_map, probabilities=one_hot)
    assert titles(draw_result_page(patched, alike, images, sentences=[])) > TITLES


def test_the_page_shows_every_image_and_every_warning(patched, beam_map, images):
    warned = replace(beam_map, warnings=("The first thing to know.", "The second " * 60))
    figure = draw_result_page(patched, warned, images, sentences=["What was used."])
    assert titles(figure) > TITLES
    assert sum(title.startswith("WB") for title in titles(figure)) == 2
    (text,) = (each.get_text() for sub in figure.subfigs for each in sub.texts)
    assert text.startswith("What was used.\nWarning: The first thing to know.\nWarning: The second")
    assert " ".join(text.split()).count("The second") == 60


def test_with_dislocations_the_page_shows_them(patched, beam_map, images):
    found = map_dislocations(patched)
    figure = draw_result_page(
        patched, beam_map, replace(images, dislocations=found), sentences=["What was used."]
    )
    assert {"dislocation image", f"line probability, {len(found.lines)} lines"} < titles(figure)
    shown = [item.get_array() for axis in figure.axes for item in axis.findobj(AxesImage)]
    assert any(
        image.shape == found.probability.shape
        and numpy.allclose(image.filled(-1), numpy.nan_to_num(found.probability, nan=-1))
        for image in shown
        if image.ndim == 2
    )


def test_the_command_writes_the_page(tmp_path, saved_scan, capsys):
    output, page = tmp_path / "weak_beam.h5", tmp_path / "page.png"
    arguments = ["classify", str(saved_scan), "--angle-rule", "--output", str(output)]
    assert main([*arguments, "--report", str(tmp_path / "page.txt")]) == 1
    assert ".png" in capsys.readouterr().err
    assert main([*arguments, "--report", str(page)]) == 0
    assert page.read_bytes().startswith(b"\x89PNG")
    output.unlink()
    assert main([*arguments, "--report", str(page)]) == 1, "an existing page is kept"
    assert not output.exists()


@pytest.fixture
def saved_scan(tmp_path, make_scan):
    import h5py

    path = tmp_path / "scan.h5"
    scan = make_scan(shape=(64, 96))
    with h5py.File(path, "w") as file:
        file["/1.1/instrument/pco_ff/data"] = scan.frames
        file["/1.1/instrument/positioners/phi"] = scan.angles
    return path
