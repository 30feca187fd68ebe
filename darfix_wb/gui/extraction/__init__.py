"""The window of the patch extraction."""
