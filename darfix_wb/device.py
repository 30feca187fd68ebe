"""Which processor runs the networks, its threads and its memory."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor

import numba
import torch

from .errors import DarfixWBError


def resolve_device(name: str = "auto") -> torch.device:
    """The processor with this name.

    Parameters
    ----------
    name : str
        ``"auto"`` (CUDA where there is one, else the CPU), ``"cpu"``, ``"cuda"`` or ``"cuda:1"``.

    Raises
    ------
    DarfixWBError
        If the name is unknown, or there is no such CUDA device.
    """
    known = str(name).lower()
    if known == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if known == "cpu":
        return torch.device("cpu")
    kind, _, index = known.partition(":")
    if kind != "cuda" or (index and not index.isdigit()):
        raise DarfixWBError(
            f"device must be 'auto', 'cpu', 'cuda' or 'cuda:<number>', got {name!r}. "
            "Choose one of these."
        )
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if int(index or 0) >= count:
        raise DarfixWBError(
            f"device {known!r} needs a CUDA GPU that this PyTorch {torch.__version__} can use, "
            f"found {count} of them. Choose 'cpu' or 'auto', or install PyTorch for CUDA."
        )
    return torch.device(known)


def one_core_workers(n_workers: int) -> ThreadPoolExecutor:
    """Threads each of which computes with one core, for networks too small to be shared.

    Cores that share every layer of a small network wait for each other longer than they compute,
    even more so where other programs run too; cores that take a batch each do not wait.

    Parameters
    ----------
    n_workers : int
        At most so many; they begin when there is work for them.
    """
    return ThreadPoolExecutor(n_workers, "worker", _compute_alone, (torch.get_num_threads(),))


def use_one_thread() -> None:
    """Compute with one core in this thread, where other processes use the other cores."""
    torch.get_num_threads()  # A thread takes the usual number when first asked, and then no more.
    torch.set_num_threads(1)
    numba.set_num_threads(1)


def _compute_alone(usual: int) -> None:
    """One core for this thread, and as many as usual for threads that begin later.

    `torch.set_num_threads` holds for the thread that calls it and for later ones.
    """
    torch.get_num_threads()  # A thread takes the usual number when first asked, and then no more.
    torch.set_num_threads(1)
    later = threading.Thread(target=torch.set_num_threads, args=(usual,))
    later.start()
    later.join()


def describe_device(device: torch.device) -> str:
    """The device's name for logs and provenance, e.g. ``"cpu"`` or ``"cuda:0 (NVIDIA H200)"``."""
    if device.type != "cuda":
        return device.type
    index = device.index if device.index is not None else torch.cuda.current_device()
    return f"cuda:{index} ({torch.cuda.get_device_name(index)})"


def free_memory(device: torch.device) -> None:
    """Release unused GPU memory to other programs; does nothing on the CPU."""
    if device.type == "cuda":
        gc.collect()
        with torch.cuda.device(device):
            torch.cuda.empty_cache()


def available_devices() -> dict[str, str]:
    """The available devices: names that `resolve_device` takes, and what each is."""
    devices = {"auto": f"auto: {describe_device(resolve_device('auto'))}"}
    devices["cpu"] = f"cpu ({torch.get_num_threads()} threads)"
    for index in range(torch.cuda.device_count() if torch.cuda.is_available() else 0):
        memory = torch.cuda.get_device_properties(index).total_memory / 1e9
        device = torch.device("cuda", index)
        devices[f"cuda:{index}"] = f"{describe_device(device)}, {memory:.0f} GB"
    return devices


def explain_auto() -> str:
    """Why ``"auto"`` is the device that it is, in a sentence."""
    if torch.cuda.is_available():
        return f"auto is {describe_device(resolve_device('auto'))}, the first GPU for CUDA."
    if torch.version.cuda is None:
        return f"auto is the CPU: this PyTorch {torch.__version__} comes without CUDA."
    return f"auto is the CPU: PyTorch {torch.__version__} finds no GPU for CUDA."
