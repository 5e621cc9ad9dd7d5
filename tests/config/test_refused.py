"""One bad file for each way to be wrong: each refused.txt holds them, each followed by all that is said of it.

Those of agreements and of terms stand behind the same first lines, unless they begin with endpoints of their own.
"""

from pathlib import Path
from typing import NamedTuple

import pytest

from uptally.config import load
from uptally.errors import ConfigError

ENVIRONMENT = {"EMPTY": "", "SECRET": "hunter2", "YES": "yes", "BREAK": "hunter2\r\nX: y"}
FIRST_LINES = {
    "refused.txt": "",
    "agreement/refused.txt": """\
endpoints:
  - {name: Website, url: "https://a.example/"}
  - {name: API, url: "https://b.example/", sla: 99.9%}
""",
    "contract/refused.txt": 'endpoints: [{name: Website, url: "https://a.example/"}]\nslas:\n',
}


class Refused(NamedTuple):
    name: str
    text: str
    problems: list[str]

    def __str__(self) -> str:
        return self.name


def cases() -> list[Refused]:
    found = []
    for file, first_lines in FIRST_LINES.items():
        for block in (Path(__file__).parent / file).read_text(encoding="utf-8").split("=== ")[1:]:
            name, _, rest = block.partition("\n")
            text, _, said = rest.partition(">>> ")
            before = "" if text.startswith("endpoints:") else first_lines
            found.append(Refused(f"{file}: {name}", before + text, said.rstrip().split("\n>>> ")))
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
