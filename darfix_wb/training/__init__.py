"""Training a network on labelled patches, and saying honestly how good it is.

`metrics` and `data` need no torch, so nothing is imported here.
"""
