"""Scans in, NeXus files out: the only room that knows files and darfix's datasets."""
