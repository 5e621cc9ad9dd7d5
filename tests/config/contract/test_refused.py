"""One bad text for each way to be wrong about terms: refused.txt holds them, each followed by all that is said of it.

Each stands under ``slas:`` behind one endpoint, unless it begins with a section of its own.
"""

from pathlib import Path

import pytest

from uptally.config import load
from uptally.errors import ConfigError

BEFORE = 'endpoints: [{name: Website, url: "https://a.example/"}]\nslas:\n'


def cases() -> list[tuple[str, str, list[str]]]:
    found = []
    for block in Path(__file__).with_name("refused.txt").read_text(encoding="utf-8").split("=== ")[1:]:
        name, _, rest = block.partition("\n")
        text, _, said = rest.partition(">>> ")
        found.append((name, text, said.rstrip().split("\n>>> ")))
    return found


@pytest.mark.parametrize(("name", "text", "expected"), cases(), ids=[name for name, _, _ in cases()])
def test_all_that_is_wrong_is_said_with_place_key_and_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, expected: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path("probes.yaml")
    file.write_text(text if "endpoints:" in text else BEFORE + text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file, environment={"SECRET": "hunter2"})
    assert [str(problem).removeprefix("probes.yaml:") for problem in caught.value.problems] == expected
    assert "hunter2" not in str(caught.value)
