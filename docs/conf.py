"""How Sphinx builds these pages: ``make docs``."""

from importlib.metadata import metadata

from darfix_wb import __version__

project = "darfix-wb"
author = "darfix-wb developers"
project_copyright = "darfix-wb developers"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
autodoc_typehints = "none"
autodoc_preserve_defaults = True
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_ivar = True
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]

html_theme = "pydata_sphinx_theme"
html_title = f"darfix-wb {release}"
html_theme_options = {"show_prev_next": False}
html_show_sourcelink = False

PROJECT_URLS = dict(
    label.split(", ", 1) for label in metadata("darfix-wb").get_all("Project-URL", [])
)
"""Of pyproject.toml, the one place where the address of the repository is written."""


def fill_in_the_address(app, docname, source):
    """Print the address of the repository, once it has one, for the word that stands for it."""
    address = PROJECT_URLS.get("Repository")
    if docname == "install" and address:
        source[0] = source[0].replace("git clone ADDRESS", f"git clone {address}")


def keep_sentences_whole(app, what, name, obj, options, lines):
    """Hide from napoleon, behind an empty comment, that a task's field may hold a colon.

    It takes what stands before the colon for a type; the field's text is a sentence.
    """
    if what == "attribute" and lines:
        lines[:0] = ["..", ""]


def setup(app):
    """Fill in the address; look at texts before napoleon, whose priority is 500."""
    app.connect("source-read", fill_in_the_address)
    app.connect("autodoc-process-docstring", keep_sentences_whole, priority=400)
