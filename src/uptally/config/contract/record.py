"""What is promised, as the ledger records it: so that a later file cannot change what held for a month that is over.

Each noun is written with its kind and with what differs from its default, so that a default which a later version
adds changes no record.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from uptally.config.marks import Path
from uptally.model.agreement import Agreement, Service
from uptally.model.terms import Period, Terms

_APART = {Terms: ("name", "contract"), Period: ("window",)}
"""What changes no figure, and what is written beside the terms."""

DIGEST_LENGTH = 32
"""So many hexadecimal digits of SHA-256 tell terms apart."""


class Promised(NamedTuple):
    """What is promised: the terms, each once, by a digest of what they say, and where which of them hold.

    `promises` are by service, or by agreement and service: the versions in the order of their dates.
    """

    terms: dict[str, object]
    promises: dict[str, list[dict[str, object]]]


def promises_record(services: Sequence[Service], agreements: Sequence[Agreement]) -> Promised:
    """Return all that is promised to everyone, and to those who signed."""
    components = {service.slug: service.components for service in services}
    found = Promised({}, {})
    for service in services:
        if service.terms:
            found.promises[service.slug] = _versions(service.terms, service.components, found.terms)
    for agreement in agreements:
        for covered in agreement.coverage:
            of = components.get(covered.service, ())
            found.promises[f"{agreement.slug}/{covered.service}"] = _versions(covered.terms, of, found.terms)
    return found


def _versions(
    versions: Sequence[Terms], components: Sequence[str], known: dict[str, object]
) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for terms in versions:
        said = told_of(terms)
        digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode("ascii")).hexdigest()[:DIGEST_LENGTH]
        known[digest] = said
        version: dict[str, object] = {"terms": digest, "components": list(components)}
        if terms.contract is not None:
            version |= {"from_ms": terms.contract.start_ms, "until_ms": terms.contract.end_ms}
        if terms.period.window is not None:
            version["period"] = list(terms.period.window)
        found.append(version)
    return found


def place_of(key: str, services: Sequence[tuple[Service, Path]], agreements: Sequence[tuple[Agreement, Path]]) -> Path:
    """Return where the file makes a promise, by its key in the record; the file as a whole where it does so no more."""
    signed, _, promised = key.rpartition("/")
    if not signed:
        return next(((*path, "sla") for service, path in services if service.slug == promised), ())
    for agreement, path in agreements:
        for index, covered in enumerate(agreement.coverage):
            if (agreement.slug, covered.service) == (signed, promised):
                return *path, "covers", index
    return next((path for agreement, path in agreements if agreement.slug == signed), ())


def told_of(value: Any) -> object:
    """Return a noun in values that JSON knows.

    >>> told_of(Fraction(1, 2)), told_of(frozenset({2, 1}))
    ('1/2', [1, 2])
    """
    match value:
        case Enum():
            return value.value
        case Fraction():
            return f"{value.numerator}/{value.denominator}"
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
        case ZoneInfo():
            return value.key
        case frozenset():
            return sorted(map(told_of, value), key=str)
        case Mapping():
            return {str(key): told_of(each) for key, each in value.items()}
        case tuple() if hasattr(value, "_fields"):
            return _told_tuple(value)
        case tuple():
            return [told_of(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        apart = _APART.get(type(value), ())
        parts = {each.name: getattr(value, each.name) for each in fields(value) if each.name not in apart}
        return _told(value, parts, {each.name: _default(each) for each in fields(value)})
    return value


def _told_tuple(noun: Any) -> dict[str, object]:
    return _told(noun, {name: getattr(noun, name) for name in noun._fields}, noun._field_defaults)


def _default(field: Field[Any]) -> object:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _told(noun: object, parts: Mapping[str, object], defaults: Mapping[str, object]) -> dict[str, object]:
    kept = {name: told_of(part) for name, part in parts.items() if name not in defaults or part != defaults[name]}
    return {"is": type(noun).__name__, **kept}
