"""What a worker of a Dask scheduler does: one layer, as a part."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from .. import __version__
from ..device import use_one_thread
from ..errors import DarfixWBError
from ..memory import keep_freed_memory
from .layer_job import LayerJob
from .outcome import compute_layer
from .parts import Parts
from .plan import VolumePlan
from .planning import hashes


def compute_part(output: str, key: str, index: int) -> None:
    """Compute a layer with one core and write its part, unless there is one.

    Parameters
    ----------
    output : str
        File of the volume, beside which the parts are.
    key : str
        `VolumePlan.key` of the run.
    index : int
        Number of the layer.

    Raises
    ------
    DarfixWBError
        If this worker does not see the plan of the run, has another model or version, or cannot
        write. A layer that cannot be used is no error: its part says so.
    """
    use_one_thread()
    keep_freed_memory()
    parts = Parts(Path(output))
    plan, job = _prepared(output, key)
    if index not in parts.found(plan):
        parts.write(compute_layer(job, plan, index))


@lru_cache(maxsize=1)
def _prepared(output: str, key: str) -> tuple[VolumePlan, LayerJob]:
    parts = Parts(Path(output))
    plan = parts.read_plan()
    if plan is None or plan.key != key:
        raise DarfixWBError(
            f"The workers must see the folder of the run under the same name, and one does not "
            f"find its plan in {parts.folder}. Choose an output on a disk that all of them see."
        )
    found = (__version__, *hashes(plan.options))
    expected = (plan.version, plan.model_hash, plan.detector_hash)
    if found != expected:
        raise DarfixWBError(
            "The workers must have the version, the model and the detector of the run, "
            f"{', '.join(expected)}, and one has {', '.join(found)}. Install the same there."
        )
    return plan, LayerJob(plan.options, mask=parts.read_mask())
