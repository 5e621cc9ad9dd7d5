"""What the page says of how it is measured is what is configured, and nothing of what is private."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from tests.page.sample import NOW_MS, endpoint, settings, standings
from uptally.model.agreement import Service
from uptally.model.downtime import Run
from uptally.model.terms import Edges, ExclusionRule, ExclusionRules, Terms, Unknown
from uptally.page.method import NAMED_MAX, Measuring, Method, method_of
from uptally.page.render import render_method
from uptally.units.time import DAY_MS, MINUTE_MS

BARE = Terms.bare("99.9%", Fraction(999, 1000))


def method(measuring: Measuring, coverage: str = "99.98") -> Method:
    return method_of(measuring, settings(), coverage=coverage, now_ms=NOW_MS)


def page(measuring: Measuring) -> str:
    (found,) = render_method(measuring, standings(), settings=settings(), now_ms=NOW_MS, version="1").values()
    return " ".join(found.decode().split())


def test_services_that_are_asked_alike_are_one_row_and_say_which_budget_that_proves() -> None:
    found = method(
        Measuring([endpoint("Web", interval_ms=2_000), endpoint("Slow", interval_ms=60_000), endpoint("Mail")])
    )
    assert [(row.of.names, row.every, row.waits, row.proves) for row in found.rows] == [
        (("Web", "Mail"), "every 2 s", "5 s", "6 s"),
        (("Slow",), "every minute", "5 s", "3 min"),
    ]


def test_of_many_services_some_are_named_and_the_rest_are_counted() -> None:
    (row,) = method(Measuring([endpoint(f"S{number}") for number in range(NAMED_MAX + 3)])).rows
    assert (len(row.of.names), row.of.more) == (NAMED_MAX, 3)


def test_what_is_private_is_not_told() -> None:
    hidden = endpoint("Hidden", is_public=False, sla="99.9999%")
    secret = Service("Inner", "inner", ("hidden",), is_public=False, terms=(replace(BARE, unknown=Unknown.AS_UP),))
    said = page(Measuring([endpoint("Web", sla="99.9%"), hidden], [secret]))
    assert "Web" in said
    assert "Hidden" not in said
    assert "Inner" not in said
    assert "99.9999" not in said


def test_without_canaries_it_is_said_that_nothing_tells_our_own_faults() -> None:
    assert "Nothing here tells a failure of our own network" in page(Measuring())
    assert "An endpoint of other people tells whether" in page(Measuring(canaries=1))
    assert "Some endpoints of other people tell whether" in page(Measuring(canaries=3))


def test_names_are_judged_as_the_resolvers_allow() -> None:
    assert "A name that does not exist counts as down" in page(Measuring())
    assert "2 other resolvers must agree" in page(Measuring(resolvers=2))


def test_several_locations_vote_by_majority_or_by_the_number_that_is_configured() -> None:
    assert "We look from one place" in page(Measuring(locations=["local"]))
    asked = [replace(endpoint("Web"), quorum=2), endpoint("Mail")]
    said = page(Measuring(asked, locations=["fra1", "nyc1"]))
    assert "We look from 2 places: fra1, nyc1." in said
    assert "Instead of a majority, 2 must say so of <bdi>Web</bdi>." in said


def test_terms_that_count_otherwise_are_told_and_a_bare_promise_is_not() -> None:
    maintenance = ExclusionRules((ExclusionRule("maintenance", 2 * DAY_MS),))
    terms = replace(BARE, downtime=Run(5 * MINUTE_MS), edges=Edges.MAX, exclusions=maintenance)
    shop = Service("Shop", "shop", ("a", "b"), terms=(terms,))
    ((of, said),) = method(Measuring([endpoint("Web", sla="99.9%")], [shop])).terms
    assert of.names == ("Shop",)
    assert said == (
        "An outage counts if it lasts at least 5 min, within the service time: all of it",
        "An outage counts for the longest time that it can have lasted",
        "What is left out: maintenance, if it is announced 2 days before",
    )


def test_who_checks_it_says_when_that_was_last_and_for_how_long_checks_are_kept() -> None:
    assert "That all of it was gone through is not on record yet." in page(Measuring())
    said = page(Measuring(keep_ms=400 * DAY_MS, checked_ms=NOW_MS))
    assert "for 400 days" in said
    assert "on 23 November 2026" in said


def test_the_strictest_promise_is_the_example() -> None:
    found = method(Measuring([endpoint("Web", sla="99.9%"), endpoint("Mail", sla="99.99%")]))
    assert found.example == ("99.99", "4 min 20 s")


def test_the_coverage_is_that_of_the_public_services() -> None:
    assert 'the state was known for <b class="n">' in page(Measuring())
    assert "nothing has been observed yet" in " ".join(
        render_method(Measuring(), [], settings=settings(), now_ms=NOW_MS, version="1")["method.html"].decode().split()
    )
