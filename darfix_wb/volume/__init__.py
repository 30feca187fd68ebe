"""Layers of a crystal, one rocking scan each, in one file of images (layer, row, column)."""
