"""Find the layers of a volume, and where they lie."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import DarfixWBError
from ..io.file_names import natural_order
from ..progress import SILENT, Monitor
from .found import FoundLayer
from .hdf5_layers import hdf5_layers, unit_of
from .heights import Heights, find_heights
from .layer import Layer
from .options import LayerOptions
from .places import places_of
from .series_layers import series_layers
from .spacing import fill_in, in_micrometres, spacing_warnings
from .survey import Look
from .wording import few, one_or_many


@dataclass(frozen=True)
class LayerList:
    """The layers of a volume.

    Attributes
    ----------
    layers : tuple of Layer
        By increasing position; in the order of their names where no motor tells one. Those that
        cannot be opened stay among them, so that they fail with their reason.
    motor : str
        The motor that moves from layer to layer; empty where none tells.
    unit : str
        Of the positions: ``"um"`` where the file gives a unit of length; empty where it gives none.
    warnings : tuple of str
        What was noticed, a sentence each.
    frame_shape : tuple of int
        ``(height, width)`` of all layers.
    dtype : str
        Of their frames, of most layers.
    n_frames : tuple of int
        Of each layer; 0 for one that cannot be opened.
    n_bytes : int
        What all frames take in their files.
    """

    layers: tuple[Layer, ...]
    motor: str
    unit: str
    warnings: tuple[str, ...]
    frame_shape: tuple[int, int]
    dtype: str
    n_frames: tuple[int, ...]
    n_bytes: int

    def looks(self, options: LayerOptions) -> tuple[Look, ...]:
        """What is known of each layer, whose files need not be opened again.

        Raises
        ------
        DarfixWBError
            If the region of the options is not inside the frames.
        """
        shape, region = self.frame_shape, options.region
        if region is not None:
            region.check(shape)
            shape = region.shape
        return tuple(
            Look(shape, n_frames) if n_frames else Look(reason="It cannot be opened.")
            for n_frames in self.n_frames
        )


def find_layers(
    layers: str | os.PathLike | Sequence[str | os.PathLike],
    *,
    z_motor: str | None = None,
    monitor: Monitor = SILENT,
) -> LayerList:
    """Find the rocking scans that are the layers of a volume; no frame is read.

    Parameters
    ----------
    layers : str or path-like, or a sequence of them
        Data URLs; HDF5 files, all of whose rocking scans are layers, or a range or pattern of them
        (``"scan.h5::2.1-31.1"``, ``"scan.h5::*.1/instrument/pco_ff"``); patterns of files or
        folders (``"scans/layer_*.h5"``, ``"layers/layer_*"``); folders: of a BLISS data set or
        collection, of HDF5 files, of EDF or TIFF files, or of folders with these. Each series of
        EDF or TIFF files, by their names, is a layer.
    z_motor : str, optional
        The motor that moves from layer to layer; needed only where it cannot be told.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    LayerList
        Each scan once, whatever the order of the names.

    Raises
    ------
    DarfixWBError
        If no layer can be opened, their frames have different shapes without one that most have,
        or `z_motor` does not tell their positions.
    """
    names = [layers] if isinstance(layers, str | os.PathLike) else list(layers)
    if not names or not all(map(os.fspath, names)):
        raise DarfixWBError(
            f"At least one name of layers must be given, and none empty, got {names}. Give files, "
            "their folder, or a pattern such as scans/layer_*.h5."
        )
    places = list(places_of([os.fspath(name) for name in names]))
    in_hdf5 = [place for place in places if place.format is None]
    found, warnings = hdf5_layers(in_hdf5, monitor.part(0, 0.9))
    found += series_layers(
        [place for place in places if place.format is not None], monitor.part(0.9, 1)
    )
    found.sort(
        key=lambda layer: (
            natural_order(layer.url.path),
            natural_order(layer.label),
            str(layer.url),
        )
    )
    found, twice = _each_once(found)
    _check_some(found, warnings)
    found, others = _of_one_shape(found)
    return _listed(found, find_heights(found, z_motor), (*warnings, *twice, *others))


def _each_once(found: Sequence[FoundLayer]) -> tuple[list[FoundLayer], tuple[str, ...]]:
    kept: dict[tuple, FoundLayer] = {}
    for layer in found:
        kept.setdefault((layer.key, str(layer.url.frames)), layer)
    n_more = len(found) - len(kept)
    if not n_more:
        return list(found), ()
    again = [layer for layer in found if not any(layer is one for one in kept.values())]
    names = few([str(layer.url) for layer in again])
    were = one_or_many(n_more, "scan was given again and is", "scans were given again and are")
    return list(kept.values()), (f"{were} taken once: {names}.",)


def _check_some(found: Sequence[FoundLayer], warnings: Sequence[str]) -> None:
    if not found:
        raise DarfixWBError(
            "There must be at least one rocking scan, and none was found. "
            f"{' '.join(warnings) or 'Give files with frames.'}"
        )
    if all(layer.problem for layer in found):
        raise DarfixWBError(
            f"At least one layer must be readable, and none of {len(found)} is. {found[0].problem}"
        )


def _of_one_shape(found: list[FoundLayer]) -> tuple[list[FoundLayer], tuple[str, ...]]:
    """The layers whose frames have the shape that most have."""
    counts = Counter(layer.shape[1:] for layer in found if layer.shape)
    shape, count = counts.most_common(1)[0]
    if len(counts) == 1:
        return found, ()
    texts = [f"{n} of {' x '.join(map(str, one))} px" for one, n in counts.most_common()]
    if 2 * count <= counts.total():
        raise DarfixWBError(
            f"The layers of a volume must have frames of one shape, got {', '.join(texts)}. Give "
            "those of one shape only."
        )
    others = [layer for layer in found if layer.shape and layer.shape[1:] != shape]
    are = one_or_many(len(others), "scan is", "scans are")
    sentence = (
        f"{are} left out, because most scans have frames of another shape "
        f"({', '.join(texts)}): {few([str(layer.url) for layer in others])}."
    )
    return [layer for layer in found if layer not in others], (sentence,)


def _listed(found: list[FoundLayer], heights: Heights, warnings: tuple[str, ...]) -> LayerList:
    good = [layer for layer in found if layer.shape]
    unit = _unit(good[0], heights.motor)
    values, unit = in_micrometres(heights.values, unit)
    values = fill_in(values)
    names = _names(found)
    layers = [
        (Layer(str(one.url), name, value), one)
        for one, name, value in zip(found, names, values, strict=True)
    ]
    if heights.motor:
        layers.sort(key=lambda pair: (pair[0].position is None, pair[0].position or 0.0))
    ordered = tuple(layer for layer, _ in layers)
    bad = [(layer, one) for layer, one in layers if one.problem]
    return LayerList(
        ordered,
        heights.motor,
        unit,
        (*warnings, *heights.warnings, *_unreadable(bad), *spacing_warnings(ordered, unit)),
        good[0].shape[1:],
        Counter(layer.dtype for layer in good).most_common(1)[0][0],
        tuple(_n_frames(one) for _, one in layers),
        sum(layer.n_bytes for layer in good),
    )


def _unit(layer: FoundLayer, motor: str) -> str:
    """Unit of the motor of the layers, where the file says it: EDF headers do not."""
    return unit_of(layer, motor) if motor and layer.url.data_path else ""


def _n_frames(layer: FoundLayer) -> int:
    n_frames = layer.shape[0] if layer.shape else 0
    return len(range(n_frames)[layer.url.frames or slice(None)])


def _unreadable(bad: Sequence[tuple[Layer, FoundLayer]]) -> tuple[str, ...]:
    if not bad:
        return ()
    names = few([layer.name for layer, _ in bad])
    count = one_or_many(len(bad), "layer", "layers")
    return (f"{count} cannot be opened and will fail: {names}. {bad[0][1].problem}",)


def _names(found: Sequence[FoundLayer]) -> list[str]:
    """Short names: of the file alone where it tells, else with the folders that differ."""
    paths = [layer.url.path.rstrip("/") for layer in found]
    short = {path: os.path.basename(path) for path in paths}
    if len(set(short.values())) < len(short):
        common = os.path.commonpath([os.path.dirname(path) for path in short])
        short = {path: os.path.relpath(path, common) for path in short}
    return [_name(layer, short[path]) for layer, path in zip(found, paths, strict=True)]


def _name(layer: FoundLayer, path: str) -> str:
    frames = layer.url.frames
    cut = "" if frames is None else f" frames {frames.start or 0}:{frames.stop or ''}"
    entry = f" {layer.label}" if layer.url.data_path and layer.label else ""
    return f"{path}{entry}{cut}"
