"""The window of the scan check."""
