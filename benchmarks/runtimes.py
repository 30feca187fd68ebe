"""What other number formats, layouts and runtimes would gain over plain PyTorch.

From a uint16 frame of 2160x2560 px in memory to one label per patch of 64 px by `lcnn`, the
candidates in turn, in one run; each core takes batches of its own, as in `darfix_wb`. Needs a C++
compiler for `torch.compile`; runtimes that are not installed are left out:

    pip install onnx onnxscript onnxruntime openvino
    python benchmarks/runtimes.py [--repeats 30] [--threads 2]
"""

from __future__ import annotations

import argparse
import copy
import importlib.util
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy
import torch
from frames import SHAPE, large_frame
from inference import BACKGROUND, PATCH_SIZE

from darfix_wb.device import one_core_workers
from darfix_wb.model import BeamModel
from darfix_wb.normalization import PatchNormalizer
from darfix_wb.patches import PatchGrid

BATCH_SIZES = (136, 680)
PLAIN = "torch"

Run = Callable[[numpy.ndarray, numpy.ndarray], numpy.ndarray]


def by_torch(network: torch.nn.Module, bfloat16: bool = False) -> Run:
    """The network by PyTorch, multiplying in bfloat16 or not."""

    def run(images: numpy.ndarray, features: numpy.ndarray) -> numpy.ndarray:
        given = (torch.from_numpy(images), torch.from_numpy(features))
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            return network(*given).float().numpy()

    return run


def by_onnxruntime(path: Path) -> Run:
    """One session with one core for each call; several threads may call it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda images, features: session.run(None, {"images": images, "features": features})[0]


def by_openvino(path: Path, precision: str) -> Run:
    """One model with one core for each thread that calls."""
    import openvino

    options = {
        "INFERENCE_NUM_THREADS": 1,
        "ENABLE_CPU_PINNING": False,
        "INFERENCE_PRECISION_HINT": precision,
    }
    of_thread = threading.local()

    def run(images: numpy.ndarray, features: numpy.ndarray) -> numpy.ndarray:
        if not hasattr(of_thread, "request"):
            compiled = openvino.Core().compile_model(path, "CPU", options)
            of_thread.request = compiled.create_infer_request()
        return of_thread.request.infer([images, features])[0].copy()

    return run


def export(network: torch.nn.Module, path: Path) -> Path:
    """The network as an ONNX file for any number of patches."""
    some = torch.export.Dim("n_patches", min=1, max=10_000)
    given = (torch.zeros(4, 1, PATCH_SIZE, PATCH_SIZE), torch.zeros(4, 2))
    torch.onnx.export(
        network,
        given,
        path,
        input_names=["images", "features"],
        dynamic_shapes=({0: some}, {0: some}),
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    return path


def candidates(network: torch.nn.Module, folder: Path) -> dict[str, Run]:
    """Ways to run the network by their names; the first is what `darfix_wb` does."""
    last = copy.deepcopy(network).to(memory_format=torch.channels_last)
    found = {
        PLAIN: by_torch(network),
        "torch, channels last": by_torch(last),
        "torch, bfloat16": by_torch(network, bfloat16=True),
        "torch, channels last, bfloat16": by_torch(last, bfloat16=True),
    }
    if shutil.which("c++"):
        found["torch.compile"] = by_torch(torch.compile(network, dynamic=False))
    if importlib.util.find_spec("onnxscript"):
        path = export(network, folder / "lcnn.onnx")
        if importlib.util.find_spec("onnxruntime"):
            found["onnxruntime"] = by_onnxruntime(path)
        if importlib.util.find_spec("openvino"):
            found["openvino"] = by_openvino(path, "f32")
            found["openvino, bfloat16"] = by_openvino(path, "bf16")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    large_frame(0)  # Simulating sets the number of threads, so it comes first.
    torch.set_num_threads(arguments.threads)
    grid = PatchGrid(SHAPE, PATCH_SIZE)
    model = BeamModel.load()
    normalizer = PatchNormalizer(model.scaling, grid, BACKGROUND)
    workers = one_core_workers(arguments.threads)
    frame = large_frame(0)

    def label(run: Run, batch_size: int) -> numpy.ndarray:
        scaled = normalizer.scale(frame)
        batches = numpy.split(numpy.arange(grid.n_patches), grid.n_patches // batch_size)
        logits = workers.map(lambda batch: run(*normalizer.cut(scaled, batch)), batches)
        return numpy.concatenate(list(logits)).argmax(axis=1)

    with tempfile.TemporaryDirectory() as folder:
        runs = candidates(model.network, Path(folder))
        ways = {(name, size): run for size in BATCH_SIZES for name, run in runs.items()}
        labels = {way: label(run, way[1]) for way, run in ways.items()}
        seconds: dict[tuple[str, int], list[float]] = {way: [] for way in ways}
        for _ in range(arguments.repeats):
            for way, run in ways.items():
                started = time.perf_counter()
                label(run, way[1])
                seconds[way].append(time.perf_counter() - started)
    least = {way: min(times) for way, times in seconds.items()}
    plain = min(value for (name, _), value in least.items() if name == PLAIN)
    print(f"{arguments.threads} threads, load {os.getloadavg()[0]:.1f}; least ms for a frame")
    for way, value in least.items():
        unlike = (labels[way] != labels[PLAIN, BATCH_SIZES[0]]).mean()
        print(
            f"{way[0]:32s} {way[1]:4d} a call {1e3 * value:8.1f}   best torch / this "
            f"{plain / value:.2f}   other labels {unlike:.2%}"
        )


if __name__ == "__main__":
    main()
