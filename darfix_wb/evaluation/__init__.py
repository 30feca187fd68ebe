"""How right the methods are: scans of known truth, honest splits, figures, tables and plots."""
