"""A button that saves a comparison."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from silx.gui import qt

from ...comparison.files import save_comparison, table_as_csv
from ...comparison.result import Comparison
from ...io.input_files import input_files
from ...io.nexus import Axis
from ...io.output import InputFile, new_file
from ...io.provenance import Provenance
from ..forms.save_menu import SaveMenu

_PNG, _CSV = "PNG (*.png)", "Table (*.csv)"
_NEXUS = "NeXus (*.h5 *.hdf5 *.nxs)"


class ComparisonSaveButton(SaveMenu):
    """Saves everything to a NeXus file with picture and table, or one of these alone.

    Parameters
    ----------
    grab : callable
        Gives the images as they are on the screen, a `QPixmap`.
    """

    def __init__(self, grab: Callable[[], qt.QPixmap], parent: qt.QWidget | None = None) -> None:
        super().__init__("Save the comparison, the images or the table", parent)
        self._grab = grab
        self._comparison: Comparison | None = None
        self._axes: tuple[Axis, Axis] | None = None
        menu = self.menu()
        menu.addAction("NeXus file, with picture and table…", lambda: self._ask("nexus"))
        menu.addAction("Images as on the screen (PNG)…", lambda: self._ask("png"))
        menu.addAction("Table (CSV)…", lambda: self._ask("csv"))

    def set_result(
        self, comparison: Comparison | None, axes: tuple[Axis, Axis] | None = None
    ) -> None:
        """Take what is to be saved."""
        self._comparison, self._axes = comparison, axes
        self.setEnabled(comparison is not None)

    def save_nexus(self, path: str, overwrite: bool = False) -> None:
        """Write everything to a NeXus file, and ``.png`` and ``.csv`` next to it."""
        comparison = self._comparison
        provenance = Provenance({"methods": list(comparison.names)}, comparison.patched.scan.source)
        self.write(
            path,
            lambda: save_comparison(
                path,
                comparison,
                provenance=provenance,
                axes=self._axes,
                overwrite=overwrite,
                inputs=self._files(),
            ),
        )

    def save_png(self, path: str, overwrite: bool = False) -> None:
        """Write the images as they are on the screen."""

        def write() -> None:
            with new_file(path, overwrite=overwrite, inputs=self._files()) as partial:
                if not self._grab().save(str(partial), "PNG"):
                    raise OSError(f"Qt could not write {path}.")

        self.write(path, write)

    def save_csv(self, path: str, overwrite: bool = False) -> None:
        """Write the table."""

        def write() -> None:
            with new_file(path, overwrite=overwrite, inputs=self._files()) as partial:
                partial.write_text(table_as_csv(self._comparison), encoding="utf-8")

        self.write(path, write)

    def _files(self) -> tuple[InputFile, ...]:
        return input_files(scan=self._comparison.patched.scan.source)

    def _ask(self, kind: str) -> None:
        save, name, file_filter = {
            "nexus": (self.save_nexus, "comparison.h5", _NEXUS),
            "png": (self.save_png, "comparison.png", _PNG),
            "csv": (self.save_csv, "comparison.csv", _CSV),
        }[kind]
        # The dialog knows nothing of the files next to a NeXus file: they are refused in words.
        asks = kind != "nexus"
        options = qt.QFileDialog.Option(0) if asks else qt.QFileDialog.Option.DontConfirmOverwrite
        path, _ = qt.QFileDialog.getSaveFileName(
            self, "Save the comparison", name, file_filter, options=options
        )
        if path:
            save(path if Path(path).suffix else path + Path(name).suffix, overwrite=asks)
