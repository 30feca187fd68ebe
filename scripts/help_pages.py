"""The pages of docs/ as plain HTML: what F1 and "?" open on the canvas, without a network.

Usage: python scripts/help_pages.py [FOLDER]   (orangecontrib/darfix_wb/help if not given)

A wheel is built with them (setup.py). `make docs` builds the same pages, and the API, with Sphinx.
"""

from __future__ import annotations

import html
import os
import posixpath
import re
import shutil
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path("orangecontrib/darfix_wb/help")
"""Where the canvas looks, below the folder of the packages."""

CANVAS_PAGE = "reference/canvas.md"
WIDGETS_TITLE = "Widgets"
"""Of the section of that page which has a section for each widget, by the widget's name."""

HEADING_ANCHORS = 3
"""As in docs/conf.py."""

NOTES = ("note", "tip", "important", "warning", "caution", "seealso")
LEFT_OUT = ("toctree",)
ONLY_SPHINX = "<p><em>Listed in the documentation that <code>make docs</code> builds.</em></p>"

STYLE = """\
body { font: 15px/1.55 system-ui, sans-serif; max-width: 60rem; margin: 0 auto;
  padding: 1rem 1.5rem; color: #1a1a1a; background: #fff }
nav { border-bottom: 1px solid #ddd; padding-bottom: .4rem }
h1, h2, h3 { line-height: 1.25 }
a { color: #0b5cad }
code { font: .92em monospace; background: #f2f2f2; padding: 0 .2em }
pre { background: #f2f2f2; padding: .6rem .8rem; overflow-x: auto }
pre code { padding: 0 }
table { border-collapse: collapse; display: block; overflow-x: auto }
th, td { text-align: left; vertical-align: top; padding: .25rem .7rem }
th, td { border-bottom: 1px solid #ddd }
blockquote { margin: 1rem 0; padding: .1rem 1rem; border-left: 4px solid #0b5cad }
img { max-width: 100% }
.math { font-family: serif; font-style: italic }
"""

PAGE = """\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"/><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<link rel="stylesheet" href="{top}help.css"/></head><body>
<nav><a href="{top}index.html">darfix-wb</a> · <a href="{top}index.html#widgets">Widgets</a></nav>
<main>
{body}
</main></body></html>
"""


class UnknownMarkup(ValueError):
    """A page holds what only Sphinx could show."""


def write_help(docs: Path, folder: Path) -> None:
    """Render all pages into a folder, which they then fill alone.

    Parameters
    ----------
    docs : pathlib.Path
        Folder of the Markdown pages.
    folder : pathlib.Path
        Replaced if it is there.
    """
    pages = sorted(
        path.relative_to(docs).as_posix()
        for path in docs.rglob("*.md")
        if "_build" not in path.relative_to(docs).parts
    )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "help.css").write_text(STYLE, encoding="utf-8")
    markdown, widgets = _markdown(), {}
    for page in pages:
        tokens = _parse(markdown, docs / page)
        for image in _linked(tokens, page):
            (folder / image).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(docs / image, folder / image)
        if page == CANVAS_PAGE:
            for name, section in _widget_sections(tokens):
                widgets[name] = _widget_page(page, name)
                _write(folder, widgets[name], name, _render(markdown, section))
        if page != "index.md":
            _write(folder, _as_html(page), _title(tokens), _render(markdown, tokens))
    index = _render(markdown, _parse_linked(markdown, docs / "index.md"))
    _write(folder, "index.html", "darfix-wb", index + _index_of(widgets))


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"xhtmlOut": True}).enable("table")
    markdown.use(anchors_plugin, max_level=HEADING_ANCHORS)
    return markdown.use(dollarmath_plugin)


def _parse(markdown: MarkdownIt, path: Path) -> list[Token]:
    """The tokens of a page: directives and targets of MyST become HTML."""
    tokens = []
    for token in markdown.parse(path.read_text(encoding="utf-8")):
        directive = re.fullmatch(r"\{([\w-]+)\}.*", token.info) if token.type == "fence" else None
        if directive:
            token = Token(
                "html_block", "", 0, content=_directive(markdown, directive[1], token, path)
            )
        target = re.fullmatch(r"\(([\w-]+)\)=", token.content) if token.type == "inline" else None
        if target:
            token = Token("html_block", "", 0, content=f'<a id="{target[1]}"></a>')
        tokens.append(token)
    return tokens


def _parse_linked(markdown: MarkdownIt, path: Path) -> list[Token]:
    tokens = _parse(markdown, path)
    list(_linked(tokens, path.name))
    return tokens


def _directive(markdown: MarkdownIt, name: str, token: Token, path: Path) -> str:
    if name in LEFT_OUT:
        return ""
    if name == "eval-rst":
        return ONLY_SPHINX
    if name in NOTES:
        return f"<blockquote>{markdown.render(token.content)}</blockquote>"
    raise UnknownMarkup(
        f"{path}: directives must be among {', '.join((*NOTES, *LEFT_OUT, 'eval-rst'))}, got "
        f"{name!r}. Write it as plain Markdown."
    )


def _linked(tokens: list[Token], page: str) -> Iterator[str]:
    """Lead links from Markdown to HTML; give the images that are shown, from the top."""
    for token in tokens:
        for child in token.children or ():
            if child.type == "link_open":
                child.attrs["href"] = _as_html(str(child.attrs["href"]))
            elif child.type == "image":
                image = posixpath.join(posixpath.dirname(page), str(child.attrs["src"]))
                yield posixpath.normpath(image)


def _as_html(link: str) -> str:
    parts = urlsplit(link)
    if parts.scheme or not parts.path.endswith(".md"):
        return link
    return parts._replace(path=f"{parts.path.removesuffix('.md')}.html").geturl()


def _widget_sections(tokens: list[Token]) -> Iterator[tuple[str, list[Token]]]:
    """Name and tokens of each third-level section below "Widgets"."""
    inside, starts = False, []
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag in ("h1", "h2", "h3"):
            title = tokens[index + 1].content
            if inside:
                starts.append((index, title if token.tag == "h3" else None))
            if token.tag != "h3":
                inside = token.tag == "h2" and title == WIDGETS_TITLE
    starts.append((len(tokens), None))
    for (start, name), (end, _) in pairwise(starts):
        if name is not None:
            yield name, tokens[start:end]


def _widget_page(page: str, name: str) -> str:
    """The page of one widget: a browser that is given a file may lose an anchor, but no page."""
    words = re.sub(r"\W+", "-", name.lower())
    return posixpath.join(posixpath.dirname(page), f"widget-{words}.html")


def _title(tokens: list[Token]) -> str:
    return next(
        tokens[index + 1].content for index, one in enumerate(tokens) if one.type == "heading_open"
    )


def _render(markdown: MarkdownIt, tokens: list[Token]) -> str:
    return markdown.renderer.render(tokens, markdown.options, {})


def _index_of(widgets: dict[str, str]) -> str:
    """The list that orangecanvas.help reads: below the id "widgets", by the widget's name."""
    items = "\n".join(
        f'<li><a href="{page}">{html.escape(name)}</a></li>' for name, page in widgets.items()
    )
    return f'<section id="widgets"><h2>{WIDGETS_TITLE}</h2>\n<ul>\n{items}\n</ul></section>'


def _write(folder: Path, page: str, title: str, body: str) -> None:
    top = os.path.relpath(".", posixpath.dirname(page) or ".")
    top = "" if top == "." else f"{top}/"
    path = folder / page
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PAGE.format(title=html.escape(title), top=top, body=body), encoding="utf-8")


if __name__ == "__main__":
    write_help(ROOT / "docs", Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / FOLDER)
