"""The main job on a simulated scan, from frames to pictures and a table: ``make demo``."""
