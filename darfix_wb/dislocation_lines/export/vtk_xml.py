"""XML files of VTK with their numbers appended as they are, written block by block.

The layout is that of "VTK File Formats" (VTK documentation): the XML names each array with its
offset in the appended part, where its size in bytes (UInt64) stands before its values.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

import numpy

from ...io.output import check_room, new_file

_TYPES = {"f4": "Float32", "f8": "Float64", "i4": "Int32", "i8": "Int64", "u1": "UInt8"}

_SIZE = numpy.dtype("<u8")


class _Array(NamedTuple):
    n_bytes: int
    blocks: Callable[[], Iterable[numpy.ndarray]]


class VtkXmlFile:
    """A file that is described array by array, and written at the end.

    Parameters
    ----------
    kind : str
        E.g. ``"PolyData"``.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._arrays: list[_Array] = []

    @property
    def n_bytes(self) -> int:
        """Size of the appended part."""
        return sum(_SIZE.itemsize + array.n_bytes for array in self._arrays)

    def array(self, name: str, values: numpy.ndarray) -> str:
        """Append an array; a second dimension holds the components of each tuple.

        Returns
        -------
        str
            Its element.
        """
        values = numpy.asarray(values)
        shape = (*values.shape, 1)[:2]
        return self.streamed_array(name, values.dtype, shape, lambda: [values])

    def streamed_array(
        self,
        name: str,
        dtype: numpy.dtype,
        shape: tuple[int, int],
        blocks: Callable[[], Iterable[numpy.ndarray]],
    ) -> str:
        """Append an array ``(n, components)`` of which `blocks` gives the values in parts."""
        dtype = numpy.dtype(dtype).newbyteorder("<")
        offset = self.n_bytes

        def parts() -> Iterable[numpy.ndarray]:
            return (numpy.ascontiguousarray(block, dtype) for block in blocks())

        self._arrays.append(_Array(shape[0] * shape[1] * dtype.itemsize, parts))
        return (
            f'<DataArray type="{_TYPES[dtype.str[1:]]}" Name={quoteattr(name)} '
            f'NumberOfComponents="{shape[1]}" format="appended" offset="{offset}"/>'
        )

    def section(self, tag: str, elements: Sequence[str], **attributes: object) -> str:
        """An element around others."""
        text = "".join(f" {name}={quoteattr(str(value))}" for name, value in attributes.items())
        return "\n".join((f"<{tag}{text}>", *elements, f"</{tag}>"))

    def text(self, name: str, value: str) -> str:
        """A sentence, as a section of field data."""
        codes = " ".join(str(byte) for byte in (*value.encode(), 0))
        array = f'<Array type="String" Name={quoteattr(name)} NumberOfTuples="1" format="ascii">'
        return self.section("FieldData", [f"{array}\n{codes}\n</Array>"])

    def write(self, path: str | os.PathLike, body: str, *, overwrite: bool = False) -> None:
        """Write the file around `body`, the element called as the kind is.

        Raises
        ------
        DarfixWBError
            If the file exists or cannot be written, or the disk has no room.
        """
        check_room(path, self.n_bytes + len(body))
        with new_file(path, overwrite=overwrite) as partial:
            self._write(partial, body)

    def _write(self, path: Path, body: str) -> None:
        with open(path, "wb") as file:
            file.write(
                f'<?xml version="1.0"?>\n<VTKFile type="{self._kind}" version="1.0" '
                'byte_order="LittleEndian" header_type="UInt64">\n'
                f'{body}\n<AppendedData encoding="raw">\n_'.encode()
            )
            for array in self._arrays:
                file.write(numpy.array(array.n_bytes, _SIZE).tobytes())
                for block in array.blocks():
                    file.write(block.data)
            file.write(b"\n</AppendedData>\n</VTKFile>\n")
