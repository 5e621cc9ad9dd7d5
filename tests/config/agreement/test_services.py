"""`services:`: endpoints combined, and the list of all that is promised."""

from fractions import Fraction

import pytest

from tests.config.conftest import Loaded
from uptally.model.agreement import Service
from uptally.model.terms import Composite, CompositeMode

ENDPOINTS = """\
endpoints:
  - {name: Website, url: "https://a.example/", group: Public, description: D, public: false}
  - {name: API, url: "https://b.example/", sla: 99.5%}
  - {name: Database, slug: db, url: "tcp://c.example:1"}
"""


def services(loaded: Loaded, text: str) -> dict[str, Service]:
    return {service.slug: service for service in loaded(ENDPOINTS + text).services}


def test_an_endpoint_with_an_sla_is_a_service_with_the_same_slug(loaded: Loaded) -> None:
    [api] = loaded(ENDPOINTS).services
    assert (api.name, api.slug, api.components, api.composite) == ("API", "api", ("api",), None)
    assert [terms.target for terms in api.terms] == [Fraction(995, 1000)]


def test_endpoints_are_named_by_slug_or_by_name_in_either_case(loaded: Loaded) -> None:
    shop = services(loaded, "services: [{name: Shop, endpoints: [WEBSITE, api, database]}]\n")["shop"]
    assert shop.components == ("website", "api", "db")
    assert shop.composite == Composite(CompositeMode.ANY_DOWN)


def test_a_service_of_several_endpoints_judges_them_as_one(loaded: Loaded) -> None:
    combine = "{weighted: {Website: 70%, api: 0.5}}"
    shop = services(loaded, f"services: [{{name: Shop, endpoints: [website, api], combine: {combine}, sla: 99%}}]\n")
    composite = Composite(CompositeMode.WEIGHTED, weights={"website": Fraction(70), "api": Fraction(1, 2)})
    assert shop["shop"].composite == composite
    assert [terms.composite for terms in shop["shop"].terms] == [composite]


@pytest.mark.parametrize(
    ("combine", "composite"),
    [
        ("any_down", Composite(CompositeMode.ANY_DOWN)),
        ("all_down", Composite(CompositeMode.ALL_DOWN)),
        ("pooled", Composite(CompositeMode.POOLED)),
        ("{at_least_down: 2}", Composite(CompositeMode.AT_LEAST_DOWN, 2)),
    ],
)
def test_each_way_to_combine(loaded: Loaded, combine: str, composite: Composite) -> None:
    text = f"services: [{{name: Shop, endpoints: [website, api], combine: {combine}}}]\n"
    assert services(loaded, text)["shop"].composite == composite


def test_a_service_of_one_endpoint_has_nothing_to_combine(loaded: Loaded) -> None:
    assert (
        services(loaded, "services: [{name: Shop, endpoints: [website], combine: pooled}]\n")["shop"].composite is None
    )


def test_a_service_that_is_one_endpoint_may_have_its_slug_and_says_more_of_it(loaded: Loaded) -> None:
    found = services(loaded, "services: [{name: API, endpoints: [api], place: Berlin}]\n")
    assert list(found) == ["api"]
    assert found["api"].place == "Berlin"
    assert [terms.target for terms in found["api"].terms] == [Fraction(995, 1000)]


def test_its_own_promise_goes_before_that_by_default(loaded: Loaded) -> None:
    text = "defaults: {sla: 99%}\nservices: [{name: Website, endpoints: [website], sla: 98%}]\n"
    assert services(loaded, text)["website"].terms[0].target == Fraction(98, 100)


def test_an_endpoint_that_an_agreement_covers_is_a_service(loaded: Loaded) -> None:
    text = "agreements: [{name: X, covers: [website], sla: 99%, approved: {by: x, on: 2026-01-01}}]\n"
    website = services(loaded, text)["website"]
    assert (website.group, website.description, website.is_public) == ("Public", "D", False)
    assert website.terms == ()
