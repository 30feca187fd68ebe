"""The only importer of darfix: its datasets as rocking scans and back, and its tasks."""
