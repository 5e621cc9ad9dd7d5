"""How a page speaks and looks. Each function reads one value, or raises a Fault."""

from __future__ import annotations

import re

from uptally.config.marks import shown
from uptally.config.values import Fault, text

_LANGUAGE = re.compile(
    r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|\d{3}))?((?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*)", re.ASCII | re.IGNORECASE
)


def language(value: object) -> str:
    """Read a tag of BCP 47 (RFC 5646, section 2.1) without extensions, in the case that its section 2.1.1 advises.

    >>> language("PT-br"), language("zh-hant-TW")
    ('pt-BR', 'zh-Hant-TW')
    """
    expected = "expected the tag of a language, such as en, de or pt-BR"
    written = text(value, expected.removeprefix("expected "))
    match = _LANGUAGE.fullmatch(written)
    if match is None:
        hyphened = written.strip().partition(".")[0].replace("_", "-")
        remedy = f"write {language(hyphened)}" if _LANGUAGE.fullmatch(hyphened) else expected
        raise Fault(expected, f"{shown(written)} is no such tag: {remedy}")
    speech, script, region, variants = match.groups()
    parts = (speech.lower(), script and script.title(), region and region.upper(), variants.strip("-").lower())
    return "-".join(part for part in parts if part)
