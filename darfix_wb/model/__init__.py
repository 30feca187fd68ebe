"""A trained network with all that it needs to classify one frame alone, in one file."""

from __future__ import annotations

from .beam_model import BeamModel
from .calibration import Calibration
from .file_format import FORMAT_VERSION, shipped_model_file
from .patch_sizes import describe_sizes

__all__ = ["FORMAT_VERSION", "BeamModel", "Calibration", "describe_sizes", "shipped_model_file"]
