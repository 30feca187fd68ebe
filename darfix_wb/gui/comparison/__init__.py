"""The window of the method comparison."""
