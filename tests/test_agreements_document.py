"""docs/agreements.md is true: its rows and files load, and its sums are those of the engine that makes statements."""

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from tests.config.test_schema import accepted_by_editors
from uptally.books.subjects import promises_of
from uptally.config import load, schema
from uptally.model.facts import Exclusion, Facts, History
from uptally.model.judgement import PeriodJudgement, WindowJudgement
from uptally.model.settings import Settings
from uptally.model.terms import Terms
from uptally.rules.contract.evaluate import judge
from uptally.rules.contract.periods import period_window
from uptally.rules.contract.wording import percent, seconds
from uptally.units.money import Rounding, exact_text, rounded
from uptally.units.ratio import exact_percent
from uptally.units.stretches import Stretches, stretches
from uptally.units.time import to_local, wall_ms

DOCUMENT = (Path(__file__).parents[1] / "docs/agreements.md").read_text(encoding="utf-8")
EXAMPLES = (
    "Office hours in the month of the clock change",
    "A hundred outages of 4:59",
    "Maintenance that overruns, and a notice that comes too late",
    "Exactly 99.9%, and exactly 99.0%",
    "Caps, and a claim that came a minute too late",
    "Renegotiated in the middle of a month",
    "One outage, three ways to combine two endpoints",
)
"""What is worked out on the page. One that is added or lost is to be so on purpose."""

ENDPOINTS = """\
endpoints:
  - {name: Website, url: "https://a.example/", sla: common}
  - {name: API, url: "https://b.example/", sla: common}
"""
COMMON = f"{ENDPOINTS}slas: {{common: 99.9%}}\n"
PLACES = {
    "slas": f"{ENDPOINTS}slas:\n  common:\n    target: 99.9%\n    KEYS\n",
    "services": f"{COMMON}services:\n  - name: Shop\n    endpoints: [website, api]\n    KEYS\n",
    "agreements": f"{COMMON}agreements:\n  - {{name: Corporate, sla: 99%}}\n"
    "  - name: Example\n    extends: corporate\n    covers: [api]\n    KEYS\n",
    "maintenance": f"{COMMON}maintenance:\n  - id: x\n    start: 2026-10-04 02:00\n    KEYS\n",
}
"""Where the keys of a row stand in a whole file."""

STATES = re.compile(r"(\S+) +(down|unknown) +(\S+ \S+) to (\S+ \S+)")
CLAIMS = re.compile(r"claim +for (\S+) +(\S+ \S+)")
VERDICT = re.compile(r"(?:(\S+%) ([<=>]) (\S+%), )?(met|missed)")
UNITS = {"d": 86_400, "h": 3_600, "min": 60, "s": 1, "%": Fraction(1, 100)}
SUMS: Mapping[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
COMPARISONS: Mapping[str, Callable[[Fraction, Fraction], bool]] = {"<": operator.lt, "=": operator.eq, ">": operator.gt}

Heading = tuple[str, ...]


class Judged(NamedTuple):
    terms: Terms
    period: PeriodJudgement


class Example(NamedTuple):
    title: str
    config: str
    happened: str
    sums: str


def rows() -> list[tuple[str, str]]:
    """Every row of the tables: the section, and the keys as lines."""
    cells = [line.strip("| ").split(" | ") for line in DOCUMENT.splitlines() if line.startswith("| ")]
    assert {len(each) for each in cells} == {4}
    return [(place, "\n".join(re.findall(r"`([^`]+)`", keys))) for _, place, keys, _ in cells if place != "where"]


def examples() -> list[Example]:
    found = []
    for _, title, text in re.findall(r"^### (\d)\. ([^\n]+)\n(.*?)(?=^### |\Z)", DOCUMENT, re.DOTALL | re.MULTILINE):
        blocks = re.findall(r"^```(\w+)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
        assert [kind for kind, _ in blocks] == ["yaml", "text", "text"], title
        found.append(Example(title, *(block for _, block in blocks)))
    return found


def loaded(text: str, folder: Path) -> Settings:
    file = folder / "probes.yaml"
    file.write_text(text, encoding="utf-8")
    accepted_by_editors(text)
    return load(file, environment={})


def in_place(place: str, keys: str) -> str:
    """Put the keys of a row into a whole file, instead of the same keys."""
    written = {line.partition(":")[0] for line in keys.splitlines()}
    lines: list[str] = []
    for line in PLACES[place].splitlines():
        if line.strip() == "KEYS":
            lines += [line.replace("KEYS", key) for key in keys.splitlines()]
        elif not (line.startswith("    ") and line.strip().partition(":")[0] in written):
            lines.append(line)
    return "\n".join(lines) + "\n"


def keys_said(place: str) -> set[str]:
    return {line.partition(":")[0] for section, keys in rows() if section == place for line in keys.splitlines()}


def at_ms(text: str, zone: ZoneInfo) -> int:
    """Return the one instant at which the clocks of a zone show a reading."""
    reading = datetime.fromisoformat(text)
    local = to_local(wall_ms(reading, zone), zone)
    assert local.replace(tzinfo=None) == reading, f"{text} is skipped by the clocks of {zone}"
    assert local.utcoffset() == local.replace(fold=1).utcoffset(), f"{text} comes twice in {zone}"
    return wall_ms(reading, zone)


def facts_of(happened: str, settings: Settings, components: tuple[str, ...], zone: ZoneInfo) -> Facts:
    states: dict[tuple[str, str], list[tuple[int, int]]] = {}
    claims: dict[str, int] = {}
    for line in happened.splitlines():
        state, claim = STATES.fullmatch(line), CLAIMS.fullmatch(line)
        if state:
            states.setdefault((state[1], state[2]), []).append((at_ms(state[3], zone), at_ms(state[4], zone)))
        else:
            assert claim, line
            claims[claim[1]] = at_ms(claim[2], zone)
    assert {name for name, _ in states} <= {endpoint.slug for endpoint in settings.endpoints}
    planned = [Exclusion(p.id, p.kind, p.start_ms, p.end_ms, p.declared_ms) for p in settings.maintenance]

    def time(name: str, state: str) -> Stretches:
        return stretches(states.get((name, state), []))

    histories = {name: History(time(name, "down"), time(name, "unknown")) for name in components}
    return Facts(histories, tuple(planned), claims=claims)


def judgements(example: Example, settings: Settings, labels: list[str]) -> dict[Heading, Judged]:
    """What each service and each version of its terms come to, by the words with which the page heads them."""
    found: dict[Heading, Judged] = {}
    promises = list(promises_of(settings))
    for promise in promises:
        for number, terms in enumerate(promise.terms, 1):
            periods = [(label, period_window(terms.period, label, terms.zone)) for label in labels]
            facts = facts_of(example.happened, settings, promise.service.components, terms.zone)
            words = (
                *((promise.service.slug,) if len(promises) > 1 else ()),
                *((f"version {number}",) if len(promise.terms) > 1 else ()),
            )
            found.update({(each.label, *words): Judged(terms, each) for each in judge(terms, facts, periods).periods})
    return found


def figures(sums: str) -> dict[Heading, dict[str, str]]:
    """The page's lines: under each heading, by their label."""
    found: dict[Heading, dict[str, str]] = {}
    lines: dict[str, str] = {}
    for line in sums.splitlines():
        if line.endswith(":"):
            lines = found[tuple(line.removesuffix(":").split(", "))] = {}
        else:
            label, _, text = line.strip().partition("  ")
            assert label not in lines, line
            lines[label] = text.strip()
    return found


def value_of(expression: str) -> Fraction:
    """Work out a sum exactly."""
    text = re.sub(r"(\d[\d.]*) ?(d|h|min|s|%)(?!\w)", lambda m: f"({m[1]} * {UNITS[m[2]]})", expression)
    text = re.sub(r" (EUR|USD)", "", text).replace("×", "*")

    def walk(node: ast.expr) -> Fraction:
        if isinstance(node, ast.BinOp):
            return SUMS[type(node.op)](walk(node.left), walk(node.right))
        assert isinstance(node, ast.Constant), expression
        return Fraction(ast.get_source_segment(text, node) or "")

    return walk(ast.parse(text, mode="eval").body)


def money(value: Fraction, currency: str) -> str:
    """Write an amount, with all its decimals where these are more than cents: no sum of the page needs rounding."""
    cents = rounded(value, decimals=2, rounding=Rounding.HALF_EVEN)
    return f"{cents if Fraction(cents) == value else exact_text(value)} {currency}"


def written(value: Fraction, like: str) -> str:
    """Write a value in the unit of a text."""
    if like.endswith("%"):
        return percent(value)
    return f"{seconds(value * 1_000)} s" if like.endswith(" s") else money(value, like[-3:])


def of_window(found: WindowJudgement) -> dict[str, str]:
    """What may be printed of a window, and what must: see `test_each_example_...`."""
    assert found.availability is not None
    lengths = {
        "scheduled": found.scheduled_ms,
        "agreed": found.agreed_ms,
        "denominator": found.denominator_ms,
        "excluded": found.excluded_ms,
        "ignored": found.ignored_ms,
        "budget": found.budget_ms,
        "counted": found.counted_ms,
    }
    figures = {label: f"{seconds(length)} s" for label, length in lengths.items()}
    return {**figures, "availability": percent(found.availability), "verdict": "met" if found.is_met else "missed"}


def of_period(judged: Judged) -> dict[str, str]:
    terms, period = judged
    figures = {"verdict": "met" if period.is_met else "missed"}
    if terms.fee is None or period.amount is None:
        return figures
    figures["credit"] = f"{period.amount:f} {terms.fee.currency}"
    if period.claim_by_ms is not None and period.amount:
        figures["claim"] = f"before {to_local(period.claim_by_ms, terms.zone):%Y-%m-%d %H:%M}"
        if period.claim.value != "not_made":
            figures["claimed"] = period.claim.value.replace("_", " ")
            figures["due"] = f"{period.payable:f} {terms.fee.currency}"
    return figures


def expected(judged: Mapping[Heading, Judged]) -> dict[Heading, dict[str, str]]:
    """What the engine says under each heading: windows of their own only where there are several."""
    found: dict[Heading, dict[str, str]] = {}
    for heading, each in judged.items():
        windows = each.period.windows
        for window in windows:
            found.setdefault((*heading, window.name) if len(windows) > 1 else heading, {}).update(of_window(window))
        found.setdefault(heading, {}).update(of_period(each))
    return found


MUST = {"counted", "availability", "verdict", "credit", "claim", "claimed", "due"}


def wrong_in(printed: Mapping[str, str], engine: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with the lines under a heading: sums that do not come out, and figures of others."""
    yield from (f"{label} is missing: {engine[label]}" for label in MUST & engine.keys() - printed.keys())
    yield from (f"{label} is none of the engine's" for label in MUST & printed.keys() - engine.keys())
    for label, text in printed.items():
        if label == "verdict":
            yield from wrong_verdict(text, printed, engine["verdict"])
            continue
        expression, _, result = text.rpartition(" = ")
        if expression and written(value_of(expression), result) != result:
            yield f"{label}: {expression} = {written(value_of(expression), result)}, not {result}"
        if label in engine and result != engine[label]:
            yield f"{label} is {engine[label]}, not {result}"


def wrong_verdict(text: str, printed: Mapping[str, str], verdict: str) -> Iterator[str]:
    match = VERDICT.fullmatch(text)
    assert match, text
    if match[4] != verdict:
        yield f"the verdict is {verdict}, not {match[4]}"
    if match[1] and not printed["availability"].endswith(f" = {match[1]}"):
        yield f"the verdict is of {match[1]}, and the availability is not"
    if match[1] and not COMPARISONS[match[2]](value_of(match[1].replace("...", "")), value_of(match[3])):
        yield f"it is not so that {text}"


def test_the_examples_are_those_that_are_meant() -> None:
    assert tuple(example.title for example in examples()) == EXAMPLES
    assert len(re.findall(r"^```yaml$", DOCUMENT, re.MULTILINE)) == len(EXAMPLES)


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.title)
def test_each_example_comes_to_what_its_page_works_out(example: Example, tmp_path: Path) -> None:
    settings = loaded(example.config, tmp_path)
    printed = figures(example.sums)
    labels = list(dict.fromkeys(heading[0] for heading in printed))
    judged = judgements(example, settings, labels)
    engine = expected(judged)
    assert list(printed)
    assert set(printed) == set(engine)
    assert [f"{heading}: {wrong}" for heading in printed for wrong in wrong_in(printed[heading], engine[heading])] == []


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.title)
def test_any_other_result_would_be_noticed(example: Example, tmp_path: Path) -> None:
    settings = loaded(example.config, tmp_path)
    printed = figures(example.sums)
    engine = expected(judgements(example, settings, list(dict.fromkeys(heading[0] for heading in printed))))
    for heading, lines in printed.items():
        for label in MUST & lines.keys():
            last = list(re.finditer(r"\d|met|missed|late|in time", lines[label]))[-1]
            other = str((int(last[0]) + 1) % 10) if last[0].isdigit() else "met" if last[0] == "missed" else "missed"
            changed = {**lines, label: lines[label][: last.start()] + other + lines[label][last.end() :]}
            assert list(wrong_in(changed, engine[heading])), changed[label]


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.title)
def test_each_verdict_names_the_target_of_its_terms(example: Example, tmp_path: Path) -> None:
    settings = loaded(example.config, tmp_path)
    printed = figures(example.sums)
    for heading, (terms, period) in judgements(example, settings, list({key[0] for key in printed})).items():
        for window in terms.windows:
            lines = printed[(*heading, window.name) if len(period.windows) > 1 else heading]
            assert f" {exact_percent(window.target)}%, " in lines["verdict"]


@pytest.mark.parametrize(
    ("number", "said", "instead", "said_of_it", "verdict", "counted"),
    [
        (1, "office\n    fee", "99.5%\n    fee", "13,200 s of 2,674,800 s, which is 99.506...%", "met", "13200 s"),
        (3, "05-08 02:01", "05-08 02:00", "would count, 3,600 s in all", "missed", "3600 s"),
        (3, "to 2026-05-03 05:20", "to 2026-05-03 05:00", "overrun the month would have been met", "met", "1500 s"),
        (
            4,
            "99.9%\n    period",
            "99.9%\n    met_at_target: false\n    period",
            "is missed as well",
            "missed",
            "7776 s",
        ),
    ],
)
def test_what_would_have_been_otherwise_is_so(
    tmp_path: Path, number: int, said: str, instead: str, said_of_it: str, verdict: str, counted: str
) -> None:
    example = examples()[number - 1]
    assert said in example.config + example.happened
    assert said_of_it in DOCUMENT
    other = example._replace(
        config=example.config.replace(said, instead), happened=example.happened.replace(said, instead)
    )
    label = next(iter(figures(example.sums)))[0]
    found = expected(judgements(other, loaded(other.config, tmp_path), [label]))[(label,)]
    assert (found["verdict"], found["counted"]) == (verdict, counted)


def test_the_hole_of_the_fourth_example_is_named_by_check(tmp_path: Path) -> None:
    [finding] = loaded(examples()[3].config, tmp_path).findings
    assert "at exactly 99% nothing is credited" in finding.message


@pytest.mark.parametrize(("place", "keys"), rows())
def test_each_row_of_the_tables_is_accepted(tmp_path: Path, place: str, keys: str) -> None:
    assert loaded(in_place(place, keys), tmp_path).endpoints


@pytest.mark.parametrize(
    ("place", "title"), [("slas", "Sla"), ("agreements", "Agreement"), ("maintenance", "Maintenance")]
)
def test_each_key_of_a_section_has_a_clause(place: str, title: str) -> None:
    known: dict[str, Any] = schema()["definitions"][title]["properties"]
    plain = {"name", "slug", "id", "start", "kind", "timezone", "why", "sla"}
    assert set(known) - plain <= keys_said(place)
    assert keys_said(place) <= set(known)
