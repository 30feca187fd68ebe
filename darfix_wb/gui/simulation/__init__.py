"""The window of the simulated scan."""
