"""The rules of the house that import contracts cannot express: sizes, exact arithmetic, what the lower floors use."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parent.parent / "src" / "uptally"
MODULES = sorted(SRC.rglob("*.py"))
NAMES = [path.relative_to(SRC).as_posix() for path in MODULES]

FILE_LINES = 300
FUNCTION_LINES = 60

# Floors whose results must be exact and repeatable.
EXACT = ("units", "model", "rules")
DIVISION_ALLOWED = {
    "units/ratio.py": "divides Fractions, which stays exact",
    "rules/contract/wording.py": "divides Fractions, which stays exact",
    "rules/contract/credits.py": "divides Fractions, which stays exact",
    "rules/contract/measured.py": "divides Fractions, which stays exact",
    "rules/contract/requests.py": "divides Fractions, which stays exact",
    "rules/contract/sums.py": "divides Fractions, which stays exact",
    "rules/contract/termination.py": "divides Fractions, which stays exact",
}
"""Files of the exact floors that may use `/`, each with its reason; none may hold a float."""

ASKS_THE_TIME = {"now", "utcnow", "today", "localtime", "gmtime"}


def on_exact_floor(name: str) -> bool:
    return name.split("/")[0].removesuffix(".py") in EXACT


EXACT_NAMES = [name for name in NAMES if on_exact_floor(name)]


def parsed(name: str) -> ast.Module:
    return ast.parse((SRC / name).read_text(encoding="utf-8"), filename=name)


def floats(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=float() | complex()):
                yield f"line {node.lineno}: {ast.unparse(node)}"
            case ast.Call(func=ast.Name(id="float")):
                yield f"line {node.lineno}: float()"


def divisions(tree: ast.AST) -> Iterator[str]:
    """True divisions, which make a float out of two integers."""
    for node in ast.walk(tree):
        match node:
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                yield f"line {node.lineno}: {ast.unparse(node)}"


def imported(tree: ast.AST) -> Iterator[str]:
    """Dotted names that a module imports, with `from a import b` as `a.b`."""
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom(module=str(module), level=0):
                yield from (f"{module}.{alias.name}" for alias in node.names)


def asks_the_time(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr=attr)) if attr in ASKS_THE_TIME:
                yield f"line {node.lineno}: {attr}()"


@pytest.mark.parametrize("name", NAMES)
def test_file_is_short_enough_to_read_at_once(name: str) -> None:
    assert len((SRC / name).read_text(encoding="utf-8").splitlines()) <= FILE_LINES


@pytest.mark.parametrize("name", NAMES)
def test_no_function_is_too_long_to_see_whole(name: str) -> None:
    long = [
        f"{node.name}: {length} lines"
        for node in ast.walk(parsed(name))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    ]
    assert not long


@pytest.mark.parametrize("name", EXACT_NAMES)
def test_exact_floors_hold_no_floats(name: str) -> None:
    assert not list(floats(parsed(name)))


@pytest.mark.parametrize("name", [name for name in EXACT_NAMES if name not in DIVISION_ALLOWED])
def test_exact_floors_make_no_floats_by_division(name: str) -> None:
    assert not list(divisions(parsed(name)))


@pytest.mark.parametrize("name", DIVISION_ALLOWED)
def test_allowance_to_divide_is_used(name: str) -> None:
    assert name in EXACT_NAMES
    assert list(divisions(parsed(name)))


@pytest.mark.parametrize("name", EXACT_NAMES)
def test_exact_floors_use_only_the_standard_library(name: str) -> None:
    roots = {dotted.split(".")[0] for dotted in imported(parsed(name))}
    assert not roots - sys.stdlib_module_names - {"uptally"}


@pytest.mark.parametrize("name", EXACT_NAMES)
def test_exact_floors_never_ask_the_time(name: str) -> None:
    assert not list(asks_the_time(parsed(name)))


@pytest.mark.parametrize("source", ["budget = 0.5", "ratio = float(text)"])
def test_a_float_is_seen(source: str) -> None:
    assert list(floats(ast.parse(source)))


@pytest.mark.parametrize("source", ["half = whole / 2", "whole /= 2"])
def test_a_true_division_is_seen(source: str) -> None:
    assert list(divisions(ast.parse(source)))


@pytest.mark.parametrize("source", ["half = whole // 2", "zero = 0", "text = 'a / 0.5'"])
def test_integers_and_text_are_not_taken_for_floats(source: str) -> None:
    tree = ast.parse(source)
    assert not [*floats(tree), *divisions(tree)]
