"""A window on a scan that is being recorded."""
