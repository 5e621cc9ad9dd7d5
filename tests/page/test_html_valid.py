"""Every kind of page is HTML as its standard has it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.page.every import PAGES, write


def test_every_kind_of_page_is_valid(tmp_path: Path, node_modules: Path) -> None:
    write(tmp_path)
    validate = node_modules / "html-validate/bin/html-validate.mjs"
    node = Path(sys.prefix, "bin/node")
    said = subprocess.run(
        [node, validate, "--preset", "standard", "--formatter", "json", *PAGES],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    faults = [
        f"{Path(each['filePath']).name}:{fault['line']}: {fault['ruleId']}: {fault['message']}"
        for each in json.loads(said.stdout)
        for fault in each["messages"]
    ]
    assert (faults, said.stderr, said.returncode) == ([], "", 0)
