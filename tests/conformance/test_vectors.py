"""The public vectors, each a test of its own."""

from pathlib import Path

import pytest

from tests.conformance.cases import VECTORS
from uptally.conformance.examine import Examined, examined

PATHS = sorted(VECTORS.glob("*.json"))


def test_all_public_vectors_are_here() -> None:
    assert len(PATHS) == 212


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_vector(path: Path) -> None:
    found = examined(path.stem, path.read_text(encoding="utf-8"))
    assert found == Examined(path.stem, found.why)
