"""Which scans are the layers of a volume."""

from __future__ import annotations

import shutil

import h5py
import numpy
import pytest

from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.io.frame_sources import open_scan
from darfix_wb.progress import Monitor
from darfix_wb.volume.finding import find_layers


def names(found):
    return [layer.name for layer in found.layers]


def add_entry(path, entry, *, n_frames=0, title="loopscan 5 0.1"):
    with h5py.File(path, "a") as file:
        file[f"{entry}/title"] = title
        if n_frames:
            file[f"{entry}/instrument/pco_ff/data"] = numpy.zeros((n_frames, 16, 20), "uint16")


def test_a_pattern_of_files_in_the_order_of_their_heights(write_layer, tmp_path):
    for number in range(12):
        write_layer(f"layer_{number}.h5", samz=-0.001 * number)
    found = find_layers(tmp_path / "layer_*.h5")
    assert names(found) == [f"layer_{number}.h5 1.1" for number in reversed(range(12))]
    numpy.testing.assert_allclose([one.position for one in found.layers], range(-11, 1), atol=1e-9)
    assert (found.motor, found.unit, found.warnings) == ("samz", "um", ())
    assert (found.frame_shape, found.dtype, found.n_frames) == ((16, 20), "uint16", (7,) * 12)
    for layer in found.layers:
        assert open_scan(layer.url).frame_shape == (16, 20)


@pytest.mark.parametrize("seed", range(5))
def test_each_scan_once_whatever_the_order_of_the_names(write_layer, tmp_path, seed):
    rng = numpy.random.default_rng(seed)
    heights = rng.permutation(9)
    files = [
        write_layer(f"file_{number // 3}.h5", f"{number % 3 + 1}.1", samz=0.001 * heights[number])
        for number in range(9)
    ]
    wanted = [f"{path}::{number % 3 + 1}.1" for number, path in enumerate(files)]
    expected = find_layers(wanted, z_motor="samz")
    assert len({layer.url for layer in expected.layers}) == 9
    assert sorted(one.position for one in expected.layers) == pytest.approx(range(9), abs=1e-9)
    drawn = [*rng.permutation(wanted), *rng.choice(files, 2)]
    again = find_layers([str(one) for one in drawn], z_motor="samz")
    assert again.layers == expected.layers
    assert "given again" in again.warnings[0]


def test_entries_that_are_no_rocking_scans(write_layer):
    path = write_layer("scan.h5", "1.1", samz=0.0)
    write_layer("scan.h5", "10.1", samz=0.001)
    add_entry(path, "1.2")
    add_entry(path, "2.1", n_frames=5)
    add_entry(path, "3.1", n_frames=1, title="ct 1")
    found = find_layers(path)
    assert names(found) == ["scan.h5 1.1", "scan.h5 10.1"]
    text = " ".join(found.warnings)
    assert "(no frames): 1.2 of scan.h5." in text
    assert "(no motor moves): 2.1 of scan.h5." in text
    assert "(one frame only): 3.1 of scan.h5." in text


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ("2.1-3.1", ["2.1", "3.1"]),
        ("[13].1", ["1.1", "3.1"]),
        ("*.1/instrument/pco_ff", ["1.1", "2.1", "3.1", "11.1"]),
        ("/3.1/instrument/pco_ff/data", ["3.1"]),
    ],
)
def test_some_entries_of_a_file(write_layer, chosen, expected):
    for number in (1, 2, 3, 11):
        path = write_layer("scan.h5", f"{number}.1", samz=0.001 * number)
    found = find_layers(f"{path}::{chosen}")
    assert names(found) == [f"scan.h5 {entry}" for entry in expected]


def test_a_range_of_frames_holds_for_all_files(write_layer, tmp_path):
    for number in range(3):
        write_layer(f"layer_{number}.h5", samz=0.001 * number)
    found = find_layers(f"{tmp_path}/layer_*.h5?slice=1:6")
    assert found.n_frames == (5, 5, 5)
    assert open_scan(found.layers[0].url).n_frames == 5


def test_the_folder_of_a_collection_has_its_scans_once(write_layer, tmp_path):
    for number in range(3):
        write_layer(f"sample/sample_layer{number}/sample_layer{number}.h5", samz=0.001 * number)
    master = tmp_path / "sample" / "proposal_sample.h5"
    with h5py.File(master, "w") as file:
        for number in range(3):
            target = f"sample_layer{number}/sample_layer{number}.h5"
            file[f"layer{number}_1.1"] = h5py.ExternalLink(target, "/1.1")
        file["layer3_1.1"] = h5py.ExternalLink("sample_layer3/sample_layer3.h5", "/1.1")
    found = find_layers(tmp_path / "sample")
    assert names(found) == [f"proposal_sample.h5 layer{number}_1.1" for number in range(4)]
    assert "1 layer cannot be opened and will fail" in " ".join(found.warnings)
    with pytest.raises(DarfixWBError, match=r"sample_layer3\.h5, which must exist"):
        open_scan(found.layers[-1].url)
    both = find_layers([str(tmp_path / "sample"), f"{tmp_path}/sample/sample_layer*/*.h5"])
    assert len(both.layers) == 4
    assert "3 scans were given again" in " ".join(both.warnings)
    master.unlink()
    assert len(find_layers(tmp_path / "sample").layers) == 3


@pytest.mark.parametrize(
    ("pattern", "given"),
    [
        ("layers/layer_{layer}/frame_{{:04d}}.edf", "layers/layer_*"),
        ("layers/layer_{layer}/frame_{{:04d}}.edf", "layers/layer_*/"),
        ("layers/layer_{layer}/frame_{{:04d}}.edf", "layers/layer_*/*.edf"),
        ("layers/layer_{layer}/frame_{{:04d}}.edf", "layers"),
        ("layers/layer{layer}_{{:04d}}.edf", "layers"),
        ("layers/layer{layer}_{{:04d}}.edf", "layers/layer*.edf"),
    ],
)
def test_layers_of_edf_files(write_edf_layer, tmp_path, pattern, given):
    for layer in range(11):
        write_edf_layer(pattern.format(layer=layer), diffz=2.0 * layer)
    write_edf_layer(f"{pattern.format(layer=0).rpartition('/')[0]}/dark_{{:04d}}.edf", n_frames=2)
    found = find_layers(f"{tmp_path}/{given}")
    assert [one.position for one in found.layers] == [2.0 * layer for layer in range(11)]
    assert (found.motor, found.unit, found.n_frames) == ("diffz", "", (7,) * 11)
    assert found.warnings == ()
    scans = [open_scan(layer.url) for layer in found.layers]
    assert [scan.n_frames for scan in scans] == [7] * 11


def test_edf_files_named_one_by_one(write_edf_layer, tmp_path):
    for layer in range(3):
        write_edf_layer(f"layer{layer}_{{:04d}}.edf", diffz=2.0 * layer)
    files = [str(file) for file in tmp_path.glob("*.edf")]
    assert len(find_layers(files).layers) == 3
    with pytest.raises(DarfixWBError, match="all that a pattern or folder gives"):
        find_layers(sorted(files)[:-1])


def test_edf_files_of_many_frames_are_a_layer_each(write_edf_layer, tmp_path):
    for layer in range(3):
        folder = write_edf_layer(f"one_{layer}/{{:04d}}.edf", diffz=2.0 * layer)
        with open(tmp_path / f"layer_{layer}.edf", "wb") as whole:
            for file in sorted(folder.iterdir()):
                whole.write(file.read_bytes())
    found = find_layers(f"{tmp_path}/layer_*.edf")
    assert names(found) == ["layer_0.edf", "layer_1.edf", "layer_2.edf"]
    assert found.n_frames == (7, 7, 7)
    assert [one.position for one in found.layers] == [0.0, 2.0, 4.0]


@pytest.mark.parametrize("damage", ["truncated", "empty", "missing", "noise"])
def test_a_damaged_layer_stays_and_fails_with_its_reason(write_layer, tmp_path, damage):
    paths = [write_layer(f"layer_{number}.h5", samz=0.002 * number) for number in range(6)]
    whole = paths[3].read_bytes()
    changed = {
        "truncated": whole[: len(whole) // 2],
        "empty": b"",
        "noise": whole[:200] + numpy.random.default_rng(0).bytes(len(whole) - 200),
    }
    paths[3].unlink()
    if damage in changed:
        paths[3].write_bytes(changed[damage])
    found = find_layers([str(path) for path in paths])
    assert names(found)[3].startswith("layer_3.h5")
    assert [one.position for one in found.layers] == pytest.approx([0, 2, 4, 6, 8, 10], abs=1e-9)
    assert "1 layer cannot be opened and will fail: layer_3.h5" in " ".join(found.warnings)
    assert found.n_frames[3] == 0
    with pytest.raises(DarfixWBError):
        open_scan(found.layers[3].url)


def test_a_damaged_edf_layer_stays(write_edf_layer, tmp_path):
    for layer in range(4):
        folder = write_edf_layer(f"layer_{layer}/frame_{{:04d}}.edf", diffz=2.0 * layer)
    first = folder / "frame_0000.edf"
    first.write_bytes(first.read_bytes()[:300])
    found = find_layers(f"{tmp_path}/layer_*")
    assert names(found) == ["layer_0", "layer_1", "layer_2", "layer_3"]
    assert found.layers[3].position is None
    with pytest.raises(DarfixWBError, match="truncated"):
        open_scan(found.layers[3].url)


def test_frames_of_another_shape(write_layer, tmp_path):
    for number in range(4):
        write_layer(f"layer_{number}.h5", samz=0.001 * number)
    write_layer("layer_4.h5", samz=0.004, shape=(18, 20))
    found = find_layers(tmp_path / "layer_*.h5")
    assert len(found.layers) == 4
    assert found.frame_shape == (16, 20)
    assert (
        "1 scan is left out, because most scans have frames of another shape" in found.warnings[0]
    )
    with pytest.raises(DarfixWBError, match="frames of one shape, got 1 of 16 x 20 px, 1 of 18"):
        find_layers([str(tmp_path / "layer_0.h5"), str(tmp_path / "layer_4.h5")])


def test_files_of_one_name_are_told_by_their_folders(write_layer, tmp_path):
    for number in range(2):
        write_layer(f"z{number}/scan.h5", samz=0.001 * number)
    assert names(find_layers(f"{tmp_path}/z*/scan.h5")) == ["z0/scan.h5 1.1", "z1/scan.h5 1.1"]


def test_a_link_to_a_layer_is_that_layer(write_layer, tmp_path):
    path = write_layer("scan.h5", samz=0.0)
    (tmp_path / "same.h5").symlink_to(path)
    found = find_layers([str(path), str(tmp_path / "same.h5")])
    assert len(found.layers) == 1


def test_what_is_refused(write_layer, tmp_path):
    path = write_layer("scan.h5", samz=0.0)
    with pytest.raises(DarfixWBError, match=r"and .*none_\*\.h5 gives none"):
        find_layers(tmp_path / "none_*.h5")
    with pytest.raises(DarfixWBError, match=r"none of 1 is\. The file must exist"):
        find_layers(tmp_path / "none.h5")
    with pytest.raises(DarfixWBError, match="At least one name"):
        find_layers([])
    with pytest.raises(DarfixWBError, match="none was found"):
        find_layers(f"{path}::7.1-9.1")
    with pytest.raises(DarfixWBError, match="EDF and TIFF files only"):
        find_layers(f"{path}?start=0&step=1")


def test_it_is_cancelled_and_reports(write_layer, tmp_path):
    path = write_layer("layer_0.h5", samz=0.0)
    for number in range(1, 4):
        shutil.copy(path, tmp_path / f"layer_{number}.h5")
    seen = []
    find_layers(tmp_path / "layer_*.h5", monitor=Monitor(seen.append))
    assert len(seen) >= 4
    assert seen == sorted(seen)
    with pytest.raises(OperationCancelled):
        find_layers(tmp_path / "layer_*.h5", monitor=Monitor(cancelled=lambda: True))


def test_two_detectors_need_a_name(write_layer):
    path = write_layer("scan.h5", samz=0.0)
    with h5py.File(path, "a") as file:
        file["1.1/instrument/other/data"] = file["1.1/instrument/pco_ff/data"][()]
    with pytest.raises(DarfixWBError, match=r"Give e\.g\. .*scan\.h5::\*/instrument/other/data"):
        find_layers(path)
    assert len(find_layers(f"{path}::*/instrument/other/data").layers) == 1


def test_two_layers_of_one_real_file(real_data):
    path = real_data / "id03_mosaicity" / "mosa_scan.h5"
    if not path.is_file():
        pytest.skip(f"no {path.name} in {path.parent}")
    found = find_layers(path)
    assert names(found) == ["mosa_scan.h5 1.1", "mosa_scan.h5 2.1"]
    assert found.frame_shape == (50, 70)
    assert [layer.position for layer in found.layers] == [None, None]
    assert "their distance is not known" in found.warnings[0]


@pytest.mark.parametrize("chosen", ["1.1", "/1.1", "*.1/instrument/pco_ff/data", "1.1-1.1"])
def test_some_entries_of_many_files(write_layer, tmp_path, chosen):
    for number in range(3):
        write_layer(f"layer_{number}.h5", samz=0.001 * number)
        write_layer(f"layer_{number}.h5", "2.2", samz=0.001 * number)
    found = find_layers(f"{tmp_path}/layer_*.h5::{chosen}")
    assert names(found) == [f"layer_{number}.h5 1.1" for number in range(3)]


def test_results_beside_scans_are_not_spoken_of(write_layer):
    path = write_layer("scan.h5", samz=0.0)
    with h5py.File(path, "a") as file:
        file["truth/map"] = numpy.zeros((4, 5))
        file["note"] = "a text"
    assert find_layers(path).warnings == ()


def test_a_scan_that_cannot_be_read_beside_one_that_can(write_layer):
    path = write_layer("scan.h5", "1.1", samz=0.0)
    write_layer("scan.h5", "2.1", samz=0.001)
    with h5py.File(path, "a") as file:
        del file["2.1/instrument/pco_ff/data"]
        file["2.1/instrument/pco_ff/data"] = h5py.ExternalLink("scan0002/pco_0000.h5", "/data")
    found = find_layers(path)
    assert names(found) == ["scan.h5 1.1", "scan.h5 2.1"]
    assert "scan0002/pco_0000.h5, which must exist" in found.warnings[-1]
    with pytest.raises(DarfixWBError, match="which must exist and have it"):
        open_scan(found.layers[1].url)
