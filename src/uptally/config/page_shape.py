"""The shape of the section `page`: which keys it has, what each holds, and what it means."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, PlainValidator

from uptally.config import appearance, publishing, values
from uptally.config.shape import DURATION, HTTP, FileName, Name, Prose, Shape, Zone, key, pattern, unset
from uptally.config.url import folder_url
from uptally.units.time import DAY_MS, HOUR_MS

Refresh = Annotated[int, PlainValidator(values.duration(1_000, HOUR_MS)), DURATION]
Lasting = Annotated[int, PlainValidator(values.duration(1_000, DAY_MS)), DURATION]
PageUrl = Annotated[str, PlainValidator(folder_url), pattern(f"^{HTTP}://.+")]
Language = Annotated[str, PlainValidator(appearance.language), pattern("^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


class Publish(Shape):
    """Another place that the page is copied to."""

    to: publishing.Address = Field(
        description="A folder, or an address such as s3://bucket/status or sftp://host/var/www."
    )
    options: publishing.Options | None = unset("What the address's file system is told: credentials, best as ${NAME}.")


class Page(Shape):
    """The public status page."""

    title: Name = key("Status", "What the page is called.")
    description: Prose = key("", "What stands beneath the title.")
    timezone: Zone = key("UTC", "The IANA time zone whose days and months count, such as Europe/Berlin.")
    language: Language = key("en", "The language of its words, as a tag of BCP 47 such as de or pt-BR.")
    directory: FileName = key("site", "The folder that the page is written to, relative to this file.")
    theme: FileName | None = unset("A folder with templates and style of your own, relative to this file.")
    refresh: Refresh = key("10s", "How old the page may get while nothing changes: 1s to 1h.")
    incidents: FileName | None = unset("A folder of Markdown files, each of which tells of an incident.")
    automatic_incidents: Lasting | None = unset("How long an outage must last to be told of as an incident by itself.")
    url: PageUrl | None = unset("Where readers find the page: what feeds and other programs are told.")
    compress: list[publishing.Compressed] = unset(
        "The compressed forms that lie beside each file, for servers that send them so."
    )
    publish: Annotated[Publish | None, BeforeValidator(publishing.table_of, json_schema_input_type=str | Publish)] = (
        unset("Where the page is copied to whenever it was written: an address, or a table with its options.")
    )
