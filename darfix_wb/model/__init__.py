"""A trained network with all that it needs to classify one frame alone, in one file."""

from __future__ import annotations

from .beam_model import BeamModel
from .file_format import FORMAT_VERSION, shipped_model_file
from .frame_classifier import BATCH_SIZE, FrameClassifier

__all__ = ["BATCH_SIZE", "FORMAT_VERSION", "BeamModel", "FrameClassifier", "shipped_model_file"]
