"""One run at a time on an output."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import DarfixWBError

_HELD = (errno.EAGAIN, errno.EACCES)
_NOT_OFFERED = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)

_logger = logging.getLogger(__name__)


def lock_file(output: Path) -> Path:
    """The file beside an output whose lock says that a run is on."""
    return output.with_name(f".{output.name}.lock")


@contextmanager
def locked(output: Path) -> Iterator[None]:
    """Hold the output for the ``with`` block.

    The system lets go of the lock when the process ends, however it ends. The output itself is not
    locked, so that viewers open it meanwhile.

    Parameters
    ----------
    output : pathlib.Path
        File that the run writes; its folder is made where it is missing.

    Raises
    ------
    DarfixWBError
        If another run holds it.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    path = lock_file(output)
    descriptor = _hold(path, output)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _hold(path: Path, output: Path) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            _lock(descriptor, output)
            if _is_at(path, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # The run that held it took the file away in the meantime.


def _lock(descriptor: int, output: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            raise DarfixWBError(
                f"One run at a time may write a volume, and another one is writing {output}. Wait "
                "for its end, or choose another output."
            ) from error
        if error.errno not in _NOT_OFFERED:
            raise
        _logger.warning(
            "The file system of %s offers no locks (%s): make sure that no second run writes %s.",
            output.parent,
            error.strerror,
            output.name,
        )


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False
