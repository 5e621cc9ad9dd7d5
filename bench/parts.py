"""What parts a time is made of: functions are wrapped, and each gets what passes in it but not in another one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch


class Parts:
    """Processor time by part, in nanoseconds; what is in none of the functions is under `REST`."""

    REST = "rest"

    def __init__(self) -> None:
        self.used_ns: dict[str, int] = {}
        self._within = [self.REST]
        self._since_ns = 0

    @contextmanager
    def measured(self, functions: Sequence[tuple[str, Any, str]]) -> Iterator[None]:
        """Measure within the context; functions come as the name of their part, where they are, and their own name."""
        with ExitStack() as stack:
            for part, owner, name in functions:
                stack.enter_context(patch.object(owner, name, self._wrapped(part, getattr(owner, name))))
            self._since_ns = time.process_time_ns()
            yield
            self._switch()

    def _wrapped(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            self._switch()
            self._within.append(part)
            try:
                return function(*args, **kwargs)
            finally:
                self._switch()
                self._within.pop()

        return wrapped

    def _switch(self) -> None:
        now_ns = time.process_time_ns()
        part = self._within[-1]
        self.used_ns[part] = self.used_ns.get(part, 0) + now_ns - self._since_ns
        self._since_ns = now_ns
