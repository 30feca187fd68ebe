"""Scans with known physics, and what a classifier must make of them.

Shared by `benchmarks/properties.py`, which runs many draws, and by `tests/physics`, a few.
"""
