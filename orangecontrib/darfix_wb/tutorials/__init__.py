"""Example workflows (``.ows``), listed by the canvas under its examples."""
