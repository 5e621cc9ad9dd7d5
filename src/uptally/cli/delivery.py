"""The page is copied elsewhere by a command, as the daemon does it."""

from __future__ import annotations

import click

from uptally.daemon.delivery import Delivery
from uptally.daemon.parcel import Parcel
from uptally.units.count import counted


def delivered(parcel: Parcel | None) -> bool:
    """Copy what changed of the page, if it is to be copied, and say what came of it; tell whether it was all right."""
    if parcel is None:
        return True
    receipt = Delivery(parcel).deliver()
    if receipt.failure:
        click.echo(f"Error: the page could not be copied to {parcel.to.address}: {receipt.failure}", err=True)
        return False
    click.echo(f"copied {counted(receipt.copied, 'file')} to {parcel.to.address}", err=True)
    return True
