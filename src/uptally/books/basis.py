"""What decides a month's statements of a configuration, as JSON: so that they can be made again when it has changed.

Nothing of it is a secret: what endpoints are asked, and whom to ask on the customer's side, is left out. Fields that
have their default are left out too, so that a later version, with more of them, reads what an earlier one wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

from uptally.errors import LedgerCorrupt
from uptally.model import agreement, comparison, credit, downtime, endpoint, fee, objective, termination, terms
from uptally.model.settings import MonitorSettings, PageSettings, ServerSettings, Settings, StoreSettings
from uptally.units import money, time

_KIND, _IS = "", "is"
_SHARED = "terms"
"""Terms are written once, since hundreds of agreements may have the same, and named by their place among them."""


def plain(settings: Settings) -> Settings:
    """Return settings with nothing but what decides statements and their rows."""
    return Settings(
        file=settings.file,
        page=PageSettings("", "", settings.page.zone, Path(), 0),
        monitor=MonitorSettings(settings.monitor.location, (), 0, 0),
        store=StoreSettings(Path()),
        server=ServerSettings(False, "", 0),
        endpoints=tuple(_endpoint(each) for each in settings.endpoints),
        findings=(),
        notes=(),
        revision=settings.revision,
        services=tuple(replace(each, description="", place="", group="") for each in settings.services),
        agreements=tuple(_agreement(each) for each in settings.agreements),
    )


def frozen(settings: Settings) -> dict[str, Any]:
    """Return what `thawed` makes plain settings of again, but for the record of their configuration."""
    known = plain(settings)
    writing = _Writing()
    return {
        "zone": known.page.zone.key,
        "location": known.monitor.location,
        "endpoints": [writing.of(each) for each in known.endpoints],
        "services": [writing.of(each) for each in known.services],
        "agreements": [writing.of(each) for each in known.agreements],
        _SHARED: writing.shared,
    }


def thawed(basis: Mapping[str, Any]) -> Settings:
    """Return plain settings as they were frozen. Raises LedgerCorrupt where they are none that this version knows."""
    try:
        shared: list[Any] = []
        for each in basis[_SHARED]:
            shared.append(_read(each, shared))
        return Settings(
            file="",
            page=PageSettings("", "", ZoneInfo(basis["zone"]), Path(), 0),
            monitor=MonitorSettings(basis["location"], (), 0, 0),
            store=StoreSettings(Path()),
            server=ServerSettings(False, "", 0),
            endpoints=tuple(_read(each, shared) for each in basis["endpoints"]),
            findings=(),
            notes=(),
            revision="",
            services=tuple(_read(each, shared) for each in basis["services"]),
            agreements=tuple(_read(each, shared) for each in basis["agreements"]),
        )
    except (LookupError, TypeError, ValueError, OSError) as error:
        raise LedgerCorrupt(f"what a closing was made from cannot be read: {error!r}") from error


def _endpoint(held: endpoint.Endpoint) -> endpoint.Endpoint:
    return endpoint.Endpoint(
        name=held.name,
        slug=held.slug,
        check=endpoint.TcpCheck("", 0),
        interval_ms=held.interval_ms,
        timeout_ms=held.timeout_ms,
        is_public=held.is_public,
        terms=held.terms,
        quorum=held.quorum,
        versions=held.versions,
    )


def _agreement(held: agreement.Agreement) -> agreement.Agreement:
    return replace(
        held,
        customer=agreement.Party(held.customer.name),
        coverage=tuple(replace(each, place="", description="") for each in held.coverage),
        overview="",
        duties=(),
        escalation=(),
        audits=(),
        glossary=(),
        references=(),
    )


class _Writing:
    """Writes values down; of terms, each only once."""

    def __init__(self) -> None:
        self.shared: list[Any] = []
        self._places: dict[int, int] = {}

    def of(self, value: object) -> Any:
        if value is None or (isinstance(value, bool | int | str) and not isinstance(value, Enum)):
            return value
        if isinstance(value, terms.Terms):
            # By identity, since equal terms of different agreements are rare, and comparing them is not quick.
            if id(value) not in self._places:
                self.shared.append(self._table(value))
                self._places[id(value)] = len(self.shared) - 1
            return {_KIND: _SHARED, _IS: self._places[id(value)]}
        return self._table(value)

    def _table(self, value: object) -> Any:
        kind = type(value).__name__
        if is_dataclass(value):
            told = {each.name: getattr(value, each.name) for each in fields(value) if not _has_default(value, each)}
            return {_KIND: kind, **{name: self.of(each) for name, each in told.items()}}
        match value:
            case Enum():
                return {_KIND: kind, _IS: value.value}
            case Fraction() | Decimal() | date() | ZoneInfo():
                return {_KIND: kind, _IS: str(value)}
            case frozenset():
                return {_KIND: kind, _IS: [self.of(each) for each in sorted(value)]}
            case Mapping():
                return {_KIND: "dict", _IS: [[self.of(key), self.of(each)] for key, each in value.items()]}
            case tuple():
                if hasattr(value, "_fields"):
                    return {_KIND: kind, _IS: [self.of(each) for each in value]}
                return [self.of(each) for each in value]
        raise TypeError(f"cannot write down {value!r}")


def _has_default(value: object, field: Any) -> bool:
    held = getattr(value, field.name)
    if field.default is not MISSING:
        return bool(held == field.default)
    return field.default_factory is not MISSING and bool(held == field.default_factory())


def _named(*modules: ModuleType) -> dict[str, Any]:
    return {
        name: each
        for module in modules
        for name, each in vars(module).items()
        if isinstance(each, type) and each.__module__ == module.__name__
    }


_KINDS = _named(agreement, comparison, credit, downtime, endpoint, fee, objective, termination, terms, money, time) | {
    "Fraction": Fraction,
    "Decimal": Decimal,
    "date": date.fromisoformat,
    "ZoneInfo": ZoneInfo,
}


def _read(told: Any, shared: list[Any]) -> Any:
    if isinstance(told, list):
        return tuple(_read(each, shared) for each in told)
    if not isinstance(told, dict):
        return told
    name = told[_KIND]
    if name == _SHARED:
        return shared[told[_IS]]
    if name in ("frozenset", "dict"):
        return {"frozenset": frozenset, "dict": dict}[name](_read(told[_IS], shared))
    kind = _KINDS[name]
    if _IS not in told:
        return kind(**{key: _read(each, shared) for key, each in told.items() if key != _KIND})
    held = _read(told[_IS], shared)
    return kind(*held) if hasattr(kind, "_fields") else kind(held)
