"""How the single values are spelled that several tables of terms hold: what reads each, and what editors are told."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

from uptally.config.contract import readers
from uptally.config.shape import DURATION, pattern
from uptally.config.values import percent
from uptally.model.credit import Award

PERCENT_TEXT = r"\d{1,3}(\.\d{1,12})?\s?%"
DURATION_TEXT = r"(?=.)(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?"
TEXTS = WithJsonSchema(
    {"anyOf": [{"type": "string", "minLength": 1}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
)

Percent = Annotated[Fraction, PlainValidator(percent), pattern(f"^{PERCENT_TEXT}$")]
Span = Annotated[int, PlainValidator(readers.span), DURATION]
Given = Annotated[Award, PlainValidator(readers.award), pattern(f"^{PERCENT_TEXT}$|^{DURATION_TEXT}$")]
