"""From a volume file to files of lines, by library, command and task."""

import json

import h5py
import numpy
import pytest

from darfix_wb.cli import main
from darfix_wb.dislocation_lines.csv_file import read_csv
from darfix_wb.dislocation_lines.network_file import read_network, write_network
from darfix_wb.errors import DarfixWBError
from darfix_wb.io.provenance import Provenance
from darfix_wb.reconstruction.files import reconstruct_file
from darfix_wb.reconstruction.options import ReconstructionOptions
from darfix_wb.tasks.dislocation_reconstruction import DislocationReconstruction

from .conftest import PITCH, network_of, straight, write_volume

LAYERS = numpy.arange(12.0)
SPACING = (1.0, *PITCH)
NUMBERS = [str(value) for value in SPACING]


@pytest.fixture
def volume(tmp_path, three_lines):
    return write_volume(tmp_path / "volume.h5", three_lines, LAYERS)


def test_command_library_and_task_give_the_same_lines(tmp_path, volume, capsys):
    paths = [tmp_path / f"{name}.h5" for name in ("library", "command", "task")]
    report = reconstruct_file(volume, SPACING, paths[0], ReconstructionOptions())
    command = ["reconstruct", str(volume), "--spacing", *NUMBERS, "--output", str(paths[1])]
    assert main(command) == 0
    assert "3 lines" in capsys.readouterr().out
    inputs = {"volume_file": str(volume), "spacing": list(SPACING), "output_file": str(paths[2])}
    task = DislocationReconstruction(inputs=inputs)
    task.execute()
    assert task.get_output_values()["report"] == report.as_dict()
    first, *others = (read_network(path) for path in paths)
    assert len(first.lines) == 3
    for other in others:
        for one, two in zip(first.lines, other.lines, strict=True):
            numpy.testing.assert_array_equal(one.points_um, two.points_um)


def test_a_file_tells_where_it_comes_from(tmp_path, volume):
    options = ReconstructionOptions(threshold=9.0)
    reconstruct_file(volume, SPACING, tmp_path / "lines.h5", options)
    with h5py.File(tmp_path / "lines.h5") as file:
        group = file["entry/reconstruction"]
        provenance = Provenance.from_nexus(group)
        assert provenance.parameters["threshold"] == 9.0
        assert provenance.parameters["spacing_um"] == list(SPACING)
        assert provenance.source == str(volume)
        assert group["displacement/offset"].shape == (12, 2)


def test_lines_are_compared_with_a_reference(tmp_path, volume, three_lines, capsys):
    from darfix_wb.reconstruction.layer_stack import open_stack

    reference = tmp_path / "true.h5"
    write_network(reference, network_of(three_lines, open_stack(volume, SPACING)))
    output, report = tmp_path / "lines.h5", tmp_path / "report.json"
    command = ["reconstruct", str(volume), "--spacing", *NUMBERS, "--output", str(output)]
    assert main([*command, "--reference", str(reference), "--json", str(report)]) == 0
    text = capsys.readouterr().out
    assert "F1 at 1 um" in text
    following = f"darfix-wb compare-volumes {output} {reference} --json comparison.json"
    assert text.splitlines()[-3:] == [
        f"Written to {output}",
        f"Written to {report}",
        f"Next: {following}",
    ]
    told = json.loads(report.read_text())
    assert told["lines"] == 3
    scores = told["comparison"]["figures"]["lines"]["scores"]
    assert min(scores["f1"][1:]) > 0.97


def test_exports_lie_beside_the_output(tmp_path, volume):
    reconstruct_file(
        volume,
        SPACING,
        tmp_path / "lines.h5",
        ReconstructionOptions(),
        export=("vtp", "nodes", "csv", "vti", "tiff", "ca", "crops"),
    )
    for ending in (".vtp", "_nodes.vtp", ".csv", ".vti", ".tif", ".ca", "_crops.h5"):
        assert (tmp_path / f"lines{ending}").exists()
    lengths = [line.length_um for line in read_network(tmp_path / "lines.h5").lines]
    again = [line.length_um for line in read_csv(tmp_path / "lines.csv").lines]
    assert again == pytest.approx(lengths, rel=1e-5)


def test_nothing_is_written_where_something_is_wrong(tmp_path, volume):
    output = tmp_path / "lines.h5"
    (tmp_path / "lines.csv").write_text("mine")
    wrong = [
        ({"export": ("csv",)}, "lines.csv"),
        ({"export": ("stl",)}, "one or more of"),
        ({"reference": str(tmp_path / "none.h5")}, "does not"),
    ]
    for options, sentence in wrong:
        with pytest.raises(DarfixWBError, match=sentence):
            reconstruct_file(volume, SPACING, output, ReconstructionOptions(), **options)
    assert not output.exists()
    assert (tmp_path / "lines.csv").read_text() == "mine"
    reconstruct_file(volume, SPACING, output, ReconstructionOptions())
    before = output.read_bytes()
    with pytest.raises(DarfixWBError, match="exists"):
        reconstruct_file(volume, SPACING, output, ReconstructionOptions())
    assert output.read_bytes() == before


@pytest.mark.parametrize("replaced", ["volume.h5", "true.h5"])
def test_what_is_read_is_never_replaced(tmp_path, volume, three_lines, replaced):
    from darfix_wb.reconstruction.layer_stack import open_stack

    reference = tmp_path / "true.h5"
    write_network(reference, network_of(three_lines, open_stack(volume, SPACING)))
    before = (tmp_path / replaced).read_bytes()
    with pytest.raises(DarfixWBError, match=r"is the (volume|reference)"):
        reconstruct_file(
            volume,
            SPACING,
            tmp_path / replaced,
            ReconstructionOptions(),
            reference=reference,
            overwrite=True,
        )
    assert (tmp_path / replaced).read_bytes() == before


def test_a_wall_without_spacing_is_plain_in_the_report(tmp_path):
    lines = [straight([-0.5, row, 4.0], [11.5, row, 10.0]) for row in numpy.arange(3.0, 13.0, 0.15)]
    volume = write_volume(tmp_path / "wall.h5", lines, LAYERS)
    report = reconstruct_file(volume, SPACING, tmp_path / "lines.h5", ReconstructionOptions())
    told = json.loads(json.dumps(report.as_dict(), allow_nan=False))
    assert None in [one["spacing_um"] for one in told["boundaries"]]


def test_options_out_of_range_are_refused():
    for values, sentence in (
        ({"method": "magic"}, "linking or skeleton"),
        ({"threshold": 1.0}, "from 3 to 100"),
        ({"burgers_um": 0.3}, "below 0.01 um"),
    ):
        with pytest.raises(DarfixWBError, match=sentence):
            ReconstructionOptions(**values)


def test_thinning_finds_the_same_lines(tmp_path, volume, three_lines):
    options = ReconstructionOptions(method="skeleton")
    report = reconstruct_file(volume, SPACING, tmp_path / "lines.h5", options)
    assert sum(line.length_um > 5 for line in report.network.lines) == 3
    true = sum(line.length_um for line in three_lines)
    assert report.network.length_um == pytest.approx(true, rel=0.1)


def test_layers_whose_domains_hide_lines_are_told(tmp_path, volume):
    with h5py.File(volume, "a") as file:
        file["entry/volume/line_probability/line_probability"][4] = numpy.nan
    report = reconstruct_file(volume, SPACING, tmp_path / "lines.h5", ReconstructionOptions())
    assert any("In 1 of 12 layers" in warning for warning in report.warnings)
    assert len(report.network.lines) == 3
