"""What tutorials print in bold is the text of a real control, or the title of a real widget."""

import re
from pathlib import Path

import pytest
from ewoksorange.gui.canvas.handler import OrangeCanvasHandler
from orangecanvas.scheme import SchemeNode
from silx.gui import qt

import orangecontrib.darfix_wb.tutorials
from darfix_wb.gui.live.window import LiveWindow
from darfix_wb.live.options import LiveOptions
from tests.docs.pages import FENCE, ROOT

EXAMPLES = sorted(Path(orangecontrib.darfix_wb.tutorials.__file__).parent.glob("*.ows"))
OURS = "orangecontrib.darfix_wb.widgets."
BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
PAGES = sorted((ROOT / "docs" / "tutorials").glob("*.md"))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(
        "ignore:.* is deprecated:DeprecationWarning",
        "ignore:'succeeded' should be always provided:DeprecationWarning",
        "ignore:.* implements the deprecated method 'cancel':DeprecationWarning",
    ),
]


@pytest.fixture(scope="module")
def on_the_screen(app, tmp_path_factory):
    """All texts of the canvas, its examples, all our widgets and those of darfix beside them."""
    folder = tmp_path_factory.mktemp("live")
    window = LiveWindow(LiveOptions(str(folder / "scan.h5"), str(folder / "live.h5")))
    shown = texts(window)
    window.close()
    with OrangeCanvasHandler() as canvas:
        shown |= texts(canvas.canvas)
        for path in EXAMPLES:
            canvas.load_ows(str(path))
            shown |= {canvas.scheme.title}
            for node in canvas.scheme.nodes:
                shown |= {node.title} | texts(canvas.scheme.widget_for_node(node))
        for one in canvas.canvas.widget_registry.widgets():
            if one.qualified_name.startswith(OURS):
                node = SchemeNode(one)
                canvas.scheme.add_node(node)
                shown |= {node.title} | texts(canvas.scheme.widget_for_node(node))
    return shown


def texts(widget):
    """The texts of all controls below a widget: as they are, and without the key in brackets."""
    found = set()
    for child in (widget, *widget.findChildren(qt.QWidget), *widget.findChildren(qt.QAction)):
        for name in ("text", "title"):
            if isinstance(child, qt.QWidget | qt.QAction) and callable(getattr(child, name, None)):
                found |= words(getattr(child, name))
        if isinstance(child, qt.QTabWidget):
            found |= {child.tabText(index) for index in range(child.count())}
        if isinstance(child, qt.QComboBox):
            found |= {child.itemText(index) for index in range(child.count())}
        if isinstance(child, qt.QListWidget):
            found |= {child.item(index).text() for index in range(child.count())}
        if isinstance(child, qt.QTableView):
            found |= headers(child.model())
    plain = {plain_text(text) for text in found}
    return plain | {re.sub(r" \([^)]*\)$", "", text) for text in plain}


def words(text_of):
    """What a method gives that takes no argument; nothing for one that does."""
    try:
        text = text_of()
    except TypeError:
        return set()
    return {text} if isinstance(text, str) else set()


def headers(model):
    """The titles of the columns of a table."""
    columns = range(model.columnCount() if model is not None else 0)
    return {str(model.headerData(index, qt.Qt.Orientation.Horizontal)) for index in columns}


def plain_text(text):
    """Without marks of keys, dots and colons at the end."""
    return " ".join(text.replace("&", "").split()).rstrip(" .…:")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_names_in_bold_are_on_the_screen(page, on_the_screen):
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    names = {plain_text(name) for name in BOLD.findall(text)}
    assert names <= on_the_screen, sorted(names - on_the_screen)


def test_a_name_that_is_nowhere_would_be_found_out(on_the_screen):
    assert {"Apply", "Find dimensions", "Example Workflows", "Stop", "Pre-label by angle"} <= (
        on_the_screen
    )
    assert "Classify all" not in on_the_screen


def test_every_tutorial_and_every_example_is_shown():
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for path in EXAMPLES:
        title = re.search(r'title="([^"]+)"', path.read_text(encoding="utf-8"))[1]
        assert f"**{title}**" in pages, title
