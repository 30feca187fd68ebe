"""How Sphinx builds these pages: ``make docs``."""

from darfix_wb import __version__

project = "darfix-wb"
author = "darfix-wb developers"
project_copyright = "darfix-wb developers"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
autodoc_typehints = "none"
autodoc_class_signature = "separated"
napoleon_google_docstring = False
napoleon_use_ivar = True
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]

html_theme = "pydata_sphinx_theme"
html_title = f"darfix-wb {release}"
html_theme_options = {"show_prev_next": False}
html_show_sourcelink = False
