"""The formats of an exported network, and the one function that writes them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from ...errors import DarfixWBError
from ...io.output import check_output
from ...io.paths import user_path
from ..crop_file import write_crops
from ..crops import crop_lines
from ..csv_file import write_csv
from ..drawing import RADIUS_UM
from ..image_stack import ImageStack
from ..network import LineNetwork
from ..network_file import write_network
from .crystal_analysis import write_ca
from .image_data import write_vti, write_vtr
from .mask_tiff import write_mask_tiff
from .polydata import write_lines_vtp, write_nodes_vtp


class Export(NamedTuple):
    """A format.

    Attributes
    ----------
    file_name : str
        What its file is called in a folder.
    content : str
        What it holds, and for which program.
    write : callable
        Writes it: path, network, volume, radius of drawn lines, whether to overwrite.
    needs_volume : bool
        Whether it needs the grid or the images of the volume.
    images : tuple of str
        Images of the volume that it is made of, where it is made of any.
    """

    file_name: str
    content: str
    write: Callable[[Path, LineNetwork, ImageStack | None, float, bool], None]
    needs_volume: bool = False
    images: tuple[str, ...] = ()


SHOWN_IMAGES = ("dislocation_image", "line_probability")

CROP_UM = 6.0
"""Width of the images along lines."""


def _write_crops(path: Path, network: LineNetwork, volume: ImageStack, overwrite: bool) -> None:
    crops, warnings = crop_lines(volume, network.lines, width_um=CROP_UM)
    write_crops(path, crops, warnings=warnings, overwrite=overwrite)


EXPORTS: dict[str, Export] = {
    "vtp": Export(
        "lines.vtp",
        "lines, for ParaView",
        lambda path, network, _, __, over: write_lines_vtp(path, network, overwrite=over),
    ),
    "nodes": Export(
        "nodes.vtp",
        "nodes, for ParaView",
        lambda path, network, _, __, over: write_nodes_vtp(path, network, overwrite=over),
    ),
    "ca": Export(
        "lines.ca",
        "lines with Burgers vectors, for OVITO",
        lambda path, network, _, __, over: write_ca(path, network, overwrite=over),
    ),
    "csv": Export(
        "lines.csv",
        "points of the lines, one per row",
        lambda path, network, _, __, over: write_csv(path, network, overwrite=over),
    ),
    "nexus": Export(
        "lines.h5",
        "all that is known of the lines",
        lambda path, network, _, __, over: write_network(path, network, overwrite=over),
    ),
    "tiff": Export(
        "lines.tif",
        "drawn lines, for ImageJ",
        lambda path, network, volume, radius, over: write_mask_tiff(
            path, network, volume, radius_um=radius, overwrite=over
        ),
        needs_volume=True,
    ),
    "vti": Export(
        "images.vti",
        "evenly spaced layers, for ParaView",
        lambda path, _, volume, __, over: write_vti(path, volume, overwrite=over),
        needs_volume=True,
        images=SHOWN_IMAGES,
    ),
    "vtr": Export(
        "images.vtr",
        "layers at any spacing, for ParaView",
        lambda path, _, volume, __, over: write_vtr(path, volume, overwrite=over),
        needs_volume=True,
        images=SHOWN_IMAGES,
    ),
    "crops": Export(
        "crops.h5",
        "weak-beam images along each line",
        lambda path, network, volume, _, over: _write_crops(path, network, volume, over),
        needs_volume=True,
        images=("wb_low", "wb_high"),
    ),
}
"""The formats by name."""


def export_network(
    network: LineNetwork,
    place: str | os.PathLike,
    formats: Sequence[str],
    *,
    volume: ImageStack | None = None,
    radius_um: float = RADIUS_UM,
    overwrite: bool = False,
) -> list[Path]:
    """Write a network, and the images it was found in, for other programs.

    All files have one frame of coordinates: x is the column, y the row, z the layer, in um.

    Parameters
    ----------
    network : LineNetwork
        Lines, nodes and boundaries.
    place : str or path-like
        A folder, which gets a file a format under the names in `EXPORTS`; or, for a single format,
        a file that ends as they do.
    formats : sequence of str
        Names in `EXPORTS`.
    volume : ImageStack, optional
        Images of the volume, or its grid alone; ``"tiff"``, ``"vti"`` and ``"vtr"`` need it.
    radius_um : float
        Of the lines that ``"tiff"`` draws.
    overwrite : bool
        Whether files that exist may be replaced.

    Returns
    -------
    list of pathlib.Path
        The files, in the order of `formats`.

    Raises
    ------
    DarfixWBError
        If a format is unknown or needs a volume, or a file exists or cannot be written; then
        nothing is written.

    Examples
    --------
    >>> import tempfile
    >>> import numpy
    >>> from darfix_wb.dislocation_lines.line import DislocationLine
    >>> line = DislocationLine(numpy.array([[0.0, 1.0, 1.0], [4.0, 1.0, 2.0]]))
    >>> network = LineNetwork((line,), numpy.array([[0, 0, 0], [4, 2, 3]]))
    >>> files = export_network(network, tempfile.mkdtemp(), ["vtp", "csv"])
    >>> [file.name for file in files]
    ['lines.vtp', 'lines.csv']
    >>> print(files[1].read_text().splitlines()[1])
    0,,1.0000000,1.0000000,0.0000000,,-1
    """
    wanted = list(dict.fromkeys(formats))
    check_formats(wanted)
    _check_volume(wanted, volume)
    targets = _targets(user_path(place), wanted)
    for target in targets:
        check_output(target, overwrite=overwrite)
    for name, target in zip(wanted, targets, strict=True):
        EXPORTS[name].write(target, network, volume, radius_um, overwrite)
    return targets


def check_formats(formats: Sequence[str]) -> None:
    """Refuse formats that are unknown, or none at all.

    Raises
    ------
    DarfixWBError
        If a format is not in `EXPORTS`.
    """
    unknown = [name for name in formats if name not in EXPORTS]
    if unknown or not formats:
        raise DarfixWBError(
            f"The formats of an export must be one or more of {', '.join(EXPORTS)}, got "
            f"{', '.join(map(str, unknown)) or 'none'}. Choose among these."
        )


def _check_volume(formats: Sequence[str], volume: ImageStack | None) -> None:
    for name in formats:
        lacks = EXPORTS[name].needs_volume and volume is None
        if lacks or (EXPORTS[name].images and not volume.units):
            what = "images" if EXPORTS[name].images else "layers and pixels"
            raise DarfixWBError(
                f"The format {name} needs the {what} of the volume, and none were given. Give the "
                f"volume, or leave {name} out."
            )


def _targets(place: Path, formats: Sequence[str]) -> list[Path]:
    """The files to write: in a folder, or the one file that `place` names."""
    suffixes = {Path(export.file_name).suffix for export in EXPORTS.values()}
    if place.is_dir() or place.suffix.lower() not in suffixes:
        return [place / EXPORTS[name].file_name for name in formats]
    expected = [Path(EXPORTS[name].file_name).suffix for name in formats]
    if expected != [place.suffix.lower()]:
        raise DarfixWBError(
            f"A file of an export must be of one format and end as it does "
            f"({' '.join(expected)}), got {place}. Give a folder, or that one format."
        )
    return [place]
