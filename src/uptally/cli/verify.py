"""`uptally verify`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

import click

from uptally.books.audit import Audited, verify_closings
from uptally.books.signatures import verify_signatures
from uptally.cli.checking import Checks
from uptally.cli.config_file import config_option, settings_of
from uptally.cli.recording import person, record
from uptally.clock import SystemClock
from uptally.errors import LedgerMissing, SealError
from uptally.ledger import Ledger, Reader
from uptally.rules.record.audits import AUDIT, audit
from uptally.rules.record.closings import CLOSE
from uptally.signing import PublicKey
from uptally.units.count import counted


@click.command()
@config_option
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, dir_okay=False), metavar="[FILE]...")
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The public key, in PEM form, whose signature each FILE must have.",
)
@click.option(
    "--rebuild",
    is_flag=True,
    help="Also make anew what follows from observations, while no daemon runs; say what differed.",
)
@click.option("--record", "is_recorded", is_flag=True, help="Put on record that all of it held, for audits.")
@click.option("--by", metavar="WHO", help="Who has it recorded.  [default: the login's name]")
@click.pass_context
def command(
    ctx: click.Context,
    config: Path,
    files: tuple[Path, ...],
    key: Path | None,
    rebuild: bool,
    is_recorded: bool,
    by: str | None,
) -> None:
    """Check that nothing in the ledger was changed: every act, and every block of observations, which must unpack too;
    and that each row that was closed follows from the observations and acts of then.

    Instead of all that, each FILE is checked: an export by the manifest beside it, or a head that a page published, and
    against the ledger too, where there is one. That needs neither a network nor a configuration.

    Exits with 1 at the first that does not hold, and names it; also where --rebuild found a difference, which is mended
    then. A daemon that runs is not disturbed, but --rebuild needs it stopped.
    """
    if files:
        if rebuild or is_recorded:
            raise click.UsageError("--rebuild and --record are for the ledger, and not for files")
        _check(config, files, key)
        return
    if key is not None:
        raise click.UsageError("--key is for files: name one")
    settings = settings_of(config)
    with Reader.open(settings.store.path) as reader:
        reader.verify_acts()
        acts, blocks = len(reader.acts()), reader.verify_blocks()
        with reader.snapshot():
            signed = verify_signatures(reader.acts(CLOSE))
            audited = verify_closings(reader)
        gone = sum(day.blocks for day in reader.dropped_days())
    click.echo(f"{counted(acts, 'act')} and {counted(blocks, 'block')}, all as they were written")
    if gone:
        click.echo(f"of {counted(gone, 'block')} the observations are gone by retention; their digests hold the chain")
    _tell(audited)
    for fingerprint, count in signed.items():
        click.echo(f"{counted(count, 'closing')} signed by {fingerprint}")
    if is_recorded:
        who = person(ctx, None, by)
        record(settings, [AUDIT], lambda _: [audit(acts=acts, blocks=blocks, by=who)])
        click.echo(f"on record, by {who}", err=True)
    if not rebuild:
        return
    from uptally import __version__

    ledger = Ledger.open(
        settings.store.path, location=settings.monitor.location, clock=SystemClock(), version=__version__
    )
    try:
        differences = ledger.rebuild()
    finally:
        ledger.close()
    for difference in differences:
        click.echo(difference)
    if differences:
        click.echo(f"{counted(len(differences), 'difference')}, mended")
        ctx.exit(1)
    click.echo("what follows from them is as it should be")


def _check(config: Path, files: Sequence[Path], key: Path | None) -> None:
    """Check files, against the ledger where there is one. Raises SealError, LedgerError, ConfigError and OSError."""
    settings = settings_of(config) if config.exists() or config != Path("probes.yaml") else None
    try:
        public = PublicKey.of_pem(key.read_bytes()) if key else None
    except SealError as error:
        raise SealError(f"{key}: {error}") from error
    with ExitStack() as stack:
        ledger = None
        if settings is not None:
            with suppress(LedgerMissing):
                ledger = stack.enter_context(Reader.open(settings.store.path))
        checks = Checks(ledger, public)
        for file in files:
            checks.check(file)


def _tell(audited: Audited) -> None:
    backed = audited.revisions - len(audited.by_digests)
    if not audited.by_digests and backed:
        rows = counted(audited.rows, "row")
        click.echo(f"{counted(backed, 'closing')} with {rows}, all as observations and acts make them")
    elif backed:
        click.echo(f"{counted(backed, 'closing')} as observations and acts make them")
    for name in audited.by_digests:
        click.echo(
            f"{name} is backed by digests only: it is as it was frozen, and observations of it are gone by retention"
        )
