"""The image in which dislocations stand out, in sigma of its noise."""
