"""How well the methods do: scans of known truth, fair splits, scores, tables and plots."""
