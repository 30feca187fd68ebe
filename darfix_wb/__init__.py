"""Weak-beam and strong-beam diffraction, told apart patch by patch in rocking scans."""

__version__ = "0.1.0"
