"""A page's language: messages by catalogue, numbers by the signs of the language, sentences said anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.page.sample import settings
from uptally.errors import ConfigError
from uptally.model.settings import PageSettings
from uptally.model.theme import Theme
from uptally.page.catalogue import language_of
from uptally.page.language import ENGLISH, _, figure, html, ngettext, percent, pgettext, resaid, speaking, value_of
from uptally.units.said import said, said_of

OURS = settings()
HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


def settings_of(folder: Path, tag: str, text: str) -> PageSettings:
    """A page whose theme's folder holds a message file."""
    (folder / "messages").mkdir()
    (folder / "messages" / f"{tag}.po").write_text(HEAD + text, encoding="utf-8")
    return replace(OURS, language=tag, theme=Theme(folder))


def test_english_is_what_the_code_says() -> None:
    assert language_of(replace(OURS, language="en", theme=None)) is ENGLISH
    assert (_("{lasted} down", lasted="1 s"), percent("99.95"), figure("1,296.5 s")) == (
        "1 s down",
        "99.95%",
        "1,296.5 s",
    )


def test_an_operators_message_file_makes_a_page_of_another_language(tmp_path: Path) -> None:
    mine = settings_of(tmp_path, "fr", 'msgid "connection refused"\nmsgstr "connexion refusée"\n')
    with speaking(language_of(mine)):
        assert _("connection refused") == "connexion refusée"
        # What the file leaves out stays English, but for its numbers.
        assert _("connection reset") == "connection reset"
        assert (percent("99.95"), figure("1,296.5 s")) == ("99,95\xa0%", "1\u202f296,5 s")
    assert _("connection refused") == "connection refused"


def test_plural_forms_are_those_of_the_language(tmp_path: Path) -> None:
    text = 'msgid "{number} day"\nmsgid_plural "{number} days"\n' + "".join(
        f'msgstr[{form}] "{{number}} {word}"\n' for form, word in enumerate(("dzień", "dni", "dni"))
    )
    with speaking(language_of(settings_of(tmp_path, "pl", text))):
        said_of = [ngettext("{number} day", "{number} days", number) for number in (1, 2, 5)]
    assert said_of == ["1 dzień", "2 dni", "5 dni"]


def test_a_word_of_two_meanings_is_told_apart_by_its_context(tmp_path: Path) -> None:
    text = 'msgctxt "time"\nmsgid "second"\nmsgstr "seconde"\n\nmsgid "second"\nmsgstr "deuxième"\n'
    with speaking(language_of(settings_of(tmp_path, "fr", text))):
        assert (pgettext("time", "second"), _("second")) == ("seconde", "deuxième")


def test_an_operators_file_overrides_ours_message_by_message(tmp_path: Path) -> None:
    with speaking(language_of(replace(OURS, language="de", theme=None))):
        ours = _("connection reset")
    mine = settings_of(tmp_path, "de", 'msgid "connection refused"\nmsgstr "abgewiesen"\n')
    with speaking(language_of(mine)):
        assert (_("connection refused"), _("connection reset")) == ("abgewiesen", ours)


def test_a_region_takes_the_messages_of_its_language_and_its_own_numbers() -> None:
    with speaking(language_of(replace(OURS, language="de-CH", theme=None))):
        swiss = (_("connection refused"), figure("1,296.5"))
    with speaking(language_of(replace(OURS, language="de", theme=None))):
        assert swiss == (_("connection refused"), "1’296.5")
        assert figure("1,296.5") == "1.296,5"


def test_a_language_without_messages_is_refused_with_what_to_do() -> None:
    with pytest.raises(ConfigError, match=r"no messages in 'fr'.*messages/fr\.po"):
        language_of(replace(OURS, language="fr", theme=None))
    with pytest.raises(ConfigError, match="no language that is known"):
        language_of(replace(OURS, language="xx-klingon", theme=None))


def test_a_message_file_is_refused_with_all_its_faults_and_their_lines(tmp_path: Path) -> None:
    text = 'msgid "{time} down"\nmsgstr "{temps} HS"\n\nmsgid "a"\nmsgstr "{"\n'
    with pytest.raises(ConfigError) as refused:
        language_of(settings_of(tmp_path, "fr", text))
    lines = [(problem.file, problem.line) for problem in refused.value.problems]
    file = str(tmp_path / "messages" / "fr.po")
    assert lines == [(file, 5), (file, 8)]
    assert "{time}" in refused.value.problems[0].message


def test_a_message_and_its_values_are_escaped_in_markup(tmp_path: Path) -> None:
    text = 'msgid "by {name}"\nmsgstr "<b>par</b> {name}"\n'
    with speaking(language_of(settings_of(tmp_path, "fr", text))):
        assert html("by {name}", name="<i>") == "&lt;b&gt;par&lt;/b&gt; &lt;i&gt;"
        assert html("by {name}", name=html("a")) == "&lt;b&gt;par&lt;/b&gt; a"


def test_a_sentence_of_the_rules_is_said_anew_with_what_it_holds(tmp_path: Path) -> None:
    text = (
        'msgid "{name}: {line}"\nmsgstr "{name} : {line}"\n\nmsgid "{time} s of {all}"\nmsgstr "{time} s sur {all}"\n'
    )
    line = said("{name}: {line}", name="Web", line=said("{time} s of {all}", time="1,250.5", all="99.9%"))
    assert line == "Web: 1,250.5 s of 99.9%"
    with speaking(language_of(settings_of(tmp_path, "fr", text))):
        assert resaid(line) == "Web : 1\u202f250,5 s sur 99,9\xa0%"
        assert resaid("plain text, 1.5") == "plain text, 1.5"


def test_counts_and_cut_off_figures_of_such_a_sentence_are_those_of_the_language(tmp_path: Path) -> None:
    text = (
        'msgid "{number} day"\nmsgid_plural "{number} days"\nmsgstr[0] "{number} jour"\nmsgstr[1] "{number} jours"\n\n'
    )
    with speaking(language_of(settings_of(tmp_path, "fr", text))):
        days = [resaid(said_of("{number} day", "{number} days", number)) for number in (1, 1_204)]
        assert days == ["1 jour", "1\u202f204 jours"]
        assert value_of("66.666666...%") == "66,666666...\xa0%"
        assert (value_of("web-1.5"), value_of("-2")) == ("web-1.5", "-2")
