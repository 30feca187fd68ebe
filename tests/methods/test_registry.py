"""Every method says what it is."""

import subprocess
import sys

import pytest

from darfix_wb.methods.method import MethodOptions
from darfix_wb.methods.registry import METHODS, make_method, method_names


@pytest.mark.parametrize("name", method_names())
def test_a_method_says_its_name_title_and_hint(name):
    method = make_method(name, MethodOptions())
    assert method.name == name
    assert method.title
    assert method.title != name
    assert len(method.hint.split()) > 4
    assert "\n" not in method.hint


def test_titles_and_hints_tell_methods_apart():
    methods = [make_method(name, MethodOptions()) for name in method_names()]
    assert len({method.title for method in methods}) == len(methods)
    assert len({method.hint for method in methods}) == len(methods)


def test_the_baseline_is_no_choice_of_a_comparison():
    assert method_names() == ("majority", *METHODS)


def test_what_methods_are_is_known_without_torch():
    code = (
        "import sys\n"
        "from darfix_wb.methods.method import MethodOptions\n"
        "from darfix_wb.methods.registry import make_method, method_names\n"
        "for name in method_names():\n"
        "    method = make_method(name, MethodOptions())\n"
        "    print(method.title, method.hint, method.needs_labels, method.trains)\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=120)
