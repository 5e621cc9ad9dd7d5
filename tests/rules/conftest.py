"""What every test of the rules relies on."""

import sys

import pytest


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> None:
    """Forget what rules remember of other tests, so that each test fails by itself when a rule is wrong."""
    for name, module in list(sys.modules.items()):
        if name.startswith("uptally.rules."):
            for each in vars(module).values():
                forget = getattr(each, "cache_clear", None)
                if forget is not None:
                    forget()
