"""The widget category of darfix-wb, next to those of darfix."""

NAME = "DARFIX : Weak beam"

DESCRIPTION = "Tell weak-beam from strong-beam diffraction in rocking scans"

ICON = "icons/category.svg"

BACKGROUND = "light-blue"

PRIORITY = 50

WIDGET_HELP_PATH = (("{DEVELOP_ROOT}/docs/_build/html/index.html", None),)
