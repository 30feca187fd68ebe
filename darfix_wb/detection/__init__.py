"""Which pixels show dislocation lines: a probability for each, and a table of the lines."""
