"""``${NAME}`` and ``${NAME:-default}`` in strings, filled in from the environment.

After parsing and in values only: what a variable holds can never become a key, a list or a second line of the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from uptally.config.marks import Path, Problems, Rows, Table, entries, replace_entry

_VARIABLE = re.compile(r"\$\$|\$\{(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<default>:-[^}]*)?\}|(?P<bad>))", re.ASCII)
_SCHEME = re.compile(r"\A[A-Za-z][A-Za-z0-9-]* +(?=\$\{)", re.ASCII)
_MALFORMED = "'${' begins a variable: write ${NAME} or ${NAME:-default}, or $$ for a dollar sign"


class Filled(NamedTuple):
    """Of each string that held a variable: the text as it was written, and what the environment gave to it."""

    written: dict[Path, str]
    given: dict[Path, tuple[str, ...]]


def fill(root: object, environment: Mapping[str, str], problems: Problems) -> Filled:
    """Fill in the variables of all strings, in place.

    A variable that is missing or empty and has no default is a problem that names it; no message ever shows a value.
    """
    known = Filled({}, {})
    waiting: list[tuple[Path, Table | Rows]] = [((), root)] if isinstance(root, Table | Rows) else []
    while waiting:
        path, container = waiting.pop()
        for part, value in entries(container):
            if isinstance(value, Table | Rows):
                waiting.append(((*path, part), value))
            elif isinstance(value, str) and "$" in value:
                here = (*path, part)
                filled, faults = filled_text(value, environment)
                if faults:
                    problems.add(here, "; ".join(faults))
                names = [match["name"] for match in _VARIABLE.finditer(value) if match["name"]]
                if names:
                    known.written[here] = value
                    known.given[here] = tuple(filter(None, map(environment.get, names)))
                replace_entry(container, part, filled)
    return known


def filled_text(text: str, environment: Mapping[str, str]) -> tuple[str, list[str]]:
    """Return text with its variables filled in, and what is wrong with them.

    >>> filled_text("${SCHEME:-https}://${HOST}/ for $$5", {"HOST": "example.com"})
    ('https://example.com/ for $5', [])
    """
    faults: list[str] = []

    def value_of(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        if match["bad"] is not None:
            faults.append(_MALFORMED)
            return match[0]
        name = match["name"]
        value = environment.get(name, "")
        if any("\ud800" <= character <= "\udfff" for character in value):
            # How Python hands over bytes of the environment that are no UTF-8; nothing could send or store them.
            faults.append(f"the environment variable {name} holds no UTF-8 text")
            return match[0]
        if value or match["default"] is not None:
            return value or match["default"][2:]
        state = "is empty" if name in environment else "is not set"
        faults.append(f"the environment variable {name} {state}: set it, or write ${{{name}:-default}}")
        return match[0]

    return _VARIABLE.sub(value_of, text), faults


def holds_plain_text(written: str) -> bool:
    """Tell whether text shows anything of its value beside variables, so that a secret in it stands in the file.

    The word in front that names a way of authentication is no secret.

    >>> holds_plain_text("Bearer ${TOKEN}"), holds_plain_text("Bearer hunter2"), holds_plain_text("${TOKEN:-hunter2}")
    (False, True, True)
    """
    written = _SCHEME.sub("", written)
    defaults = [match["default"] for match in _VARIABLE.finditer(written) if match["name"]]
    return bool(_VARIABLE.sub("", written).strip()) or any(default and default != ":-" for default in defaults)
