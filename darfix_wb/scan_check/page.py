"""The report as one page: the findings in words, and small plots."""

from __future__ import annotations

import textwrap

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure, SubFigure

from .finding import VERDICT_COLORS
from .plots import PLOTS
from .report import ScanReport

PAGE_SIZE = (16.5, 11.7)
"""A3, inches."""

LINE_LENGTH = 84
"""Characters of a line of a sentence."""

LINE_HEIGHT = 0.0245
"""Of the page, for a line of text."""

HEAD = 0.06
"""Of the page, for its title."""


def draw_page(report: ScanReport) -> Figure:
    """The findings at the left, six plots at the right."""
    with matplotlib.rc_context({"font.size": 8, "axes.titlesize": 9, "axes.titlelocation": "left"}):
        figure = Figure(figsize=PAGE_SIZE, dpi=110, layout="constrained")
        FigureCanvasAgg(figure)
        words, plots = figure.subfigures(1, 2, width_ratios=(1, 1.35))
        _write(words, report)
        for axis, draw in zip(plots.subplots(3, 2).flat, PLOTS.values(), strict=True):
            draw(axis, report.figures)
    return figure


def _write(page: SubFigure, report: ScanReport) -> None:
    """Title, then a mark in the verdict's colour, topic and sentence of each finding."""
    page.text(0.03, 0.985, "Check of a scan", fontsize=13, weight="bold", va="top")
    source = textwrap.wrap(report.source, LINE_LENGTH)
    page.text(0.03, 0.96, "\n".join(source), fontsize=7, color="0.35", va="top")
    blocks = [(one.verdict, one.topic, one.sentence) for one in report.findings]
    blocks.append((report.verdict, "in all", report.summary))
    lines = [textwrap.wrap(sentence, LINE_LENGTH) or [""] for _, _, sentence in blocks]
    head = HEAD + LINE_HEIGHT * 0.5 * max(len(source) - 1, 0)
    needed = sum(1.5 + len(block) for block in lines)
    height = min(LINE_HEIGHT * 0.8, (1 - head - 0.02) / needed)
    top = 1 - head
    for (verdict, topic, _), block in zip(blocks, lines, strict=True):
        color = VERDICT_COLORS[verdict]
        box = {"facecolor": color, "edgecolor": color, "pad": 1.5}
        page.text(
            0.03, top, f" {verdict:<4} ", color="white", va="top", family="monospace", bbox=box
        )
        page.text(0.115, top, topic, weight="bold", va="top")
        for index, line in enumerate(block):
            page.text(0.115, top - (index + 1) * height, line, va="top")
        top -= (len(block) + 1.5) * height
