"""Scans in, NeXus files out: the only package that knows files and darfix's datasets."""
