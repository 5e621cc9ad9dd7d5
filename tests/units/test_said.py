"""Sentences that know what they were made from."""

from __future__ import annotations

import pickle

from uptally.units.said import Said, said, said_of, strung, with_values

LINE = said(
    "{line}; {days}",
    line=said("{time} s {word}", time="12.5", word="down"),
    days=said_of("{number} day", "{number} days", 2),
)


def test_a_sentence_is_its_english_text_and_knows_its_template_and_values() -> None:
    assert LINE == "12.5 s down; 2 days"
    assert (LINE.template, LINE.values["line"]) == ("{line}; {days}", "12.5 s down")


def test_one_thing_is_told_in_the_singular_and_any_other_number_in_the_plural() -> None:
    told = [said_of("{number} {what}", "{number} {what}s", number, what="figure") for number in (0, 1, 2, 1_204)]
    assert told == ["0 figures", "1 figure", "2 figures", "1,204 figures"]
    assert (told[0].template, told[0].numbered) == ("{number} {what}", ("{number} {what}s", 0))


def test_values_are_changed_within_sentences_too_and_templates_stay() -> None:
    changed = with_values(LINE, str.upper)
    assert isinstance(changed, Said)
    assert changed == "12.5 s DOWN; 2 days"
    assert changed.template == LINE.template
    assert with_values("as it is", str.upper) == "as it is"


def test_strung_values_stay_values() -> None:
    line = strung(" + ", ["1", "2.5"])
    assert line == "1 + 2.5"
    assert [*line.values.values()] == ["1", "2.5"]


def test_a_sentence_that_another_process_is_sent_still_knows_what_it_was_made_from() -> None:
    sent = pickle.loads(pickle.dumps(LINE))
    assert (sent, sent.template, sent.values) == (LINE, LINE.template, LINE.values)
