"""What is in a scan, looked at before anything is computed."""

from .cheap import cheap_warnings
from .check import check_scan
from .finding import Finding
from .report import ScanReport

__all__ = ["Finding", "ScanReport", "cheap_warnings", "check_scan"]
