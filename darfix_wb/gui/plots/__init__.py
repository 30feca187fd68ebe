"""Plots that several windows share: frames with patches, rocking curves, linked images."""
