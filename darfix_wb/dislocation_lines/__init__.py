"""Dislocation lines in three dimensions: the network they make, its file, and its exports."""
