"""The end of Qt's objects, in order, while Python still works as usual.

What is left at the exit of the process is deleted by PyQt (6.11), which walks the table of all its
objects meanwhile. Python code that runs on a deletion, such as an event handler or a slot of
`destroyed`, makes further objects; once the table has to grow, PyQt goes on in freed memory and the
process dies. So nothing is left to it.
"""

from __future__ import annotations

import gc

from silx.gui import qt

ROUNDS = 3
"""A deletion may make objects, which are deleted in the next round."""


def delete_objects() -> None:
    """Delete the windows, then the other Qt objects that Python owns in this thread.

    The application and threads that run stay. Nothing else of Qt can be used afterwards. Does
    nothing with a binding other than PyQt6.
    """
    if qt.BINDING != "PyQt6" or qt.QCoreApplication.instance() is None:
        return
    from PyQt6 import sip

    qt.QCoreApplication.sendPostedEvents(None, qt.QEvent.Type.DeferredDelete.value)
    for _ in range(ROUNDS):
        left = owned_objects()
        for item in sorted(left, key=lambda item: not isinstance(item, qt.QWidget)):
            if not sip.isdeleted(item):
                sip.delete(item)
        if not left:
            return


def owned_objects() -> list:
    """The Qt objects that `delete_objects` would delete; with PyQt6 only."""
    from PyQt6 import sip
    from PyQt6.QtCore import QObject  # that of silx is a class of its own

    return [
        item
        for item in gc.get_objects()
        if issubclass(type(item), QObject)
        and not sip.isdeleted(item)
        and sip.ispyowned(item)
        and _may_go(item)
    ]


def _may_go(item) -> bool:
    if isinstance(item, qt.QCoreApplication) or (isinstance(item, qt.QThread) and item.isRunning()):
        return False
    return item.thread() == qt.QThread.currentThread()
