"""Networks of dislocation lines, held against the truth of simulated volumes."""
