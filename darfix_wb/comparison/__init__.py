"""Methods side by side on one scan: weak-beam images, conditions, one table."""
