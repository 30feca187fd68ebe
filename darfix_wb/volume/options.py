"""How each layer of a volume is classified."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import DarfixWBError
from .region import Region

MOST_BINNING = 16


@dataclass(frozen=True)
class LayerOptions:
    """What is done with each layer; plain values, which pass between processes.

    Attributes
    ----------
    model_file, detector_file : str
        Model and detector of lines; empty for the shipped ones.
    patch_size, stride : int or None
        In pixels; if None, as `darfix_wb.classify` chooses the size, and patches side by side.
    dark : float or None
        Counts of a dark pixel; if None, from dark images, else estimated layer by layer.
    motor : str or None
        Rocking motor; if None, found.
    region : Region or None
        Part of the frames that is read; if None, all.
    binning : int
        Pixels in a row and in a column that become one in the images, their mean; frames are
        classified as they are.
    find_dislocations : bool
        Whether the dislocation image is made and lines are found in it.
    hold_frames : bool or None
        Whether the frames of a layer stay in memory for the passes after the first; if None, where
        they take less than a quarter of the free memory. It does not change the result.
    device : str
        As `darfix_wb.device.resolve_device`.

    Raises
    ------
    DarfixWBError
        If the binning is out of range.
    """

    model_file: str = ""
    detector_file: str = ""
    patch_size: int | None = None
    stride: int | None = None
    dark: float | None = None
    motor: str | None = None
    region: Region | None = None
    binning: int = 1
    find_dislocations: bool = True
    hold_frames: bool | None = None
    device: str = "auto"

    def __post_init__(self) -> None:
        if not 1 <= self.binning <= MOST_BINNING:
            raise DarfixWBError(
                f"binning must be between 1 and {MOST_BINNING}, got {self.binning}. "
                "Leave it at 1 to keep the pixels of the detector."
            )
