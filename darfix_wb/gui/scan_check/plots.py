"""The plots of a check, each with a line below that says what its marks are."""

from __future__ import annotations

import numpy
from silx.gui import qt
from silx.gui.colors import Colormap, rgba
from silx.gui.plot import PlotWidget

from ...scan_check.report import Figures
from ...scan_check.wording import with_error
from ..plots.frame_plot import make_frame_plot
from ..plots.image_panel import ImagePanel
from ..plots.margins import keep_margins
from ..plots.style import follow_palette

LINE, MARK, SECOND_MARK = "#0072B2", "#D55E00", "#CC79A7"

WIDE = 30.0
"""Counts that span this factor are shown on a logarithmic scale."""

_EMPTY_COLOR = "#a0a0a0"


class CheckPlot(qt.QWidget):
    """A plot and its caption.

    Parameters
    ----------
    plot : QWidget
        What is drawn in.
    """

    def __init__(self, plot: qt.QWidget) -> None:
        super().__init__()
        self.drawing, self.caption = plot, qt.QLabel()
        self.caption.setWordWrap(True)
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(plot, 1)
        layout.addWidget(self.caption)

    def draw(self, figures: Figures) -> None:
        """Show the figures of a report."""
        raise NotImplementedError


class MeanFramePlot(CheckPlot):
    """The mean frame, invalid pixels in red."""

    def __init__(self) -> None:
        self._image: numpy.ndarray | None = None
        super().__init__(make_frame_plot(None, self._counts_at))

    def draw(self, figures: Figures) -> None:
        self._image = figures.mean_frame
        self.drawing.clear()
        colormap = self.drawing.getDefaultColormap()
        low, high = numpy.nanpercentile(figures.mean_frame, (1.0, 99.8))
        colormap.setVRange(max(float(low), 1e-3), max(float(high), 2e-3, float(low) * 1.01))
        self.drawing.addImage(figures.mean_frame, legend="mean frame", colormap=colormap)
        self.caption.setText("Mean counts of all frames.")
        if figures.invalid is not None and figures.invalid.any():
            overlay = numpy.zeros((*figures.invalid.shape, 4), dtype=numpy.uint8)
            overlay[figures.invalid] = [round(255 * part) for part in rgba(MARK)]
            self.drawing.addImage(overlay, legend="invalid", z=2, resetzoom=False)
            self.drawing.setActiveImage("mean frame")
            self.caption.setText(
                f"Mean counts of all frames; {int(figures.invalid.sum())} invalid pixels in red."
            )
        self.drawing.resetZoom()

    def _counts_at(self, x: float, y: float) -> str:
        if self._image is None:
            return "-"
        row, column = int(y), int(x)
        inside = 0 <= row < self._image.shape[0] and 0 <= column < self._image.shape[1]
        return f"{self._image[row, column]:.5g}" if inside else "-"


class IntensityPlot(CheckPlot):
    """Mean counts of each frame over its angle."""

    def __init__(self) -> None:
        super().__init__(_curve_plot("angle", "mean counts above dark"))

    def draw(self, figures: Figures) -> None:
        self.drawing.clear()
        self.drawing.setGraphXLabel(figures.angle_label)
        _points(self.drawing, figures.angles, figures.intensities, "frames", LINE, 4)
        out, jumps = sorted(figures.left_out), list(figures.jumps)
        marks = ["Each point is a frame."]
        for frames, name, symbol, color in (
            (out, "left out (red crosses)", "x", MARK),
            (jumps, "with a jump of the beam (purple squares)", "s", SECOND_MARK),
        ):
            if frames:
                x, y = figures.angles[frames], figures.intensities[frames]
                _points(self.drawing, x, y, name, color, 9, symbol)
                marks.append(f"{len(frames)} {name}.")
        self.caption.setText(" ".join(marks))
        self.drawing.resetZoom()


class OrderPlot(CheckPlot):
    """Angle of each frame in the order of the frames."""

    def __init__(self) -> None:
        super().__init__(_curve_plot("frame", "angle"))

    def draw(self, figures: Figures) -> None:
        self.drawing.clear()
        self.drawing.setGraphYLabel(figures.angle_label)
        frames = numpy.arange(len(figures.angles))
        _points(self.drawing, frames, figures.angles, "frames", LINE, 3, linestyle="-")
        self.caption.setText("Angle of each frame in the order in which they were recorded.")
        self.drawing.resetZoom()


class HistogramPlot(CheckPlot):
    """How many pixels have which counts."""

    def __init__(self) -> None:
        super().__init__(_curve_plot("counts", "pixels"))
        self.drawing.getYAxis().setScale("log")

    def draw(self, figures: Figures) -> None:
        self.drawing.clear()
        low, high = figures.levels[0], figures.levels[-1]
        self.drawing.getXAxis().setScale("log" if 0 < low < high / WIDE else "linear")
        self.drawing.addHistogram(
            numpy.maximum(figures.numbers, 0.5), figures.levels, legend="counts", color=LINE,
            fill=True,
        )  # fmt: skip
        self.drawing.addXMarker(figures.dark_level, legend="dark", color=MARK)
        text = f"Pixels of some frames; dark level (red line) {figures.dark_level:.4g} counts"
        if figures.saturation_level is not None:
            level = figures.saturation_level
            self.drawing.addXMarker(level, legend="full", color=SECOND_MARK)
            text += f", saturation (purple line) {level:.6g}"
        self.caption.setText(f"{text}.")
        self.drawing.resetZoom()


class TransferPlot(CheckPlot):
    """Variance over mean counts."""

    def __init__(self) -> None:
        super().__init__(_curve_plot("mean counts above dark", "variance (counts²)"))
        self.drawing.getXAxis().setScale("log")
        self.drawing.getYAxis().setScale("log")

    def draw(self, figures: Figures) -> None:
        self.drawing.clear()
        transfer = figures.transfer
        seen = transfer.means > 0
        means = transfer.means[seen]
        self.caption.setText("Noise of neighbouring frames; the gain cannot be determined from it.")
        if means.size:
            _points(self.drawing, means, transfer.variances[seen], "blocks", LINE, 6)
        if numpy.isfinite(transfer.gain):
            line = transfer.offset + transfer.gain * means
            self.drawing.addCurve(means, line, legend="gain", color=MARK, symbol="", linestyle="-")
            self.caption.setText(
                "Noise of neighbouring frames; the slope of the line is the gain, "
                f"{with_error(transfer.gain, transfer.uncertainty)}."
            )
        self.drawing.resetZoom()


class PeakMapPlot(CheckPlot):
    """Angle at which each patch is brightest."""

    def __init__(self) -> None:
        super().__init__(ImagePanel("Peak of each patch"))

    def draw(self, figures: Figures) -> None:
        known = figures.peak_angles[numpy.isfinite(figures.peak_angles)]
        colormap = Colormap("viridis")
        low, high = (known.min(), known.max()) if known.size else (0.0, 1.0)
        colormap.setVRange(float(low), float(high) if high > low else float(low) + 1e-6)
        colormap.setNaNColor(_EMPTY_COLOR)
        self.drawing.title.setText(f"Peak of each patch, {figures.angle_label}")
        side = float(figures.patch_size)
        low, high = colormap.getVMin(), colormap.getVMax()
        labels = tuple(f"{angle:.6g}" for angle in (low, (low + high) / 2, high))
        origin, scale = (0.0, 0.0), (side, side)
        self.drawing.show_image(figures.peak_angles, colormap, origin, scale, labels)
        self.caption.setText("Axes in pixels; patches without signal in grey.")
        self.drawing.plot.resetZoom()


def _curve_plot(x_label: str, y_label: str) -> PlotWidget:
    plot = PlotWidget()
    keep_margins(plot, 84, 16, 16, 46)
    plot.setGraphXLabel(x_label)
    plot.setGraphYLabel(y_label)
    plot.setDataMargins(0.04, 0.04, 0.05, 0.05)
    plot.setActiveCurveHandling(False)
    plot.setMinimumSize(260, 200)
    follow_palette(plot)
    return plot


def _points(plot, x, y, legend, color, size, symbol="o", linestyle=" ") -> None:
    plot.addCurve(
        x, y, legend=legend, color=color, symbol=symbol, linestyle=linestyle, resetzoom=False,
        selectable=False,
    )  # fmt: skip
    plot.getCurve(legend).setSymbolSize(size)


PLOTS = {
    "Mean frame": MeanFramePlot,
    "Intensity": IntensityPlot,
    "Order": OrderPlot,
    "Counts": HistogramPlot,
    "Gain": TransferPlot,
    "Peaks": PeakMapPlot,
}
"""By the title of their tab."""

PLOT_OF = {
    "frames": "Mean frame",
    "motors": "Order",
    "order of frames": "Order",
    "rocking peak": "Peaks",
    "offset and noise": "Counts",
    "background": "Counts",
    "gain": "Gain",
    "saturation": "Counts",
    "invalid pixels": "Mean frame",
    "bad frames": "Intensity",
    "beam": "Intensity",
    "classification": "Mean frame",
}
"""Which plot shows what a finding is about."""
