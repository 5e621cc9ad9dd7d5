"""Files of the format sla-vector/1, as the tests change them."""

import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parents[1] / "vectors"


def vector(name: str) -> Any:
    """A public case, to be changed at will."""
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


def changed(name: str, path: str, value: object) -> str:
    """The text of a public case with another value at a place such as ``terms.windows.0.target``."""
    whole = vector(name)
    *parents, last = path.split(".")
    place = whole
    for key in parents:
        place = place[int(key) if isinstance(place, list) else key]
    place[int(last) if isinstance(place, list) else last] = value
    return json.dumps(whole)
