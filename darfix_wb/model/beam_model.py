"""The model: networks, scaling, classes and calibration."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from types import MappingProxyType

import numpy
import torch

from ..beam import BeamCondition, BeamMap
from ..errors import DarfixWBError
from ..io.hdf5_access import READING_ERRORS
from ..io.output import InputFile
from ..io.paths import user_path
from ..networks import build_network, count_macs, count_parameters
from ..networks.context_network import ContextNetwork
from ..normalization import Background, Scaling, scaling_from_dict
from ..patches import default_patch_size
from .calibration import Calibration
from .file_format import MODEL, read_file, shipped_model_file, taken_out, write_file
from .hashed_file import all_finite, disagreement
from .patch_sizes import checked_patch_sizes, describe_sizes

_CONTEXT = "context."
_OPINIONS = "opinions."

_HASHED_VERSION = 3
"""The hash is that of the description in format 3: saved classifications name their model by it."""


@dataclass(frozen=True)
class BeamModel:
    """Network, scaling, classes and calibration.

    Attributes
    ----------
    network : torch.nn.Module
        The network with its weights, on the CPU, in evaluation mode.
    patch_size : int
        The model's own size: side of the patches that it is made for first, pixels.
    scaling : PatchScaling or LogScaling
        How counts become its input.
    calibration : Calibration
        Of single frames; its shift is 0, since a network has learnt its own boundary.
    record : mapping
        Where it comes from: training data, labels, split, seed, versions, figures. Plain literals,
        which cannot be written to: use `dataclasses.replace`.
    context : ContextNetwork or None
        What weighs each frame against the others of its rocking curve, where there are others.
    context_calibration : Calibration
        Of the context network.
    patch_sizes : tuple of int
        Smallest and largest side of the patches that it was trained on and takes, pixels; its own
        size alone if not given.
    opinions : torch.nn.Module or None
        The network whose opinions the context network weighs, where labels moved the weights of
        `network`; None where it is `network` itself.

    Raises
    ------
    DarfixWBError
        If the calibration of single frames has a shift, or the patch sizes are no range around
        `patch_size` or not such that the network has the same weights at all of them.

    Examples
    --------
    >>> model = BeamModel.load()
    >>> model.name, model.patch_size, model.patch_sizes
    ('lcnn', 64, (16, 128))
    >>> model.patch_size_for((2160, 2560)), model.patch_size_for((128, 192))
    (64, 32)
    >>> frame = numpy.random.default_rng(0).normal(100.0, 4.0, (128, 192))
    >>> model.predict(frame, device="cpu").probabilities.shape
    (1, 4, 6, 3)
    """

    network: torch.nn.Module
    patch_size: int
    scaling: Scaling
    calibration: Calibration = field(default_factory=Calibration)
    _: KW_ONLY
    record: Mapping = field(default_factory=dict)
    context: ContextNetwork | None = None
    context_calibration: Calibration = field(default_factory=Calibration)
    patch_sizes: tuple[int, int] | None = None
    opinions: torch.nn.Module | None = None

    def __post_init__(self) -> None:
        if self.calibration.shift != 0:
            raise DarfixWBError(
                "The calibration of single frames must have a shift of 0, got "
                f"{self.calibration.shift}. Shift the calibration of the context network."
            )
        sizes = checked_patch_sizes(self.network, self.patch_size, self.patch_sizes)
        object.__setattr__(self, "patch_sizes", sizes)
        object.__setattr__(self, "record", MappingProxyType(dict(self.record)))

    def __getstate__(self) -> dict:
        """What is pickled and copied: a mapping proxy is not."""
        return {**self.__dict__, "record": dict(self.record)}

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state, record=MappingProxyType(state["record"]))

    @property
    def in_curves(self) -> BeamModel:
        """The model that looks at the frames of rocking curves, for the context network."""
        return (
            self if self.opinions is None else replace(self, network=self.opinions, opinions=None)
        )

    @property
    def name(self) -> str:
        """Name of the network, e.g. ``"lcnn"``."""
        return self.network.name

    @property
    def classes(self) -> tuple[BeamCondition, ...]:
        """Conditions that the network tells apart."""
        return self.network.classes

    @property
    def hash(self) -> str:
        """SHA-256 of everything on which the answers depend."""
        description = {"format_version": _HASHED_VERSION, **self._description()}
        if self.patch_sizes == (self.patch_size, self.patch_size):
            del description["patch_sizes"]
        digest = hashlib.sha256(json.dumps(description, sort_keys=True).encode())
        for name, weights in sorted(self._weights().items()):
            digest.update(name.encode())
            digest.update(weights.cpu().numpy().tobytes())
        return digest.hexdigest()

    def takes(self, patch_size: int) -> bool:
        """Whether it classifies patches of this size, in pixels."""
        smallest, largest = self.patch_sizes
        return smallest <= patch_size <= largest

    def check_takes(self, patch_size: int) -> None:
        """Refuse a patch size, in pixels, that it does not take.

        Raises
        ------
        DarfixWBError
            With the sizes that it takes.
        """
        if not self.takes(patch_size):
            own = self.patch_sizes == (self.patch_size, self.patch_size)
            raise DarfixWBError(
                f"Patches must have {'the' if own else 'a'} size that the model was trained on "
                f"({describe_sizes(self.patch_sizes)}), got {patch_size} px. Choose patches of "
                f"{describe_sizes(self.patch_sizes)}, or train a model on patches of this size."
            )

    def patch_size_for(
        self, frame_shape: tuple[int, int], asked: int | None = None, *, stride: int | None = None
    ) -> int:
        """The size of the patches that a frame is cut into, in pixels.

        Parameters
        ----------
        frame_shape : tuple of int
            ``(height, width)`` in pixels.
        asked : int, optional
            What the user chose; if nothing, `darfix_wb.patches.default_patch_size` among the sizes
            that the model takes, from its own one downwards.
        stride : int, optional
            Distance between patches in pixels, where the user chose it.

        Returns
        -------
        int
            One that the model takes.

        Raises
        ------
        DarfixWBError
            If the model does not take what the user chose.
        """
        if asked is None:
            smallest, _ = self.patch_sizes
            return default_patch_size(
                frame_shape, largest=self.patch_size, smallest=smallest, stride=stride
            )
        self.check_takes(asked)
        return asked

    def predict(
        self,
        frames: numpy.ndarray,
        *,
        background: Background | None = None,
        patch_size: int | None = None,
        stride: int | None = None,
        device: str = "auto",
        batch_size: int = 128,
    ) -> BeamMap:
        """Classify frames, each alone.

        Parameters
        ----------
        frames : numpy.ndarray
            ``(n_frames, height, width)`` counts, or one frame ``(height, width)``.
        background : Background, optional
            Dark level and noise of the detector. Estimated from `frames` if not given: with it, a
            frame gets the same labels whichever other frames are there.
        patch_size : int, optional
            Side of a patch in pixels; chosen by `patch_size_for` if not given.
        stride : int, optional
            Distance between patches in pixels; the patch size if not given.
        device : str
            As `darfix_wb.device.resolve_device`.
        batch_size : int
            Patches per call of the network.

        Returns
        -------
        BeamMap
            Probabilities ``(n_frames, rows, columns, 3)`` of weak, strong and empty.

        Raises
        ------
        DarfixWBError
            If a frame is smaller than a patch or has NaN or infinite pixels, or the model does not
            take patches of this size.
        """
        from ..classification.frame_classifier import classify_frames

        return classify_frames(
            self,
            frames,
            background=background,
            patch_size=patch_size,
            stride=stride,
            device=device,
            batch_size=batch_size,
        )

    def size(self, use_context: bool = True) -> tuple[int, int]:
        """Parameters, and multiplications for one patch of the model's own size in one frame.

        Parameters
        ----------
        use_context : bool
            Whether the context network counts, which looks at each patch in several ways.
        """
        parameters = count_parameters(self.network)
        macs = count_macs(self.network, patch_size=self.patch_size)
        if use_context and self.context is not None:
            parameters += count_parameters(self.context)
            macs += self.context.n_looks * count_macs(self.context)
        return parameters, macs

    def save(
        self, path: str | os.PathLike, *, overwrite: bool = False, inputs: Sequence[InputFile] = ()
    ) -> None:
        """Write the model to a ``.safetensors`` file.

        Parameters
        ----------
        path : str or path-like
            File to write.
        overwrite : bool
            Whether a file that exists may be replaced.
        inputs : sequence of InputFile
            Files that may never be replaced, as in `darfix_wb.io.output.check_output`.

        Raises
        ------
        DarfixWBError
            As `darfix_wb.io.output.new_file`.
        """
        header = {**self._description(), "record": dict(self.record)}
        write_file(path, header, self._weights(), overwrite=overwrite, inputs=inputs)

    @classmethod
    def load(cls, path: str | os.PathLike | None = None) -> BeamModel:
        """Read a model.

        Parameters
        ----------
        path : path-like, optional
            A ``.safetensors`` file; the shipped model if not given.

        Returns
        -------
        BeamModel
            Ready to classify.

        Raises
        ------
        DarfixWBError
            If the file is missing, damaged, changed after it was written, not a model of darfix-wb,
            or of a newer format.
        """
        path = user_path(path) if path else shipped_model_file()
        header, weights = read_file(path)
        del header["format_version"]
        try:
            model = cls._from_file(header, weights)
            agrees = header == {**model._description(), "record": dict(model.record)}
        except DarfixWBError:
            raise
        except READING_ERRORS as error:
            raise disagreement(path, MODEL) from error
        if not (agrees and all_finite(model._weights())):
            raise disagreement(path, MODEL)
        return model

    @classmethod
    def _from_file(cls, header: dict, weights: dict[str, torch.Tensor]) -> BeamModel:
        patch_size = int(header["patch_size"])
        name, options = header["network"], {"patch_size": patch_size, "dropout": header["dropout"]}
        described = header["context"]
        context = _build_context(described, weights)
        of_opinions = taken_out(weights, _OPINIONS) if header.get("opinions") else None
        with torch.device("meta"):  # takes no memory, whatever the header says
            shapes = _shapes(build_network(name, **options).state_dict())
        networks = []
        for given in (weights, of_opinions) if of_opinions else (weights,):
            if shapes != _shapes(given):
                raise ValueError("the weights are those of another network")
            network = build_network(name, **options).eval()
            network.load_state_dict(given)
            networks.append(network)
        return cls(
            networks[0],
            patch_size,
            scaling_from_dict(header["normalization"]),
            Calibration.from_dict(header),
            record=header["record"],
            context=context,
            context_calibration=Calibration.from_dict(described) if context else Calibration(),
            patch_sizes=tuple(header["patch_sizes"]),
            opinions=networks[1] if of_opinions else None,
        )

    def _description(self) -> dict:
        """Everything on which the answers depend, beside the weights: plain literals."""
        calibration = self.calibration.to_dict()
        del calibration["shift"]
        return {
            "network": self.name,
            "patch_size": self.patch_size,
            "patch_sizes": list(self.patch_sizes),
            "dropout": next(
                (m.p for m in self.network.modules() if isinstance(m, torch.nn.Dropout)), 0.0
            ),
            "normalization": self.scaling.to_dict(),
            "classes": [condition.name.lower() for condition in self.classes],
            **calibration,
            "context": self._describe_context(),
            **({} if self.opinions is None else {"opinions": True}),
        }

    def _describe_context(self) -> dict | None:
        if self.context is None:
            return None
        bound = self.context.image_bound
        bounded = {} if bound is None else {"image_bound": bound}
        return {**self.context_calibration.to_dict(), **bounded}

    def _weights(self) -> dict[str, torch.Tensor]:
        weights = dict(self.network.state_dict())
        if self.context is not None:
            context = self.context.state_dict()
            weights |= {_CONTEXT + name: tensor for name, tensor in context.items()}
        if self.opinions is not None:
            opinions = self.opinions.state_dict()
            weights |= {_OPINIONS + name: tensor for name, tensor in opinions.items()}
        return weights


def _shapes(weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in weights.items()}


def _build_context(
    described: dict | None, weights: dict[str, torch.Tensor]
) -> ContextNetwork | None:
    """The context network, its weights taken out of `weights`; None where there is none."""
    taken = taken_out(weights, _CONTEXT)
    if described is None and not taken:
        return None
    bound = described.get("image_bound")
    context = ContextNetwork(image_bound=None if bound is None else float(bound)).eval()
    context.load_state_dict(taken)
    return context
