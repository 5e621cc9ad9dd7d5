"""One bad file for each setting that is refused: refused.txt holds them, each followed by all that is said of it."""

from pathlib import Path
from typing import NamedTuple

import pytest

from uptally.config import load
from uptally.errors import ConfigError

ENVIRONMENT = {"EMPTY": "", "SECRET": "hunter2", "YES": "yes", "BREAK": "hunter2\r\nX: y"}


class Refused(NamedTuple):
    name: str
    text: str
    problems: list[str]

    def __str__(self) -> str:
        return self.name


def cases() -> list[Refused]:
    found = []
    for block in Path(__file__).with_name("refused.txt").read_text(encoding="utf-8").split("=== ")[1:]:
        name, _, rest = block.partition("\n")
        text, _, said = rest.partition(">>> ")
        found.append(Refused(name, text, said.rstrip().split("\n>>> ")))
    return found


@pytest.mark.parametrize("case", cases(), ids=str)
def test_all_that_is_wrong_is_said_with_place_key_and_remedy(
    case: Refused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path("probes.yaml")
    file.write_text(case.text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file, environment=ENVIRONMENT)
    said = [str(problem).removeprefix("probes.yaml:").strip() for problem in caught.value.problems]
    assert said == case.problems
    assert "hunter2" not in str(caught.value)


def test_every_case_has_a_name_of_its_own() -> None:
    names = [case.name for case in cases()]
    assert len(names) == len(set(names)) > 150
