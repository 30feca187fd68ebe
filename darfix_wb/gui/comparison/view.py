"""Methods side by side: their images, what they say of a patch, their figures."""

from __future__ import annotations

import numpy
from silx.gui import qt

from ...comparison.result import Comparison
from ...io.nexus import Axis
from ...scan import RockingScan
from ..placeholder import Placeholder
from .images import ComparisonImages
from .profile_plot import ProfilePlot
from .region_editor import RegionEditor
from .saving import ComparisonSaveButton
from .table import AgreementTable, ComparisonTable
from .verdict_view import VerdictView

_STEP = 8
"""Every so many pixels tell which frame is the brightest."""

_EMPTY_TEXT = (
    "Connect a dataset whose dimension is defined (darfix: Dimension definition), and "
    "what is known about it: a classification, labels, or the file of a simulated scan."
)
_READY_TEXT = (
    "Choose methods and press Apply: their weak-beam images appear here side by side. "
    "Before that, regions for gso can be drawn in the tab 'Frames and regions'."
)


class ComparisonView(Placeholder):
    """Images with profiles and rocking curves, figures, agreement, and the regions of gso."""

    regions_changed = qt.Signal(object)
    """The user changed the regions: a dict of plain lists of int, or None for automatic."""

    failed = qt.Signal(str)
    """What could not be saved, and why."""

    saved = qt.Signal(str)
    """What was saved."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        self._comparison: Comparison | None = None
        self._patch: tuple[int, int] | None = None
        self.images, self.verdicts, self.profiles = ComparisonImages(), VerdictView(), ProfilePlot()
        self.table, self.agreement = ComparisonTable(), AgreementTable()
        self.regions = RegionEditor()
        self.save = ComparisonSaveButton(self.images.picture)
        self.tabs = qt.QTabWidget()
        super().__init__(self.tabs, _EMPTY_TEXT, parent)
        self._pages = [
            Placeholder(page, _READY_TEXT)
            for page in (self._image_page(), self.table, self.agreement)
        ]
        for page, title in zip(self._pages, ("Images", "Figures", "Agreement"), strict=True):
            self.tabs.addTab(page, title)
        self.tabs.addTab(self.regions, "Frames and regions")
        self.tabs.setCornerWidget(self.save)
        self._connect()

    def set_dataset(self, scan: RockingScan | None) -> None:
        """Show the brightest frame of a scan, on which regions can be drawn; None shows nothing.

        What was shown of another scan is taken away.
        """
        self.set_result(None)
        self.regions.set_scan(scan)
        if scan is None:
            self.show_text()
            return
        self.regions.frames.set_frame(bright_frame(scan))
        self.show_content()
        self.tabs.setCurrentWidget(self.regions)
        qt.QTimer.singleShot(0, self.regions.frames.reset_zoom)

    def set_result(
        self, comparison: Comparison | None, axes: tuple[Axis, Axis] | None = None
    ) -> None:
        """Show a comparison; None shows nothing.

        Parameters
        ----------
        comparison : Comparison or None
            What the methods made of one scan.
        axes : tuple of Axis, optional
            Positions of the rows and of the columns; pixels if not given.
        """
        first = self._comparison is None
        self._comparison = comparison
        self.save.set_result(comparison, axes)
        self.images.set_comparison(comparison, axes)
        self.verdicts.set_comparison(comparison)
        self.table.set_comparison(comparison)
        self.agreement.set_comparison(comparison)
        if comparison is None:
            for page in self._pages:
                page.show_text()
            return
        self.profiles.set_methods(tuple(self.images.grid.panels))
        self._show_profiles()
        self.show_patch(*self._patch_to_show(comparison.patched.grid.shape))
        for page in self._pages:
            page.show_content()
        self.show_content()
        if first:
            self.tabs.setCurrentIndex(0)

    def set_regions(self, regions: dict[str, list[int]] | None) -> None:
        """Show the regions that the workflow has; None for automatic ones."""
        self.regions.set_regions(regions)

    def show_patch(self, row: int, column: int) -> None:
        """Show the rocking curve of a patch, and mark it in the images."""
        self._patch = (row, column)
        self.images.mark_patch(row, column)
        self.verdicts.show_patch(row, column)

    def _image_page(self) -> qt.QWidget:
        right = qt.QSplitter(qt.Qt.Orientation.Vertical)
        right.addWidget(self.verdicts)
        right.addWidget(self.profiles)
        right.setSizes([380, 190])
        both = qt.QSplitter(qt.Qt.Orientation.Horizontal)
        both.addWidget(self.images)
        both.addWidget(right)
        both.setSizes([480, 380])
        both.setStretchFactor(0, 3)
        both.setStretchFactor(1, 2)
        for splitter in (right, both):
            splitter.setChildrenCollapsible(False)
        return both

    def _connect(self) -> None:
        self.images.patch_chosen.connect(self.show_patch)
        self.images.line_moved.connect(self._show_profiles)
        self.profiles.across.valueChanged.connect(self._show_profiles)
        self.regions.regions_changed.connect(self.regions_changed)
        self.save.failed.connect(self.failed)
        self.save.saved.connect(self.saved)

    def _show_profiles(self) -> None:
        profiles = self.images.profiles(self.profiles.across.value())
        self.profiles.set_profiles(profiles, self.images.grid.linked.unit)

    def _patch_to_show(self, shape: tuple[int, int]) -> tuple[int, int]:
        """The patch that was looked at; the one in the middle if there is none."""
        if self._patch is not None and self._patch[0] < shape[0] and self._patch[1] < shape[1]:
            return self._patch
        return shape[0] // 2, shape[1] // 2


def bright_frame(scan: RockingScan) -> int:
    """The brightest frame where all are in memory, else the middle of the rocking curve."""
    if isinstance(scan.frames, numpy.ndarray):
        return int(scan.frames[:, ::_STEP, ::_STEP].mean(axis=(1, 2)).argmax())
    return int(scan.curves[0][len(scan.curves[0]) // 2])
