"""Sentences whose words and figures are known apart, so that they can be said in another language as well."""

from __future__ import annotations

from collections.abc import Mapping


class Said(str):
    """An English sentence, and what it was made from: a template such as ``{time} s excluded``, and its values.

    A value may be such a sentence itself. As text it is the English sentence, and everything that reads text takes it
    for that.
    """

    template: str
    values: Mapping[str, str]


def said(template: str, /, **values: str) -> Said:
    """Fill a template in.

    >>> line = said("{time} s excluded", time="12.5")
    >>> line, line.template, line.values["time"]
    ('12.5 s excluded', '{time} s excluded', '12.5')
    """
    sentence = Said(template.format(**values))
    sentence.template, sentence.values = template, values
    return sentence
