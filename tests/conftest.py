"""What every test can ask for."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# A machine under load must not fail a property for being slow.
settings.register_profile("uptally", deadline=None)
# The same few examples for each mutant: what kills it is the same every time.
settings.register_profile("mutants", deadline=None, derandomize=True, database=None, max_examples=50)
settings.load_profile("uptally")


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
