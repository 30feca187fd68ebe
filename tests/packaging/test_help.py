"""The help pages of a wheel: F1 and "?" on the canvas find them, and no link in them is broken."""

from __future__ import annotations

import ast
import html.parser
import importlib.util
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = Path("orangecontrib/darfix_wb/help")
WIDGETS = ROOT / "orangecontrib/darfix_wb/widgets"


class Page(html.parser.HTMLParser):
    """Links, images, anchors and text of a page, code aside."""

    def __init__(self, path):
        super().__init__()
        self.path, self.targets, self.anchors, self.text = path, [], set(), ""
        self._in_code = False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        self._in_code |= tag == "code"
        for name, value in attrs:
            if name in ("href", "src"):
                self.targets.append(value)
            if name == "id":
                self.anchors.add(value)

    def handle_endtag(self, tag):
        self._in_code &= tag != "code"

    def handle_data(self, data):
        if not self._in_code:
            self.text += data

    def broken(self):
        """Links to files or anchors that are not there."""
        for target in self.targets:
            parts = urlsplit(target)
            if parts.scheme in ("http", "https", "mailto"):
                continue
            path = self.path.parent / unquote(parts.path) if parts.path else self.path
            if not path.is_file() or (parts.fragment and parts.fragment not in Page(path).anchors):
                yield f"{self.path.name}: {target}"


@pytest.fixture
def help_pages():
    """The script that renders them."""
    spec = importlib.util.spec_from_file_location("help_pages", ROOT / "scripts/help_pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_page_of_the_documentation_is_there_and_leads_somewhere(installed):
    pages = {path.relative_to(installed / FOLDER) for path in (installed / FOLDER).rglob("*.html")}
    docs = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")]
    assert {path.with_suffix(".html") for path in docs if path.parts[0] != "_build"} <= pages
    for page in pages:
        parsed = Page(installed / FOLDER / page)
        assert not list(parsed.broken())
        assert "```" not in parsed.text
        assert "](" not in parsed.text, "a link that was not rendered"


def test_no_image_is_there_that_no_page_shows(installed):
    pages = [Page(path) for path in (installed / FOLDER).rglob("*.html")]
    shown = {(page.path.parent / target).resolve() for page in pages for target in page.targets}
    images = [path.resolve() for path in (installed / FOLDER / "images").iterdir()]
    assert images
    assert set(images) <= shown


def test_the_canvas_finds_the_page_of_each_widget(python, installed):
    code = """
from importlib.metadata import entry_points
from AnyQt.QtCore import QUrl
from AnyQt.QtWidgets import QApplication
from orangecanvas.help import HelpManager
from orangecanvas.registry import WidgetRegistry
from orangewidget.workflow.discovery import WidgetDiscovery

app = QApplication([])
registry = WidgetRegistry()
points = [p for p in entry_points(group="orange.widgets") if p.dist.name == "darfix-wb"]
WidgetDiscovery(registry).run(points)
manager = HelpManager()
manager.set_registry(registry)
for widget in registry.widgets():
    url = manager.get_help(QUrl("help://search?id=" + widget.qualified_name))
    assert url.isLocalFile() and not url.hasFragment(), url
    print(widget.name, url.toLocalFile(), sep="|")
"""
    found = dict(line.split("|") for line in python("-c", code).splitlines())
    assert set(found) == set(labels_of_widgets())
    for name, labels in labels_of_widgets().items():
        page = Page(Path(found[name]))
        assert page.path.is_relative_to(installed / FOLDER)
        assert page.text.split("Widgets", 1)[1].strip().startswith(name)
        missing = [label for label in labels if label not in page.text]
        assert not missing, (name, missing)


def labels_of_widgets():
    """Name of each widget, and what stands beside the fields of its form."""
    found = {}
    for path in WIDGETS.glob("[a-z]*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        nodes = list(ast.walk(tree))
        names = [
            node.value.value
            for node in nodes
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "name"
        ]
        (form,) = (
            node
            for node in nodes
            if isinstance(node, ast.FunctionDef) and node.name == "create_form"
        )
        found[names[0]] = [
            node.args[1].value
            for node in ast.walk(form)
            if isinstance(node, ast.Call)
            and len(node.args) > 1
            and all(isinstance(one, ast.Constant) for one in node.args[:2])
        ]
    return found


def test_a_label_that_no_page_explains_would_be_seen():
    labels = labels_of_widgets()
    assert len(labels) == len(list(WIDGETS.glob("[a-z]*.py")))
    assert "Correct the jitter of layers" in labels["3D reconstruction"]
    assert all(len(one) >= 3 for one in labels.values())


def test_pages_are_written_from_markdown(help_pages, tmp_path):
    docs, folder = tmp_path / "docs", tmp_path / "help"
    (docs / "reference").mkdir(parents=True)
    (docs / "index.md").write_text("# Index\n\n```{toctree}\nreference/canvas\n```\n")
    (docs / "reference/canvas.md").write_text(
        "# On <em>it</em>\n\n(a-target)=\n## Widgets\n\n### A widget & more\n\n"
        "[here](canvas.md#a-target) [there](https://example.org/a.md) $a^2$\n\n"
        "| a | b |\n| --- | --- |\n| 1 | 2 |\n\n```{note}\nIt *is*.\n```\n\n## Others\n\nEnd.\n"
    )
    help_pages.write_help(docs, folder)
    whole = (folder / "reference/canvas.html").read_text()
    for text in ('<a id="a-target"></a>', 'href="canvas.html#a-target"', "<td>1</td>", "a^2"):
        assert text in whole
    assert 'href="https://example.org/a.md"' in whole
    assert "<blockquote><p>It <em>is</em>.</p>" in whole
    widget = (folder / "reference/widget-a-widget-more.html").read_text()
    assert "End." not in widget
    assert "<title>A widget &amp; more</title>" in widget
    index = (folder / "index.html").read_text()
    assert "toctree" not in index
    assert '<a href="reference/widget-a-widget-more.html">A widget &amp; more</a>' in index
    assert not list(Page(folder / "index.html").broken())


def test_a_directive_that_only_sphinx_knows_stops_the_build(help_pages, tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text("# Index\n\n```{tab-set}\n```\n")
    with pytest.raises(help_pages.UnknownMarkup, match="got 'tab-set'"):
        help_pages.write_help(tmp_path / "docs", tmp_path / "help")
