"""Other files from which HDF5 takes parts of a file: external links, virtual and external data."""

from __future__ import annotations

import os
from pathlib import Path

import h5py

from .hdf5_access import READING_ERRORS, find_file, open_hdf5
from .hdf5_selections import mappings
from .paths import user_path


def linked_files(path: str | os.PathLike, *, data_path: str | None = None) -> list[Path]:
    """The files to which an HDF5 file refers, and those to which they refer in turn.

    Parameters
    ----------
    path : str or path-like
        HDF5 file. One that cannot be opened refers to nothing.
    data_path : str, optional
        A data set of it: only the entry that the data set is in counts, e.g. ``/1.1``. The whole
        file if not given.

    Returns
    -------
    list of pathlib.Path
        Files that exist. Links that lead nowhere are left out.
    """
    links = _Links()
    links.follow(user_path(path), (data_path or "").strip("/").split("/")[0])
    return sorted(links.files)


class _Links:
    """Walks along all links, and notes the files that it comes to."""

    def __init__(self) -> None:
        self.files: set[Path] = set()
        self._seen: set[tuple] = set()

    def follow(self, file_path: Path, item_path: str) -> None:
        """Walk through an item of a file, and all that it has and refers to."""
        try:
            with open_hdf5(file_path, looked_at=bool(self.files)) as file:
                self._follow(file, item_path)
        except READING_ERRORS:
            return

    def _follow(self, group: h5py.Group, item_path: str) -> None:
        for name in filter(None, item_path.split("/")):
            self._note_link(group, name)
            group = group[name]
        self._walk(group)

    def _note_link(self, group: h5py.Group, name: str) -> None:
        if not self._is_new("link", group, name):
            return
        link = group.get(name, getlink=True)
        if isinstance(link, h5py.ExternalLink):
            self._note_file(group.file, link.filename, link.path)
        elif isinstance(link, h5py.SoftLink):
            self._follow(group.file if link.path.startswith("/") else group, link.path)

    def _walk(self, item: object) -> None:
        if not self._is_new("item", item):
            return
        if isinstance(item, h5py.Group):
            for name in item:
                try:
                    self._follow(item, name)
                except READING_ERRORS:
                    continue
        elif isinstance(item, h5py.Dataset):
            for name, _, _ in item.external or ():
                self._note_file(item.file, name)
            sources = mappings(item) if item.is_virtual else ()
            for name, data_path in {(one.file_name, one.data_path) for one in sources}:
                if name == ".":
                    self._follow(item.file, data_path)
                else:
                    self._note_file(item.file, name, data_path)

    def _note_file(self, referring: h5py.File, name: str, item_path: str | None = None) -> None:
        """Note a file, and what it refers to."""
        found = find_file(referring.filename, name)
        if found is None:
            return
        self.files.add(found)
        if item_path is not None:
            self.follow(found, item_path)

    def _is_new(self, *visit: object) -> bool:
        """Whether something is seen for the first time; links may lead round in circles."""
        kind, item, *rest = visit
        key = (kind, item.file.filename, h5py.h5o.get_info(item.id).addr, *rest)
        new = key not in self._seen
        self._seen.add(key)
        return new
