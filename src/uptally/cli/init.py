"""`uptally init`."""

from __future__ import annotations

from pathlib import Path

import click

from uptally.cli.config_file import config_option

_FIRST = """\
# yaml-language-server: $schema=probes.schema.json
# `uptally schema -o probes.schema.json` makes that file, by which editors complete and explain the keys here.
# `uptally check` says what is wrong with this file, and `uptally run` starts probing.

page:
  title: Status
  timezone: UTC            # whose days and months count, such as Europe/Berlin

monitor:
  # Other people's endpoints: while none of them answers either, it is our own network that failed, and time is unknown
  # instead of down.
  canaries:
    - tcp://1.1.1.1:443
    - tcp://9.9.9.9:443

endpoints:
  # A name and a URL are all that an endpoint needs. The scheme picks the check: https://, http:// or tcp://.
  - name: Website
    url: https://www.example.com/
    interval: 10s
    sla: 99.9%             # the availability that was promised

  # - name: Orders API
  #   url: https://api.example.com/orders/health
  #   group: Shop
  #   interval: 1s         # three intervals must fit into a month's downtime: 8s or less can prove 99.999%
  #   sla: 99.999%
  #   timeout: 5s
  #   auth: {bearer: "${ORDERS_TOKEN}"}
  #   expect:
  #     status: 200
  #     json: {status: ok}

  # - name: Orders database
  #   url: tcp://db.example.com:5432
  #   group: Shop
  #   public: false        # probed and counted, but not on the page
"""


@click.command()
@config_option
def command(config: Path) -> None:
    """Write a first probes.yaml, with comments; a file that is there already is left alone."""
    try:
        config.parent.mkdir(parents=True, exist_ok=True)
        with config.open("x", encoding="utf-8", newline="\n") as file:
            file.write(_FIRST)
    except FileExistsError:
        raise click.ClickException(f"{config} is there already, and stays as it is") from None
    click.echo(f"wrote {config}: name your endpoints in it, then `uptally run`", err=True)
