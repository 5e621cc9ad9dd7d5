"""What the acts say of the configuration: which one is in force, and what came of reading the file anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple, Self

from uptally.model.act import Act

CONFIG = "config"
"""The kind of act whose body is the revision of a configuration that came into force."""

CONFIG_READ = "config-read"
"""The kind of act that says what came of reading the file anew; its body is a `Reading`."""

PROBLEMS_MAX = 100
"""So many problems of a file are on record; the log and `check` have all."""


class Reading(NamedTuple):
    """What came of reading the file anew: it was refused for its problems, or it is in force.

    `began_ms` is when the file began to be read, so that whoever asked knows the answer from an earlier one. `problems`
    are the first of `problem_count`. The other numbers are endpoints and canaries, and 0 where the file was refused.
    """

    began_ms: int
    problem_count: int = 0
    problems: tuple[str, ...] = ()
    new: int = 0
    changed: int = 0
    gone: int = 0
    kept: int = 0

    @property
    def is_refused(self) -> bool:
        """Whether the configuration of before stays in force."""
        return self.problem_count > 0

    @property
    def body(self) -> str:
        """The act's body: canonical JSON."""
        return json.dumps(self._asdict(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def of(cls, act: Act) -> Self:
        """Return what an act says."""
        fields = json.loads(act.body)
        return cls(**{**fields, "problems": tuple(fields["problems"])})


class ConfigState(NamedTuple):
    """Which configuration is in force: that which is on record since `since_ms`.

    `refused` is the reading of a newer file that was refused, at `refused_ms`; both are None where there is none.
    """

    since_ms: int
    refused_ms: int | None = None
    refused: Reading | None = None

    @classmethod
    def of(cls, newest_act: Callable[[str], Act | None]) -> Self | None:
        """Return the state by the newest acts of a ledger; None where it has no configuration yet."""
        config, read = newest_act(CONFIG), newest_act(CONFIG_READ)
        if config is None:
            return None
        if read is not None and read.number > config.number and Reading.of(read).is_refused:
            return cls(config.at_ms, read.at_ms, Reading.of(read))
        return cls(config.at_ms)
