"""A dislocation network: its lines in space, in the layers, and in a table."""
