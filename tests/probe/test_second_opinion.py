"""Other resolvers are asked about a name that our own could not look up."""

from __future__ import annotations

import asyncio
import time
from functools import partial

import dns.message
import dns.rcode
import pytest

from tests.probe.nameserver import Answer, naming
from uptally.model.observation import Reason
from uptally.probe.second_opinion import SecondOpinion

NAME = "shop.example"


@pytest.mark.parametrize(
    ("answer", "opinion"),
    [
        (["192.0.2.1"], Reason.NONE),
        (["2001:db8::1"], Reason.NONE),
        ([], Reason.DNS_NOT_FOUND),
        (dns.rcode.NXDOMAIN, Reason.DNS_NOT_FOUND),
        (dns.rcode.SERVFAIL, Reason.DNS_UNAVAILABLE),
        (dns.rcode.REFUSED, None),
        (dns.rcode.NOTIMP, None),
    ],
)
async def test_an_answer_is_what_it_says_of_the_name(answer: Answer, opinion: Reason | None) -> None:
    async with naming({NAME: answer}) as (_, where):
        assert await SecondOpinion([where]).ask(NAME) is opinion


async def test_a_name_is_asked_for_as_it_stands() -> None:
    async with naming({NAME: ["192.0.2.1"]}) as (server, where):
        assert await SecondOpinion([where]).ask("shop") is Reason.DNS_NOT_FOUND
        assert await SecondOpinion([where]).ask(f"{NAME}.") is Reason.NONE
    assert set(server.asked) == {"shop", NAME}


async def test_resolvers_that_differ_have_no_opinion() -> None:
    async with naming({NAME: ["192.0.2.1"]}) as (_, one), naming({}) as (_, other):
        assert await SecondOpinion([one, other]).ask(NAME) is None


async def test_one_that_knows_is_enough_beside_one_that_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("uptally.probe.second_opinion.TRY_S", 0.1)
    async with naming({NAME: None}) as (_, silent), naming({}) as (_, other):
        assert await SecondOpinion([silent, other]).ask(NAME) is Reason.DNS_NOT_FOUND


async def test_silence_is_no_opinion_and_is_not_waited_for_long() -> None:
    async with naming({NAME: None}) as (_, where):
        begin = time.monotonic()
        assert await SecondOpinion([where]).ask(NAME) is None
        assert time.monotonic() - begin < 4


async def test_a_port_that_nobody_listens_on_is_no_opinion() -> None:
    async with naming({}) as (_, where):
        pass
    assert await SecondOpinion([where]).ask(NAME) is None


async def test_a_datagram_that_is_lost_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("uptally.probe.second_opinion.TRY_S", 0.5)
    async with naming({}) as (server, where):
        lost: list[bytes] = []

        def lose(answer: bytes) -> bytes | None:
            lost.append(answer)
            return answer if len(lost) > 2 else None

        server.mangle = lose
        assert await SecondOpinion([where]).ask(NAME) is Reason.DNS_NOT_FOUND


async def test_garbage_and_answers_to_other_questions_are_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("uptally.probe.second_opinion.TRY_S", 0.1)
    async with naming({}) as (server, where):
        for forged in (b"", b"\x00" * 12, dns.message.make_query(NAME, "A").to_wire()):
            server.mangle = partial(_instead, forged)
            assert await SecondOpinion([where]).ask(NAME) is None


def _instead(forged: bytes, answer: bytes) -> bytes:
    return forged


async def test_a_truncated_answer_is_asked_for_over_tcp() -> None:
    def cut(answer: bytes) -> bytes:
        return answer[:2] + bytes([answer[2] | 0x02]) + answer[3:]

    async with naming({NAME: [f"192.0.2.{host}" for host in range(1, 200)]}) as (server, where):
        server.mangle = cut
        assert await SecondOpinion([where]).ask(NAME) is Reason.NONE


async def test_a_name_asked_about_many_times_at_once_is_one_question() -> None:
    async with naming({}) as (server, where):
        opinion = SecondOpinion([where])
        assert set(await asyncio.gather(*(opinion.ask(NAME) for _ in range(50)))) == {Reason.DNS_NOT_FOUND}
        assert len(server.asked) == 2
        await opinion.ask(NAME)
        assert len(server.asked) == 4
