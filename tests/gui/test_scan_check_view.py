"""The report of a check in a window."""

from __future__ import annotations

from dataclasses import replace

import numpy
import pytest
from silx.gui import qt

from darfix_wb.gui.scan_check.plots import PLOT_OF, PLOTS
from darfix_wb.gui.scan_check.view import ScanCheckView
from darfix_wb.scan_check import Finding, check_scan

LONG = "It is weak in many of the frames, as if the shutter had been closed at times. " * 4


@pytest.fixture(scope="module")
def report(make_scan):
    report, _ = check_scan(make_scan(shape=(96, 128), n_steps=31, seed=2), patch_size=16)
    return report.with_finding(Finding("classification", "It takes 1 s."))


@pytest.fixture
def view(show):
    return show(ScanCheckView(), 1000, 560)


def test_nothing_yet(view, report):
    assert "connect a dataset, or choose the file of a scan" in view.text
    assert not view.has_content()
    view.set_report(report)
    assert view.has_content()
    view.set_report(None)
    assert not view.has_content()
    assert view.findings.rowCount() == 0


def test_every_finding_has_its_row_and_plot(view, report):
    view.set_report(report)
    assert view.findings.sentences() == [finding.sentence for finding in report.findings]
    assert view.summary.text().endswith(": Nothing stands in the way of a classification.")
    for finding in report.findings:
        view.findings.choose(finding.topic)
        assert view.tabs.tabText(view.tabs.currentIndex()) == PLOT_OF[finding.topic]
    assert set(PLOT_OF.values()) == set(PLOTS)


def test_the_gravest_finding_is_chosen(view, report):
    gain = Finding("gain", "").stop(LONG)
    findings = [gain if one.topic == "gain" else one for one in report.findings]
    findings[1] = findings[1].look("Look.")
    view.set_report(replace(report, findings=tuple(findings)))
    assert view.tabs.tabText(view.tabs.currentIndex()) == "Gain"
    assert view.findings.currentRow() == [one.topic for one in findings].index("gain")


def test_long_sentences_are_wrapped_and_seen_whole(view, report, show, settle):
    view.set_report(report.with_finding(Finding("beam", "").look(LONG)))
    for width in (1000, 700, 1300):
        show(view, width, 560)
        settle()
        table = view.findings
        row = table.rowCount() - 1
        margin = 2 * (table.style().pixelMetric(qt.QStyle.PixelMetric.PM_FocusFrameHMargin) + 1)
        wrap = qt.Qt.TextFlag.TextWordWrap.value
        seen = qt.QRect(0, 0, table.columnWidth(2) - margin, 10_000)
        assert table.rowHeight(row) >= table.fontMetrics().boundingRect(seen, wrap, LONG).height()
        assert table.horizontalScrollBar().maximum() == 0


def test_the_plots_show_the_figures(view, report):
    figures = replace(
        report.figures,
        invalid=numpy.eye(96, 128, dtype=bool),
        left_out={3: "black", 5: "torn"},
        jumps=(9,),
        saturation_level=4095.0,
    )
    view.set_report(replace(report, figures=figures))
    plots = view.plots
    shown = plots["Mean frame"].drawing.getImage("mean frame").getData()
    numpy.testing.assert_array_equal(shown, figures.mean_frame)
    overlay = plots["Mean frame"].drawing.getImage("invalid").getData()
    numpy.testing.assert_array_equal(overlay[..., 3] > 0, figures.invalid)
    assert "96 invalid pixels in red" in plots["Mean frame"].caption.text()
    names = [curve.getName() for curve in plots["Intensity"].drawing.getAllCurves()]
    assert len(names) == 3
    assert "2 left out (red crosses). 1 with a jump" in plots["Intensity"].caption.text()
    angles = plots["Order"].drawing.getCurve("frames").getYData()
    numpy.testing.assert_array_equal(angles, figures.angles)
    assert "saturation (purple line) 4095" in plots["Counts"].caption.text()
    peaks = plots["Peaks"].drawing.image()
    numpy.testing.assert_array_equal(peaks, figures.peak_angles)
    assert len(set(plots["Peaks"].drawing.bar.labels)) == 3


def test_without_figures_to_compare(view, make_scan):
    scan = make_scan(shape=(64, 96), n_steps=2)
    view.set_report(check_scan(scan, patch_size=16)[0])
    assert "the gain cannot be determined" in view.plots["Gain"].caption.text()
