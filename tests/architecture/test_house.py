"""The house keeps its own rules: sizes, names, and a core that reads no clock. (Imports: `make check`.)"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# A migration is a dated record of the schema, not a module to read or change.
MODULES = sorted(path for path in (ROOT / "listserv").rglob("*.py") if "migrations" not in path.parts)
PURE = [
    "model", "mail", "inbound/route.py", "inbound/decide.py", "outbound/mediate.py", "outbound/retry.py",
    "digest/plan.py", "digest/compose.py",
]  # fmt: skip
UNWANTED_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
UNWANTED_MODULES = {
    "asyncio", "io", "locale", "logging", "os", "pathlib", "random", "secrets", "shutil", "socket",
    "sqlalchemy", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "time", "uuid",
}  # fmt: skip
CLOCKS_AND_DICE = {"now", "utcnow", "today", "localtime", "gmtime", "uuid1", "uuid4", "make_msgid", "open", "input"}


def _name(module: Path) -> str:
    return str(module.relative_to(ROOT))


def _is_pure(module: Path) -> bool:
    inside = module.relative_to(ROOT / "listserv")
    return any(inside.is_relative_to(place) for place in PURE)


def _tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text("utf-8"), str(module))


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_a_module_has_one_idea(module: Path) -> None:
    text = module.read_text("utf-8")
    assert len(text.splitlines()) <= 400, "more than 400 lines: two ideas in one room?"
    assert ast.get_docstring(_tree(module)), "no docstring that says what the file is for"
    assert not UNWANTED_NAMES & set(module.relative_to(ROOT).with_suffix("").parts)


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_no_function_is_long(module: Path) -> None:
    for node in ast.walk(_tree(module)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= 80, f"{node.name} has {lines} lines"


def _impurities(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] in UNWANTED_MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in UNWANTED_MODULES:
            yield f"{node.module}"
        elif isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in CLOCKS_AND_DICE:
                yield f"{called}() in line {node.lineno}"


@pytest.mark.parametrize("module", [module for module in MODULES if _is_pure(module)], ids=_name)
def test_the_core_is_pure(module: Path) -> None:
    assert list(_impurities(_tree(module))) == []


def test_the_purity_test_can_fail() -> None:
    bad = "import os.path\nfrom time import sleep\nimport datetime\nx = datetime.datetime.now()\nopen('f')\n"
    assert len(list(_impurities(ast.parse(bad)))) == 4


def _possessive_groups(tree: ast.Module) -> list[str]:
    """Expressions with a group that is repeated possessively: Python 3.11.0 to 3.11.4 do not step back out of one."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("re.compile", "regex"):
            texts = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
            found += [
                str(text) for text in texts if re.search(r"(?<!\\)\)(?:[*+?]|\{[0-9,]+\})\+", _without_sets(text))
            ]
    return found


def _without_sets(text: object) -> str:
    """The expression without its [...], in which brackets and signs stand for themselves."""
    shown = text.decode("latin-1") if isinstance(text, bytes) else str(text)
    return re.sub(r"(?<!\\)\[(?:\\.|[^\]\\])*\]", "x", shown)


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_no_group_is_repeated_possessively(module: Path) -> None:
    assert not _possessive_groups(_tree(module)), "write (?>(?:...)*) for (?:...)*+"


def test_the_test_of_groups_can_fail() -> None:
    assert _possessive_groups(ast.parse(r"re.compile(r'a++(?:\.[a)]++)*+@')"))
    assert not _possessive_groups(ast.parse(r"re.compile(r'[)*+]a++(?>(?:\.b++)*)\)*+@')"))
