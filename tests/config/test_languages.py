"""Pages that say the same in other languages: which know of each other, and what is refused."""

import pytest

from tests.config.conftest import Loaded
from uptally.errors import ConfigError
from uptally.model.settings import Counterpart

REST = """\
endpoints:
  - {name: Website, url: "https://a.example/"}
  - {name: Mail, url: "https://c.example/"}
  - {name: Vault, url: "https://d.example/", public: false}
"""
EN, DE, FR = "https://status.example/", "https://status.example/de/", "https://elsewhere.example/fr/"
NAMED = f"languages: {{en: '{EN}', de: '{DE}'}}"
MAIN = f"page: {{url: '{EN}', {NAMED}}}\n"


def counterparts(loaded: Loaded, german: str = "", main: str = MAIN) -> list[tuple[Counterpart, ...]]:
    further = f"pages: [{{directory: de, language: de, url: '{DE}'{german and ', ' + german}}}]\n"
    return [page.counterparts for page in loaded(main + further + REST).pages]


def test_pages_that_the_main_one_names_have_each_other_in_the_other_language(loaded: Loaded) -> None:
    both = frozenset({"website", "mail"})
    assert counterparts(loaded) == [
        (Counterpart("de", DE, True, both, True),),
        (Counterpart("en", EN, True, both, True),),
    ]


def test_a_page_that_is_not_named_has_none_until_it_names_its_own(loaded: Loaded) -> None:
    alone = f"page: {{url: '{EN}', languages: {{fr: '{FR}'}}}}\n"
    assert counterparts(loaded, main=alone) == [(Counterpart("fr", FR),), ()]
    (_, german) = counterparts(loaded, f"languages: {{fr: '{FR}'}}", main=alone)
    assert german == (Counterpart("fr", FR),)


def test_a_service_has_a_counterpart_where_both_pages_show_it_and_history_where_the_other_has_all_of_it(
    loaded: Loaded,
) -> None:
    main, german = counterparts(loaded, "services: [mail]")
    assert main == (Counterpart("de", DE, True, frozenset({"mail"}), has_history=False),)
    assert german == (Counterpart("en", EN, True, frozenset({"mail"}), has_history=True),)


def test_months_of_another_time_zone_are_not_the_same(loaded: Loaded) -> None:
    assert [each.has_history for (each,) in counterparts(loaded, "timezone: Europe/Berlin")] == [False, False]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            f"page: {{languages: {{EN: '{EN}'}}}}\n",
            "1:20: page.languages.EN: is the language of this page, whose 'url'",
        ),
        (f"page: {{url: '{DE}', languages: {{en: '{EN}'}}}}\n", "page.languages.en: is the language of this page"),
        (f"page: {{languages: {{German: '{DE}'}}}}\n", "page.languages.German: 'German' is no such tag"),
        ("page: {languages: {de: de/}}\n", "page.languages.de: "),
        (
            f"page: {{languages: {{fr: '{DE}'}}}}\npages: [{{directory: de, language: de, url: '{DE}'}}]\n",
            "page.languages.fr: is the address of a page in de: say its language",
        ),
        (
            f"page: {{languages: {{de: '{DE}'}}}}\n"
            f"pages: [{{directory: de, language: de, url: '{DE}', audience: private}}]\n",
            "page.languages.de: is the address of a private page, which a page for everyone does not name",
        ),
    ],
)
def test_what_cannot_be_the_same_page_is_refused(loaded: Loaded, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(text + REST)
    assert message in str(caught.value)
