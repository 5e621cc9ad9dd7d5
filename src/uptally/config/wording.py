"""What pydantic found, in our words: with the remedy, and without any value that a variable gave or that is secret."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from uptally.config.file import File
from uptally.config.marks import Path, Table, nearest
from uptally.config.page_shape import Page
from uptally.config.shape import (
    Auth,
    Basic,
    Canary,
    Defaults,
    Endpoint,
    Expect,
    Monitor,
    Server,
    Shape,
    Store,
    Tls,
)
from uptally.config.source import Source
from uptally.config.values import Fault, kind_of

_Model = TypeVar("_Model", bound=Shape)

_TRUE = ("yes", "y", "on", "true", "1")
_FALSE = ("no", "n", "off", "false", "0")
_HOMES: dict[type[Shape], dict[type[Shape], str]] = {
    File: {
        Defaults: "under 'defaults'",
        Monitor: "under 'monitor'",
        Page: "under 'page'",
        Server: "under 'server'",
        Store: "under 'store'",
    },
    Endpoint: {Expect: "under 'expect'", Tls: "under 'tls'", Auth: "under 'auth'"},
    Canary: {
        Expect: "under 'expect'",
        Tls: "under 'tls'",
        Auth: "under 'auth'",
        Endpoint: "to endpoints, not canaries",
    },
    Defaults: {Endpoint: "to each endpoint itself", Expect: "under 'expect' of each endpoint"},
    Expect: {Endpoint: "to the endpoint itself"},
    Tls: {Endpoint: "to the endpoint itself"},
    Auth: {Basic: "under 'basic'", Endpoint: "to the endpoint itself"},
    Basic: {Auth: "under 'auth'", Endpoint: "to the endpoint itself"},
}
"""For each table, where a key that it does not know may belong."""

_STAND_INS: Mapping[Path, object] = {("auth", "basic", "username"): "unnamed"}
"""What stands for a key at fault inside a table that cannot be without it."""


def validated(model: type[_Model], value: object, path: Path, source: Source) -> _Model | None:
    """Return a table of the file as its model; None, with every problem added, where it is none."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        _add(error, model, path, source)
        return None


def validated_in_part(
    model: type[_Model], value: object, path: Path, source: Source, **instead: object
) -> _Model | None:
    """Return a table as its model, of what is right in it where not all is, so that a fault hides none of another kind.

    Every problem is added. `instead` stands for keys at fault without which there is no model; None where that does not
    make one.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        faults = _add(error, model, path, source)
        stand_ins = dict(_STAND_INS)
        stand_ins.update(((key,), item) for key, item in instead.items())
        try:
            return model.model_validate(_mended(value, faults, stand_ins))
        except ValidationError:
            return None


def _add(error: ValidationError, model: type[Shape], path: Path, source: Source) -> set[Path]:
    """Add every problem of a table, and return the paths inside it at which they stand."""
    faults: set[Path] = set()
    for item in error.errors(include_url=False):
        inner = tuple(part for part in item["loc"] if part != "[key]")
        here = (*path, *inner)
        # A text may stand for a table of one key, and the fault is then within it.
        is_variable = here in source.written or here[:-1] in source.written
        source.problems.add(here, _sentence(item, model, inner, is_variable=is_variable))
        faults.add(inner)
    return faults


def _mended(value: object, faults: Collection[Path], stand_ins: Mapping[Path, object]) -> object:
    """Return a value without what stands at some paths in it, and there with what stands for it, if anything does."""
    if not isinstance(value, Table):
        return value
    kept = Table(value.mark)
    for key in dict.fromkeys([*value, *(fault[0] for fault in faults if isinstance(fault[0], str))]):
        below = {fault[1:] for fault in faults if fault[0] == key}
        # A list is left out as a whole: without one of its items, paths would name others.
        if () not in below and (not below or isinstance(value.get(key), Table)):
            inner = {path[1:]: item for path, item in stand_ins.items() if path[0] == key and path[1:]}
            kept[key] = _mended(value[key], below, inner)
        elif (key,) in stand_ins:
            kept[key] = stand_ins[(key,)]
    return kept


def _sentence(item: Any, model: type[Shape], path: Path, *, is_variable: bool) -> str:
    value, context = item["input"], item.get("ctx", {})
    match item["type"]:
        case "value_error" if isinstance(fault := context["error"], Fault):
            return f"the variable's value is refused: {fault.expected}" if is_variable else fault.found
        case "missing":
            return "the key is missing"
        case "extra_forbidden":
            return unknown_key(model, path)
        case "bool_type":
            word = str(value).lower()
            remedy = "true" if word in _TRUE else "false" if word in _FALSE else ""
            return "expected true or false" + (f": write {remedy}" if remedy and not is_variable else "")
        case "int_type":
            is_quoted = isinstance(value, str) and value.isdigit() and not is_variable
            return "expected a whole number" + (": write it without quotes" if is_quoted else "")
        case "greater_than_equal":
            return f"must be {context['ge']} or more"
        case "less_than_equal":
            return f"must be {context['le']} or less"
        case "list_type":
            return f"expected a list, not {kind_of(value)}: begin each with a hyphen"
        case "too_long":
            return f"has {context['actual_length']} entries; at most {context['max_length']} are supported"
        case "model_type" | "dict_type":
            return f"expected keys and values, not {kind_of(value)}"
        case _:
            return "is not what is expected here"


def unknown_key(model: type[Shape], path: Path) -> str:
    """Say what is wrong with a key that a table does not know: where it belongs, or the nearest that it knows."""
    key, table = str(path[-1]), _model_at(model, path[:-1])
    for other, home in _HOMES.get(table, {}).items():
        if key in _keys(other):
            return f"unknown key here: it belongs {home}"
    return f"unknown key{nearest(key, _keys(table))}"


@cache
def _keys(model: type[Shape]) -> tuple[str, ...]:
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _model_at(model: type[Shape], path: Path) -> type[Shape]:
    for part in path:
        field = next((field for name, field in model.model_fields.items() if part in (name, field.alias)), None)
        model = _model_in(field.annotation) if field else model
    return model


def _model_in(annotation: Any) -> type[Shape]:
    """Return the table that an annotation such as `Tls | None` speaks of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation  # type: ignore[return-value]  # all models of this room are shapes
    return next((found for argument in get_args(annotation) if (found := _model_in(argument)) is not Shape), Shape)
