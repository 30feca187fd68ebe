"""CITATION.cff can be read, and is of this version; the issue forms ask for what helps."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from darfix_wb import __version__

ROOT = Path(__file__).parents[2]
FORMS = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("[!c]*.yml"))


def read(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_the_citation_is_of_this_version_and_has_what_the_format_asks_for():
    citation = read(ROOT / "CITATION.cff")
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == __version__
    assert citation["license"] == "MIT"
    assert citation["authors"] == [{"name": "darfix-wb developers"}]
    assert citation["message"]
    assert citation["title"].startswith("darfix-wb")
    for reference in citation["references"]:
        assert {"authors", "title", "type"} <= reference.keys()
        assert reference["authors"]
    article, program = citation["references"]
    assert article["doi"].endswith("2509.05017")
    assert program["title"] == "darfix"


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_each_issue_form_asks_for_the_version_the_check_and_whether_data_may_be_shared(path):
    form = read(path)
    assert {"name", "description", "body"} <= form.keys()
    fields = {field["id"]: field["attributes"] for field in form["body"] if "id" in field}
    assert "darfix-wb --version" in fields["version"]["description"]
    assert "darfix-wb check" in fields["scan"]["description"]
    assert len(fields["sharing"]["options"]) >= 4


def test_there_are_three_forms():
    assert [path.stem for path in FORMS] == ["error", "question", "wrong_result"]
