"""What a live classification is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from ..detection.tracing import THRESHOLD
from .following import POLL_S, TIMEOUT_S


@dataclass(frozen=True)
class LiveOptions:
    """Which scan, how it is followed, and how it is classified.

    Attributes
    ----------
    scan : str
        HDF5 file or data URL; it need not exist yet.
    output_file : str
        NeXus file to write.
    data_path : str or None
        A scan such as ``"3.1"``, its detector or its frames.
    rocking_motor : str or None
        Name of the rocking motor, needed only where several move.
    poll_s, timeout_s : float
        As of `darfix_wb.live.following.ScanFollower`.
    model_file, detector_file : str or None
        The shipped ones where they are not given.
    patch_size, stride : int or None
        In pixels; chosen for frame and model where they are not given.
    dark : float or None
        Counts of a dark pixel; estimated where it is not given.
    mask_file : str or None
        Mask of invalid pixels beside those that are found.
    device : str
        As `darfix_wb.device.resolve_device`.
    find_dislocations : bool
        Whether the dislocation image is made at the end, and lines are found in it.
    line_threshold : float
        Probability that a line reaches, between 0 and 1.
    overwrite : bool
        Whether an output file that exists at the start may be replaced.
    """

    scan: str
    output_file: str
    data_path: str | None = None
    rocking_motor: str | None = None
    poll_s: float = POLL_S
    timeout_s: float = TIMEOUT_S
    model_file: str | None = None
    detector_file: str | None = None
    patch_size: int | None = None
    stride: int | None = None
    dark: float | None = None
    mask_file: str | None = None
    device: str = "auto"
    find_dislocations: bool = True
    line_threshold: float = THRESHOLD
    overwrite: bool = False
