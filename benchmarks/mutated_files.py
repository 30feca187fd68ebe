"""What becomes of damaged files: every one must end in a result or in one sentence.

Makes scans (plain, gzip, bitshuffle, of HDF5's newest format, virtual, as BLISS writes them),
models, labels and results; damages copies of them: bits turned, bytes zeroed, blocks swapped,
doubled or put in, ends cut off, half of it among the first bytes, where HDF5 and safetensors
describe their data; and opens each as a run does. Batches run in processes of their own: one that
dies or does not come back counts as a failure, as does a traceback. Exit status 1 if there is any.

    python benchmarks/mutated_files.py [--files 1000] [--seed 0]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import h5py
import hdf5plugin
import numpy

from darfix_wb.classification.angle_rule import angle_rule
from darfix_wb.extraction import extract
from darfix_wb.integration import integrate
from darfix_wb.integration.files import beam_provenance, save_beam_file
from darfix_wb.io.frame_sources import open_scan
from darfix_wb.io.label_files import save_labels
from darfix_wb.io.provenance import Provenance
from darfix_wb.labels import LabelMap
from darfix_wb.model import BeamModel
from darfix_wb.networks import build_network
from darfix_wb.normalization import LogScaling
from darfix_wb.simulation import ScanParameters, SimulationParameters, simulate_scan, write_scan

SHAPE, N_FRAMES, PATCH = (48, 64), 9, 16
CHANGES = {
    "bits": 0.35,
    "zeros": 0.15,
    "noise": 0.15,
    "swap": 0.1,
    "double": 0.1,
    "insert": 0.1,
    "cut": 0.05,
}
"""How likely each kind of damage is."""

BATCH = 100
WAIT_S = 600

WORKER = """
import json, sys, warnings
warnings.simplefilter("ignore")
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from mutated_files import use
from darfix_wb.errors import DarfixWBError
for line in sys.stdin:
    path = line.rstrip("\\n")
    print(json.dumps(["begun", path, ""]), flush=True)
    try:
        use(Path(path))
        outcome, text = "result", ""
    except DarfixWBError as error:
        outcome, text = ("sentence" if "\\n" not in str(error) else "lines"), str(error)
    except BaseException as error:
        outcome, text = "traceback", f"{type(error).__name__}: {error}"
    print(json.dumps([outcome, path, text]), flush=True)
"""


def use(path: Path) -> None:
    """Open a file as a run does, and read all of it."""
    from darfix_wb.io.classification_files import read_classification
    from darfix_wb.io.label_files import open_labelled_scan
    from darfix_wb.simulation.truth import read_truth

    kind = path.name.split("-")[0]
    if kind == "model":
        BeamModel.load(path)
    elif kind == "labels":
        open_labelled_scan(path)
    elif kind == "result":
        read_classification(path)
    elif kind == "truth":
        read_truth(path)
    else:
        patched = extract(open_scan(path), patch_size=PATCH)
        integrate(patched, angle_rule(patched))


def write_bliss(path: Path, frames: numpy.ndarray, libver: str | None = None, **options) -> None:
    """Frames with positions and attributes."""
    with h5py.File(path, "w", libver=libver) as file:
        entry = file.create_group("1.1")
        entry["title"] = "ascan mu 0 0.08 8 1"
        entry.attrs["NX_class"] = "NXentry"
        data = entry.create_dataset("instrument/pco_ff/data", data=frames, **options)
        data.attrs["interpretation"] = "image"
        entry["instrument/pco_ff"].attrs["NX_class"] = "NXdetector"
        positions = entry.create_dataset(
            "instrument/positioners/mu", data=numpy.linspace(0, 0.08, len(frames))
        )
        positions.attrs["units"] = "degree"
        entry["instrument/positioners/chi"] = 0.1
        entry["measurement/pco_ff"] = h5py.SoftLink("/1.1/instrument/pco_ff/data")


def write_virtual(path: Path, frames: numpy.ndarray) -> None:
    """A scan over two files, which stay whole."""
    layout = h5py.VirtualLayout(frames.shape, frames.dtype)
    for number, part in enumerate((slice(0, 5), slice(5, N_FRAMES))):
        name = f"part{number}.h5"
        with h5py.File(path.with_name(name), "w") as file:
            file["entry_0000/measurement/data"] = frames[part]
        shape = frames[part].shape
        layout[part] = h5py.VirtualSource(name, "entry_0000/measurement/data", shape)
    write_bliss(path, frames[:, 0, 0])
    with h5py.File(path, "a") as file:
        del file["1.1/instrument/pco_ff/data"]
        file.create_virtual_dataset("1.1/instrument/pco_ff/data", layout)


def write_whole(folder: Path) -> list[Path]:
    """One whole file of each kind; the kind is the first part of its name."""
    sizes = ScanParameters(shape=SHAPE, steps=N_FRAMES, step_deg=0.008)
    scan = simulate_scan(SimulationParameters(scan=sizes))
    write_scan(folder / "truth-simulated.h5", scan)
    frames, each = scan.frames, (1, *SHAPE)
    write_bliss(folder / "scan-plain.h5", frames)
    write_bliss(folder / "scan-gzip.h5", frames, chunks=each, compression="gzip", shuffle=True)
    write_bliss(folder / "scan-bitshuffle.h5", frames, chunks=each, **hdf5plugin.Bitshuffle())
    write_bliss(folder / "scan-latest.h5", frames, "latest", chunks=each, compression="gzip")
    write_virtual(folder / "scan-virtual.h5", frames)
    opened = open_scan(folder / "scan-plain.h5")
    patched = extract(opened, patch_size=PATCH)
    beam_map = angle_rule(patched)
    save_beam_file(
        folder / "result-maps.h5",
        beam_map,
        integrate(patched, beam_map),
        opened,
        beam_provenance(beam_map, opened, {}),
    )
    labels = LabelMap.unlabelled(N_FRAMES, patched.grid)
    save_labels(folder / "labels-1.h5", labels, provenance=Provenance(source=opened.source))
    network = build_network("lcnn", patch_size=PATCH)
    BeamModel(network, PATCH, LogScaling(3.0, 1.2)).save(folder / "model-lcnn.safetensors")
    saved = Path(__file__).parents[1] / "tests" / "saved" / "version_0_1" / "model.safetensors"
    (folder / "model-format3.safetensors").write_bytes(saved.read_bytes())
    return sorted(path for path in folder.iterdir() if "-" in path.name)


def damaged(content: bytes, rng: numpy.random.Generator) -> bytes:
    """A copy with one to four changes, as a bad disk, cable or copy makes them."""
    data = bytearray(content)
    for _ in range(rng.integers(1, 5)):
        where = int(rng.integers(min(len(data), 4096) if rng.random() < 0.5 else len(data)))
        length = int(rng.integers(1, 65))
        other = int(rng.integers(len(data)))
        change = rng.choice(list(CHANGES), p=list(CHANGES.values()))
        if change == "bits":
            for at in rng.integers(where, min(where + length, len(data)), 3):
                data[at] ^= 1 << int(rng.integers(8))
        elif change == "zeros":
            data[where : where + length] = bytes(len(data[where : where + length]))
        elif change == "noise":
            data[where : where + length] = rng.bytes(len(data[where : where + length]))
        elif change == "swap":
            first, second = data[where : where + length], data[other : other + length]
            data[where : where + len(second)], data[other : other + len(first)] = second, first
        elif change == "double":
            data[where:where] = data[where : where + length]
        elif change == "insert":
            data[where:where] = rng.bytes(length)
        else:
            del data[max(where, 1) :]
    return bytes(data)


def write_damaged(whole: list[Path], n_files: int, seed: int) -> list[Path]:
    """Damaged copies beside the whole files, of each kind as many."""
    rng = numpy.random.default_rng(seed)
    paths = []
    for number in range(n_files):
        source = whole[number % len(whole)]
        path = source.with_name(f"{source.stem}-{number}{source.suffix}")
        path.write_bytes(damaged(source.read_bytes(), rng))
        paths.append(path)
    return paths


def outcomes(paths: list[Path]) -> list[tuple[str, str, str]]:
    """What became of each file: ``(outcome, path, text)``."""
    found, left = [], [str(path) for path in paths]
    while left:
        done = _run(left[:BATCH])
        ended = [one for one in done if one[0] != "begun"]
        found += ended
        left = left[len(ended) :]
        if len(ended) < len([one for one in done if one[0] == "begun"]):
            found.append(("killed", left[0], ""))
            left = left[1:]
    return found


def _run(paths: list[str]) -> list[tuple[str, str, str]]:
    command = [sys.executable, "-c", WORKER, str(Path(__file__).parent)]
    try:
        done = subprocess.run(
            command,
            input="\n".join(paths),
            capture_output=True,
            text=True,
            timeout=WAIT_S,
            check=False,
        )
        output, errors = done.stdout, done.stderr
    except subprocess.TimeoutExpired as error:
        output, errors = (error.stdout or b"").decode(), "out of time"
    lines = [tuple(json.loads(line)) for line in output.splitlines() if line.startswith("[")]
    if not lines:
        raise SystemExit(f"the worker did not start: {errors}")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        whole = write_whole(Path(folder))
        found = outcomes(whole) + outcomes(write_damaged(whole, arguments.files, arguments.seed))
    for outcome, path, text in found:
        if outcome not in {"result", "sentence"}:
            print(f"{outcome}: {Path(path).name}: {text}")
    kinds = Counter((Path(path).name.split("-")[0], outcome) for outcome, path, _ in found)
    for (kind, outcome), count in sorted(kinds.items()):
        print(f"{kind:8s} {outcome:10s} {count}")
    print(f"{len(found)} files in {time.monotonic() - begin:.0f} s")
    good = sum(count for (_, outcome), count in kinds.items() if outcome in {"result", "sentence"})
    sys.exit(0 if good == len(found) else 1)


if __name__ == "__main__":
    main()
