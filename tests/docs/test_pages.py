"""Every code block of README and of the documentation runs, or says why a test cannot run it."""

import re

import pytest

from tests.docs.pages import OUTPUT, PYTHON, ROOT, SHELL, Reader, blocks, files_needed, pages

PAGES = {str(page.relative_to(ROOT)): page for page in pages()}
RUNNABLE = (*SHELL, *PYTHON)


def runs(page):
    return any(block.language in RUNNABLE and not block.is_left_out for block in blocks(page))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if runs(page)])
def test_the_blocks_of_a_page_run_as_printed(name, sample_files, tmp_path, monkeypatch, one_thread):
    for needed in files_needed(PAGES[name]):
        sample_files.put(needed, tmp_path)
    monkeypatch.chdir(tmp_path)
    reader = Reader(tmp_path)
    for block in blocks(PAGES[name]):
        if not block.is_left_out:
            reader.run(block)


@pytest.mark.parametrize("name", PAGES)
def test_what_is_not_run_says_why(name):
    for block in blocks(PAGES[name]):
        where = f"{name}, line {block.line}"
        if block.language in RUNNABLE or (block.language in OUTPUT and not block.marker):
            assert not block.marker or len(block.left_out.split()) > 1, where
        elif block.language in OUTPUT:
            assert block.marker == "output" or block.left_out, where
        else:
            assert block.left_out, f"{where}: a block of {block.language!r} needs a reason"


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_to_a_page_and_to_its_heading(name):
    page = PAGES[name]
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        path, _, heading = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{name}: {target}"
        if heading:
            assert heading in headings(file), f"{name}: {target}"


def headings(page):
    """The anchors of a page: its headings, and the names in front of them."""
    text = page.read_text(encoding="utf-8")
    lines = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in lines}
    return anchors | set(re.findall(r"^\(([\w-]+)\)=$", text, re.MULTILINE))
