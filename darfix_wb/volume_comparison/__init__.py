"""Two volumes or networks of dislocations, compared, and what chance alone would give."""
