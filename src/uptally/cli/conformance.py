"""`uptally conformance`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from uptally.cli.config_file import config_option
from uptally.cli.output import deliver_json
from uptally.cli.verbs import EXIT_FAILURE
from uptally.conformance.examine import Examined, examined


@click.command()
@config_option
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Write what a program can read.")
@click.pass_context
def command(ctx: click.Context, config: Path, folder: Path, as_json: bool) -> None:
    """Put every file of the format sla-vector/1 in a folder to the engine that makes statements.

    Says of each that does not come to what it expects where, what was expected, what came out, and what the case is
    about. Files without the ending .json are passed over. Exits with 1 where one failed. Reads no configuration.
    """
    paths = sorted(path for path in folder.iterdir() if path.suffix == ".json" and not path.is_dir())
    if not paths:
        raise click.BadParameter(f"{folder} holds no .json file", param_hint="'DIR'")
    found = [_examined(path) for path in paths]
    failed = sum(not each.has_passed for each in found)
    if as_json:
        deliver_json(_document(found, failed=failed))
    else:
        for each in found:
            for line in _lines(each):
                click.echo(line)
        click.echo(f"conformance: {len(found) - failed} passed, {failed} failed")
    if failed:
        ctx.exit(EXIT_FAILURE)


def _examined(path: Path) -> Examined:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return Examined(path.stem, "", problem="is no UTF-8 text")
    except OSError as error:
        return Examined(path.stem, "", problem=f"cannot be read: {error.strerror or error}")
    return examined(path.stem, text)


def _lines(each: Examined) -> Iterable[str]:
    if each.problem is not None:
        yield f"{each.name}: {each.problem}"
    for where, expected, got in each.differences:
        yield f"{each.name}: {where}: expected {_said(expected)}, got {_said(got)}"
    if each.why and not each.has_passed:
        yield f"  why: {each.why}"


def _said(value: str | None) -> str:
    return "nothing" if value is None else value


def _document(found: Iterable[Examined], *, failed: int) -> dict[str, object]:
    cases = [
        {
            "id": each.name,
            "passed": each.has_passed,
            "why": each.why,
            "problem": each.problem,
            "differences": [difference._asdict() for difference in each.differences],
        }
        for each in found
    ]
    return {"schema_version": 1, "passed": len(cases) - failed, "failed": failed, "cases": cases}
