"""The command of the long proofs tells a seed that failed from one that is well."""

from __future__ import annotations

import pytest

from tests.soak import go_through, main, seeds


def test_a_seed_that_raises_has_failed_and_says_why() -> None:
    def fail(seed: int) -> str:
        raise AssertionError(f"lost with {seed}")

    proven = go_through(fail, 7)
    assert not proven.is_well
    assert "lost with 7" in proven.words


def test_seeds_are_one_or_a_range_with_its_last() -> None:
    assert list(seeds("7")) == [7]
    assert list(seeds("7-9")) == [7, 8, 9]


def test_each_seed_has_its_line_and_all_of_them_the_last(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sealing", "3-4", "--kills", "1"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert sorted(line.split(":")[0] for line in lines) == ["sealing 3", "sealing 4"]
    assert last.startswith("sealing: 2 of 2 seeds are well")


def test_a_seed_that_failed_fails_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    # No world has hours before its begin.
    assert main(["days", "3", "--hours", "-1"]) == 1
    assert "days: 0 of 1 seeds are well" in capsys.readouterr().out
