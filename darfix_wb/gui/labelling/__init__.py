"""The window of the patch labelling."""
