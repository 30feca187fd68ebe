"""A button that saves the images of an integration."""

from __future__ import annotations

from pathlib import Path

from silx.gui import qt

from ..beam import BeamMap
from ..errors import DarfixWBError
from ..integration import BeamImages
from ..io.beam_files import PICTURES, save_beam_file
from ..io.nexus import Axis
from ..io.provenance import Provenance
from ..io.tiff import save_tiff_files
from ..scan import RockingScan


class SaveButton(qt.QToolButton):
    """Saves to one NeXus file, or to one TIFF file for each image."""

    failed = qt.Signal(str)
    """What could not be saved, and why."""

    saved = qt.Signal(str)
    """What was saved."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self._result: tuple = (None, None, None, None)
        menu = qt.QMenu(self)
        self._nexus = menu.addAction("NeXus file…", self._ask_nexus)
        self._tiff = menu.addAction("TIFF files…", self._ask_tiff)
        self.setText("Save")
        self.setToolTip("Save the images: all in one NeXus file, or each in a TIFF file")
        self.setMenu(menu)
        self.setPopupMode(qt.QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(qt.Qt.FocusPolicy.StrongFocus)
        self.set_result(None)

    def set_result(
        self,
        images: BeamImages | None,
        beam_map: BeamMap | None = None,
        scan: RockingScan | None = None,
        axes: tuple[Axis, Axis] | None = None,
    ) -> None:
        """Take what is to be saved."""
        self._result = (images, beam_map, scan, axes)
        self.setEnabled(images is not None)
        self._nexus.setEnabled(beam_map is not None and scan is not None)

    def save_nexus(self, path: str, overwrite: bool = False) -> None:
        """Write classification and images to a NeXus file."""
        images, beam_map, scan, axes = self._result
        provenance = Provenance(
            {"mode": images.mode, "threshold": images.threshold}, scan.source, beam_map.model_hash
        )
        self._save(save_beam_file, path, beam_map, images, scan, provenance, axes, overwrite)

    def save_tiff(self, path: str, overwrite: bool = False) -> None:
        """Write each image to ``<path without ending>_<name>.tif``."""
        pictures = {name: getattr(self._result[0], attribute) for name, attribute, *_ in PICTURES}
        self._save(save_tiff_files, path, pictures, overwrite)

    def _save(self, write, path: str, *arguments) -> None:
        try:
            write(path, *arguments)
        except (DarfixWBError, OSError) as error:
            self.failed.emit(str(error))
        else:
            self.saved.emit(f"Saved to {Path(path).name}.")

    def _ask_nexus(self) -> None:
        path, _ = qt.QFileDialog.getSaveFileName(
            self, "Save the images", "weak_beam.h5", "NeXus (*.h5 *.hdf5 *.nxs)"
        )
        if path:
            path = path if Path(path).suffix else path + ".h5"
            self.save_nexus(path, overwrite=True)

    def _ask_tiff(self) -> None:
        path, _ = qt.QFileDialog.getSaveFileName(
            self, "Save the images: beginning of the names", "scan.tif", "TIFF (*.tif *.tiff)"
        )
        if path:
            self.save_tiff(path)
