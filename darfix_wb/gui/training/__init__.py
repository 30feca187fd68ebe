"""The window of the training."""
