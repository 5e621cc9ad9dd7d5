"""What every test can ask for."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

# A machine under load must not fail a property for being slow.
settings.register_profile("uptally", deadline=None)
# The same few examples for each mutant, and no search for a smaller one: that it fails is enough.
settings.register_profile(
    "mutants",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=50,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("uptally")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Try mutants on the quick tests first: most of them need no other."""
    if config.getoption("--hypothesis-profile") == "mutants":
        items.sort(key=lambda item: item.get_closest_marker("hypothesis") is not None)


@pytest.fixture(scope="session")
def require_server() -> Callable[[str], Path]:
    """Where the named program is; without it the test is skipped, or fails where CI=true promises that it is there."""

    def require(name: str) -> Path:
        path = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
        if path is not None:
            return Path(path)
        missing = f"NOT TESTED: {name} is not installed; `tools/servers` installs it (as root, on Debian)"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)

    return require
