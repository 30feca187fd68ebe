"""The window of a whole volume: its layers, how far they are, and the images of each."""
