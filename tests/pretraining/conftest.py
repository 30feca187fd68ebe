"""The scan of the training tests, which stands for a crystal here."""

from tests.training.conftest import PATCH_SIZE, _one_thread, labels, make_scan, patched

__all__ = ["PATCH_SIZE", "_one_thread", "labels", "make_scan", "patched"]
