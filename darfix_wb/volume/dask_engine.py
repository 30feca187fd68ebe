"""Layers of a volume by the workers of a Dask scheduler."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

from ..errors import DarfixWBError
from ..progress import SILENT, Monitor
from .dask_worker import compute_part
from .outcome import LayerOutcome
from .parts import Parts
from .plan import VolumePlan

if TYPE_CHECKING:
    from distributed import Client, Future

LOCAL = "local"

MOST_LOSSES = 10
"""Times that the scheduler may give a layer up since its workers ended, before the layer fails."""

ALLOWED_FAILURES = 10
"""Ends of a worker that the scheduler of `LOCAL` takes before it gives a layer up."""

POLL_SECONDS = 0.5

_ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "MKL", "OPENBLAS", "NUMBA")}


class DaskEngine:
    """Computes each layer in a worker, which writes it as a part.

    Parameters
    ----------
    scheduler : str
        ``"local"``, or the address or the scheduler file of a scheduler.
    plan : VolumePlan
        What the volume is made of; `parts` holds it for the workers.
    parts : Parts
        A folder that the workers see under the same name.
    """

    def __init__(self, scheduler: str, plan: VolumePlan, parts: Parts) -> None:
        check_dask()
        self._scheduler, self._plan, self._parts = scheduler, plan, parts

    def outcomes(
        self, indices: Sequence[int], *, monitor: Monitor = SILENT
    ) -> Iterator[LayerOutcome]:
        """As `darfix_wb.volume.engines.Engine.outcomes`; layers of workers that end are done again.

        Raises
        ------
        DarfixWBError
            If there is no scheduler, or its workers cannot write the parts.
        """
        with _client(self._scheduler) as client:
            waiting = {self._submit(client, index): index for index in indices}
            losses = dict.fromkeys(indices, 0)
            try:
                while waiting:
                    for future in _finished(waiting, monitor):
                        index = waiting.pop(future)
                        if _is_lost(future):
                            losses[index] += 1
                            if losses[index] < MOST_LOSSES:
                                waiting[self._submit(client, index)] = index
                                continue
                            yield LayerOutcome(index, 0.0, None, _worker_ended(losses[index]))
                        else:
                            self._check(future)
                            future.release()  # Else the end of its worker has it done again.
                            yield self._parts.await_part(index)
                        monitor.report(1 - len(waiting) / len(indices))
            finally:
                client.cancel(list(waiting))

    def _submit(self, client: Client, index: int) -> Future:
        key = f"layer-{index}-{uuid4().hex[:8]}"
        arguments = (str(self._parts.output), self._plan.key, index)
        return client.submit(compute_part, *arguments, key=key, pure=False, priority=-index)

    @staticmethod
    def _check(future: Future) -> None:
        error = future.exception()
        if isinstance(error, DarfixWBError):
            raise error
        if error is not None:
            raise DarfixWBError(
                f"The workers of the scheduler must be able to compute a layer, and one ended with "
                f"{type(error).__name__}: {error}. Layers that are done stay done: fix that, then "
                "run the same again "
                "to continue."
            ) from error


def check_dask() -> None:
    """Refuse a scheduler where Dask is not installed.

    Raises
    ------
    DarfixWBError
        If it is not.
    """
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise DarfixWBError(
            f"A scheduler needs Dask, which cannot be imported ({error}). Install it with pip "
            "install ewoksdask, or leave the scheduler out."
        ) from error


@contextmanager
def _client(scheduler: str) -> Iterator[Client]:
    import dask
    from distributed import Client, LocalCluster

    if scheduler != LOCAL:
        with _running(scheduler) as client:
            yield client
        return
    config = {
        "distributed.scheduler.allowed-failures": ALLOWED_FAILURES,
        "distributed.nanny.pre-spawn-environ": _ONE_THREAD,
    }
    n_workers = len(os.sched_getaffinity(0))
    with (
        dask.config.set(config),
        LocalCluster(
            n_workers=n_workers,
            threads_per_worker=1,
            memory_limit=0,
            dashboard_address=":0",
            silence_logs=logging.ERROR,
            preload="darfix_wb.volume.dask_preload",
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def _running(scheduler: str) -> Client:
    from distributed import Client

    is_file = os.path.exists(scheduler)
    try:
        if scheduler.endswith(".json") and not is_file:  # for which Dask would wait
            raise FileNotFoundError("there is no such file")
        return Client(**{"scheduler_file" if is_file else "address": scheduler})
    except (OSError, TimeoutError, ValueError, TypeError) as error:
        raise DarfixWBError(
            "The scheduler must be 'local', or the address or the file of a running Dask "
            "scheduler, got "
            f"{scheduler!r} ({error}). Start it, or correct its address."
        ) from error


def _finished(waiting: dict[Future, int], monitor: Monitor) -> list[Future]:
    """Those that came to an end; waits for the first, and asks meanwhile whether to stop."""
    from distributed import wait

    while True:
        monitor.check("The volume was cancelled.")
        try:
            return list(wait(list(waiting), POLL_SECONDS, "FIRST_COMPLETED").done)
        except TimeoutError:
            continue


def _is_lost(future: Future) -> bool:
    """Whether the scheduler gave a layer up since worker after worker ended with it.

    Raises
    ------
    DarfixWBError
        If the scheduler itself was lost.
    """
    from distributed import KilledWorker

    if future.status in ("cancelled", "lost"):
        raise DarfixWBError(
            "The scheduler must run until the volume is done, and it was lost. Layers that are "
            "done stay done: start it again, then run the same again to continue."
        )
    return isinstance(future.exception(), KilledWorker)


def _worker_ended(count: int) -> str:
    return (
        f"A layer must fit into the memory and the time of a worker, and the workers with this one "
        f"ended {count} times. Give them more of either."
    )
