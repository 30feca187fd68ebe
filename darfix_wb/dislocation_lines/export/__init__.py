"""A network of lines, and the images it was found in, for other programs."""
