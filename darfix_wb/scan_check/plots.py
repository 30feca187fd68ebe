"""The small plots of a report, each into an axis of matplotlib."""

from __future__ import annotations

import numpy
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm

from .report import Figures
from .wording import with_error

MARK = "#D55E00"
SECOND_MARK = "#CC79A7"
LINE = "#0072B2"


def mean_frame(axis: Axes, figures: Figures) -> None:
    """Mean of all frames in grey, with invalid pixels in red."""
    shown = numpy.maximum(figures.mean_frame - figures.dark_level, figures.sigma / 3)
    low, high = numpy.nanpercentile(shown, (1, 99.8))
    image = axis.imshow(
        shown, cmap="gray", norm=LogNorm(low, max(high, low * 1.01)), interpolation="none"
    )
    axis.figure.colorbar(image, ax=axis, label="counts above dark", shrink=0.8)
    axis.set(title="Mean frame", xlabel="column (px)", ylabel="row (px)")
    if figures.invalid is not None and figures.invalid.any():
        rows, columns = numpy.nonzero(figures.invalid)
        axis.plot(columns, rows, ",", color=MARK)
        axis.set_title(f"Mean frame, {len(rows)} invalid pixels in red")


def intensities(axis: Axes, figures: Figures) -> None:
    """Mean counts of each frame over the angle."""
    out = sorted(figures.left_out)
    jumps = list(figures.jumps)
    axis.plot(figures.angles, figures.intensities, ".", color=LINE, markersize=4)
    _mark(axis, figures, out, "x", MARK, "left out")
    _mark(axis, figures, jumps, "o", SECOND_MARK, "jump of the beam")
    low, high = figures.intensities.min(), figures.intensities.max()
    if high > 10 * low:
        axis.set_yscale("symlog", linthresh=max(figures.sigma / 10, high / 1e5))
    axis.set(
        title="Intensity of the frames", xlabel=figures.angle_label, ylabel="mean counts above dark"
    )
    axis.grid(alpha=0.3)


def _mark(
    axis: Axes, figures: Figures, frames: list[int], mark: str, color: str, label: str
) -> None:
    if frames:
        axis.plot(
            figures.angles[frames], figures.intensities[frames], mark, color=color, label=label,
            markersize=7, fillstyle="none",
        )  # fmt: skip
        axis.legend()


def order(axis: Axes, figures: Figures) -> None:
    """Angle of each frame in their order."""
    axis.plot(figures.angles, ".-", color=LINE, markersize=3, linewidth=0.5)
    axis.set(title="Order of the frames", xlabel="frame", ylabel=figures.angle_label)
    axis.grid(alpha=0.3)


def histogram(axis: Axes, figures: Figures) -> None:
    """Counts of the pixels of some frames, with dark level and saturation."""
    axis.stairs(figures.numbers, figures.levels, color=LINE, fill=True, alpha=0.6)
    axis.axvline(figures.dark_level, color="black", linewidth=0.8, label="dark level")
    if figures.saturation_level is not None:
        axis.axvline(figures.saturation_level, color=MARK, linewidth=0.8, label="saturation")
    linear = max(abs(figures.dark_level) + 10 * figures.sigma, 1.0)
    axis.set_xscale("symlog", linthresh=linear, linscale=1.5)
    axis.set_yscale("log")
    axis.set(title="Counts of the pixels", xlabel="counts", ylabel="pixels")
    axis.legend()


def gain(axis: Axes, figures: Figures) -> None:
    """Variance over mean, with the line of the gain."""
    transfer = figures.transfer
    known = transfer.means > 0
    means, variances = transfer.means[known], transfer.variances[known]
    axis.set(
        title="Photon transfer: the gain cannot be determined", xlabel="mean counts above dark"
    )
    axis.set_ylabel("variance (counts²)")
    if not means.size:
        axis.text(0.5, 0.5, "no two frames to compare", ha="center", transform=axis.transAxes)
        return
    axis.loglog(means, variances, "o", color=LINE, markersize=4)
    if numpy.isfinite(transfer.gain):
        axis.loglog(means, transfer.offset + transfer.gain * means, color=MARK)
        axis.set_title(f"Photon transfer: gain {with_error(transfer.gain, transfer.uncertainty)}")
    axis.grid(alpha=0.3)


def peak_map(axis: Axes, figures: Figures) -> None:
    """Angle of the peak of each patch."""
    height, width = figures.mean_frame.shape
    rows, columns = (side * figures.patch_size for side in figures.peak_angles.shape)
    image = axis.imshow(
        figures.peak_angles, cmap="viridis", interpolation="none",
        extent=(-0.5, columns - 0.5, rows - 0.5, -0.5),
    )  # fmt: skip
    axis.set_facecolor("0.8")
    axis.figure.colorbar(image, ax=axis, label=figures.angle_label, shrink=0.8)
    axis.set(title="Peak of each patch", xlabel="column (px)", ylabel="row (px)")
    axis.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))


PLOTS = {
    "mean frame": mean_frame,
    "intensities": intensities,
    "order": order,
    "histogram": histogram,
    "gain": gain,
    "peak map": peak_map,
}
"""By name, in the order of the page."""
