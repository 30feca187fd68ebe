"""The window of the weak-beam classifier."""
