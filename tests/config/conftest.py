from collections.abc import Callable
from pathlib import Path

import pytest

from uptally.config import load
from uptally.model.settings import Settings

ENVIRONMENT = {
    "TOKEN": "s3cr3t-token",
    "PASSWORD": "s3cr3t-password",
    "FIGURES_TOKEN": "s3cr3t-token-of-thirty-two-characters",
    "HOST": "b.example",
}
"""Values of which nothing may ever be shown."""

Loaded = Callable[[str], Settings]


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    """Load a text as the ``probes.yaml`` of the test's own folder."""

    def load_text(text: str) -> Settings:
        file = tmp_path / "probes.yaml"
        file.write_text(text, encoding="utf-8")
        file.chmod(0o600)
        return load(file, environment=ENVIRONMENT)

    return load_text
