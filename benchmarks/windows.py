"""Time and memory of the windows of classifier and integration on a scan of real size.

Writes a scan of 31 frames of 2160x2560 px, a simulated one repeated, classifies and integrates it
in the widgets without a screen, and prints how long they take to show a frame and a result, until
all is painted, and the memory of the process after each step. The simulated scan itself goes
through the widgets first, so that libraries and compiled loops are no part of the figures.

    python benchmarks/windows.py [--method network] [--pictures FOLDER]
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import h5py
import numpy
from frames import SHAPE, SMALL

N_FRAMES = 31
REPEATS = 9
SIZES = ((1220, 620), (1366, 768))


def write_scans(small: str, large: str) -> None:
    """A simulated scan, and the same repeated beside itself."""
    from darfix_wb.simulation import ScanParameters, SimulationParameters, simulate_scan

    parameters = SimulationParameters(scan=ScanParameters(shape=SMALL, steps=N_FRAMES))
    simulated = simulate_scan(parameters)
    for path, shape in ((small, SMALL), (large, SHAPE)):
        times = [-(-side // part) for side, part in zip(shape, SMALL, strict=True)]
        with h5py.File(path, "w") as file:
            file["1.1/instrument/positioners/phi"] = simulated.phi_deg
            data = file.create_dataset("1.1/instrument/pco_ff/data", (N_FRAMES, *shape), "uint16")
            for index, frame in enumerate(simulated.frames):
                data[index] = numpy.tile(frame, times)[: shape[0], : shape[1]]


def dataset_of(path: str):
    """darfix's dataset of the scan, in memory."""
    from darfix.tasks.dimension_definition import DimensionDefinition
    from darfix.tasks.hdf5_data_selection import HDF5DataSelection

    selection = HDF5DataSelection(
        inputs={
            "raw_input_file": path,
            "raw_detector_data_path": "/1.1/instrument/pco_ff/data",
            "raw_metadata_path": "/1.1/instrument/positioners",
        }
    )
    selection.execute()
    dimensions = DimensionDefinition(inputs={"dataset": selection.outputs.dataset})
    dimensions.execute()
    return dimensions.outputs.dataset


def ran(widget_class, data: dict, **parameters):
    """A widget with these parameters that has run on the data."""
    widget = widget_class.__new__(
        widget_class, stored_settings={"_ewoks_default_inputs": parameters}
    )
    widget.__init__()
    widget.resize(*SIZES[0])
    widget.show()
    for name, value in data.items():
        widget.set_dynamic_input(name, value)
    widget.handleNewSignals()
    while widget.is_running():
        paint()
        time.sleep(0.01)
    if widget.task_error() is not None:
        raise widget.task_error()
    paint()
    return widget


def paint() -> None:
    """Let Qt do what waits: plots are drawn in its second round."""
    from silx.gui import qt

    for _ in range(4):
        qt.QApplication.processEvents()


def median_seconds(work: Callable[[int], None]) -> tuple[float, float]:
    """Of `work`, which is given the number of the repeat, and of painting what it shows: by the
    clock, and of the processor, which other programs disturb less."""
    clocks, seconds = (time.perf_counter, time.process_time), []
    for repeat in range(REPEATS):
        begin = [clock() for clock in clocks]
        work(repeat)
        paint()
        seconds.append([clock() - start for clock, start in zip(clocks, begin, strict=True)])
    return tuple(map(statistics.median, zip(*seconds, strict=True)))


def memory_gib() -> float:
    """Resident memory of this process."""
    gc.collect()
    with open("/proc/self/statm") as file:
        pages = int(file.read().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**30


def windows_of(path: str, method: str, after: Callable[[str], None] = str) -> tuple:
    """Both widgets on a scan; `after` is called with the name of each step that is done."""
    from orangecontrib.darfix_wb.widgets.beam_integration import OWBeamIntegration
    from orangecontrib.darfix_wb.widgets.weak_beam_classification import OWWeakBeamClassification

    dataset = dataset_of(path)
    after("dataset")
    classifier = ran(OWWeakBeamClassification, {"dataset": dataset}, method=method)
    after("classifier")
    names = ("dataset", "classification", "patches")
    integration = ran(OWBeamIntegration, {name: classifier.result(name) for name in names})
    after("integration")
    return classifier, integration


def close(widgets: tuple) -> None:
    """Delete widgets as the canvas does."""
    for widget in widgets:
        widget.onDeleteWidget()
        widget.close()
        widget.deleteLater()
    paint()


def measure(small: str, large: str, method: str, pictures: Path | None) -> None:
    """Print the figures."""
    from silx.gui import qt

    application = qt.QApplication.instance() or qt.QApplication([])
    memory = {"application": memory_gib()}
    close(windows_of(small, method))
    memory["after a small scan"] = base = memory_gib()
    widgets = windows_of(large, method, lambda step: memory.update({step: memory_gib()}))
    classifier, integration = widgets
    print_times(classifier, integration)
    memory["all shown"] = memory_gib()
    for name, gibibytes in memory.items():
        print(f"memory, {name:20s}{gibibytes:6.2f} GiB")
    own = memory["all shown"] - base
    print(f"memory of dataset and both windows: {own:.2f} GiB more than after a small scan")
    if pictures is not None:
        save_pictures(pictures, classifier, integration)
    close(widgets)
    application.processEvents()


def print_times(classifier, integration) -> None:
    """How long both windows take to show something."""
    classified, integrated = classifier.view, integration.view
    patches, beam_map = classifier.result("patches"), classifier.result("classification")
    images = integration.result("images")
    pictures = ("dislocation_low", "weak", "line_probability")
    rows = {
        "another frame": lambda repeat: classified.set_frame(10 + repeat),
        "another patch": lambda repeat: classified.show_patch(20 + repeat, 30),
        "another threshold": lambda repeat: classified.set_threshold(0.6 + repeat / 100),
        "result of the classifier": lambda _: classified.set_result(patches, beam_map),
        "result of the integration": lambda _: integrated.set_result(
            images, beam_map, patches.scan
        ),
        "another picture": lambda repeat: integrated.choose(pictures[repeat % 3]),
    }
    for name, work in rows.items():
        clock, processor = median_seconds(work)
        print(
            f"{name:28s}{1000 * clock:6.0f} ms, of the processor {1000 * processor:5.0f} ms",
            flush=True,
        )


def save_pictures(folder: Path, classifier, integration) -> None:
    """Both windows at the sizes of small screens, the classifier zoomed into as well."""
    folder.mkdir(parents=True, exist_ok=True)
    integration.view.choose("dislocation_image")
    classifier.view.set_frame(N_FRAMES // 2 + 3)
    for size in SIZES:
        name = "x".join(map(str, size))
        for widget, kind in ((classifier, "classifier"), (integration, "integration")):
            widget.resize(*size)
            paint()
            widget.grab().save(str(folder / f"{kind}_{name}.png"))
        frames = classifier.view.frames
        frames.plot.setLimits(900, 1300, 800, 1100)
        paint()
        classifier.grab().save(str(folder / f"classifier_zoomed_{name}.png"))
        frames.reset_zoom()
        paint()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=("angle-rule", "network"), default="angle-rule")
    parser.add_argument("--pictures", type=Path, help="folder for pictures of the windows")
    arguments = parser.parse_args()
    pictures = arguments.pictures and arguments.pictures.absolute()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        scans = [str(Path(folder) / name) for name in ("small.h5", "large.h5")]
        writer = multiprocessing.get_context("spawn").Process(target=write_scans, args=scans)
        writer.start()
        writer.join()
        if writer.exitcode:
            raise SystemExit("The scans could not be written: see the lines above.")
        measure(*scans, arguments.method, pictures)


if __name__ == "__main__":
    main()
