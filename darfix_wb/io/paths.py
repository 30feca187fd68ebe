"""Names of files as people type them."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import DarfixWBError


def user_path(path: str | os.PathLike) -> Path:
    """The absolute path of a name in which ``~`` and ``~user`` may stand for a home folder.

    What exists under the very name is taken as it is, so that a folder may be called ``~raw``.

    Raises
    ------
    DarfixWBError
        If the name begins with ``~user``, and there is neither such a folder nor such a user.

    Examples
    --------
    >>> user_path("/data/~raw/scan.h5")
    PosixPath('/data/~raw/scan.h5')
    """
    text = os.fspath(path)
    first = text.split(os.sep)[0]
    if not first.startswith("~") or os.path.lexists(text):
        return Path(text).absolute()
    if first != "~" and os.path.lexists(first):
        return Path(text).absolute()
    expanded = os.path.expanduser(text)
    if expanded == text:
        raise DarfixWBError(
            f"A path that begins with ~ must name an existing folder or a user of this computer, "
            f"and {first} is neither, in {text}. Correct it, or write ./{text} for a new folder."
        )
    return Path(expanded).absolute()
