"""A button that saves the images of an integration."""

from __future__ import annotations

from pathlib import Path

from silx.gui import qt

from ...beam import BeamMap
from ...integration import BeamImages
from ...integration.files import PICTURES, beam_provenance, save_beam_file
from ...io.input_files import input_files
from ...io.nexus import Axis
from ...io.tiff import save_tiff_files
from ...scan import RockingScan
from ..forms.save_menu import SaveMenu

_DISLOCATIONS = {
    "dislocation_image": "image",
    "dislocation_image_low": "low",
    "dislocation_image_high": "high",
    "line_probability": "probability",
}
"""Name in the files, and in `DislocationMap`."""


class SaveButton(SaveMenu):
    """Saves to one NeXus file, or to one TIFF file for each image."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(
            "Save the images, all in one NeXus file or each in its own TIFF file", parent
        )
        self._result: tuple = (None, None, None, None)
        self._nexus = self.menu().addAction("NeXus file…", self._ask_nexus)
        self.menu().addAction("TIFF files…", self._ask_tiff)

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
        parameters = {"mode": images.mode, "threshold": images.threshold}
        provenance = beam_provenance(beam_map, scan, parameters)
        files = input_files(scan=scan.source)
        self.write(
            path,
            lambda: save_beam_file(
                path,
                beam_map,
                images,
                scan,
                provenance,
                axes=axes,
                overwrite=overwrite,
                inputs=files,
            ),
        )

    def save_tiff(self, path: str, overwrite: bool = False) -> None:
        """Write each image to ``<path without ending>_<name>.tif``."""
        images, _, scan, _ = self._result
        pictures = {name: getattr(images, attribute) for name, attribute, *_ in PICTURES}
        if images.dislocations is not None:
            for name, attribute in _DISLOCATIONS.items():
                pictures[name] = getattr(images.dislocations, attribute)
        pictures = {name: picture for name, picture in pictures.items() if picture is not None}
        files = input_files(scan=None if scan is None else scan.source)
        self.write(path, lambda: save_tiff_files(path, pictures, overwrite=overwrite, inputs=files))

    def _ask_nexus(self) -> None:
        path, _ = qt.QFileDialog.getSaveFileName(
            self, "Save the images", "weak_beam.h5", "NeXus (*.h5 *.hdf5 *.nxs)"
        )
        if path:
            path = path if Path(path).suffix else path + ".h5"
            self.save_nexus(path, overwrite=True)

    def _ask_tiff(self) -> None:
        path, _ = qt.QFileDialog.getSaveFileName(
            self, "Save the images: start of the file names", "scan.tif", "TIFF (*.tif *.tiff)"
        )
        if path:
            self.save_tiff(path)
