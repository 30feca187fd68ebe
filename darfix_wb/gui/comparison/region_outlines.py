"""The regions of Gram-Schmidt over an image, and what their colours mean."""

from __future__ import annotations

from silx.gui.plot import PlotWidget
from silx.gui.plot.items import Shape

from ...decomposition.regions import MARKS, Regions

_MEANINGS = {"strong": "strong beam", "weak_low": "low flank", "weak_high": "high flank"}
_GAP_COLOR = "white"
"""Between the dashes, so that they are seen on any image."""


def draw_regions(
    plot: PlotWidget, regions: Regions, origin: tuple[float, float], scale: tuple[float, float]
) -> None:
    """Outline each region in its colour; `origin` and `scale` are ``(x, y)``, as in silx."""
    (x, y), (dx, dy) = origin, scale
    for name, (row, column, height, width) in regions.to_dict().items():
        title, color = MARKS[name]
        outline = Shape("rectangle")
        outline.setName(title)
        outline.setPoints(
            [
                [x + column * dx, y + row * dy],
                [x + (column + width) * dx, y + (row + height) * dy],
            ]
        )
        outline.setOverlay(True)
        outline.setFill(False)
        outline.setColor(color)
        outline.setLineStyle("--")
        outline.setLineGapColor(_GAP_COLOR)
        outline.setLineWidth(2)
        plot.addItem(outline)


def regions_legend() -> str:
    """Colours, titles and meanings, as rich text."""
    return " ".join(
        f"<span style='color:{color}'>■</span> {title} ({_MEANINGS[name]})"
        for name, (title, color) in MARKS.items()
    )
