"""Rules of the house about files, checked over the whole tree."""

from __future__ import annotations

import ast
import re

LONGEST = 400
PACKAGES = ("solvers/", "matcher/", "api/", "fixtures/")
LEFTOVERS = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:home|root|tmp|work|Users|private)/[\w.]")
TEXT = {".py", ".md", ".toml", ".txt", ".json", ".svg", ".cfg", ".yml", ""}
TOP_LEVEL = {
    ".ci",
    ".gitignore",
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "api",
    "benchmarks",
    "constraints.txt",
    "docs",
    "fixtures",
    "matcher",
    "peerloom.py",
    "pyproject.toml",
    "solvers",
    "tests",
}


def test_no_file_of_code_is_longer_than_400_lines(sources):
    lengths = {name: text.count("\n") for name, text in sources.items()}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_top_level_holds_what_it_should_and_nothing_else(tree, root):
    assert {path.relative_to(root).parts[0] for path in tree} == TOP_LEVEL


def test_nothing_is_left_to_do_later(sources):
    assert [name for name, text in sources.items() if LEFTOVERS.search(text)] == []


def test_no_path_of_a_single_machine(tree, root):
    found = []
    for path in tree:
        if path.suffix in TEXT and path.is_file():
            match = MACHINE_PATHS.search(path.read_text("utf-8"))
            if match:
                found.append((path.relative_to(root).as_posix(), match[0]))
    assert found == []


def public_without_docstring(text: str) -> list[str]:
    """Names of public functions, classes and methods that nobody described."""
    found = []

    def visit(node: ast.AST, inside: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.ClassDef) and not child.name.startswith("_"):
                overload = any("overload" in ast.unparse(mark) for mark in child.decorator_list)
                if ast.get_docstring(child) is None and not overload:
                    found.append(f"{inside}{child.name} (line {child.lineno})")
                if isinstance(child, ast.ClassDef):
                    visit(child, f"{inside}{child.name}.")

    visit(ast.parse(text), "")
    return found


def test_every_module_and_public_name_is_described(sources):
    missing = {}
    for name, text in sources.items():
        if name.startswith(PACKAGES) and text.strip():
            gaps = public_without_docstring(text)
            if ast.get_docstring(ast.parse(text)) is None:
                gaps.insert(0, "the module")
            if gaps:
                missing[name] = gaps
    assert missing == {}


def test_the_check_for_descriptions_sees_functions_and_methods():
    text = "def a(): pass\nclass B:\n  'b'\n  def c(self): pass\n  def _d(self): pass\ndef e(): 'e'\n"
    assert public_without_docstring(text) == ["a (line 1)", "B.c (line 4)"]
