"""The widget category of darfix-wb, next to those of darfix."""

from pathlib import Path

NAME = "DARFIX : Weak beam"

DESCRIPTION = "Tell weak-beam from strong-beam diffraction in rocking scans"

ICON = "icons/category.svg"

BACKGROUND = "light-blue"

PRIORITY = 50

_HELP = Path(__file__).parents[1] / "help" / "index.html"
"""Written when the wheel is built, or by the set-up of a checkout: see scripts/help_pages.py."""

WIDGET_HELP_PATH = ((str(_HELP).replace("{", "{{").replace("}", "}}"), None),)
"""What orangecanvas.help reads, as a template: an index with the names of the widgets."""
