"""The shape of the section `page`: which keys it has, what each holds, and what it means."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, PlainValidator

from uptally.config import appearance, publishing, values
from uptally.config.colours import Colours
from uptally.config.shape import DURATION, HTTP, FileName, Name, Prose, Shape, Zone, key, pattern, unset, words
from uptally.config.url import folder_url
from uptally.units.time import DAY_MS, HOUR_MS

AUDIENCES = ("everyone", "private")

Refresh = Annotated[int, PlainValidator(values.duration(1_000, HOUR_MS)), DURATION]
Lasting = Annotated[int, PlainValidator(values.duration(1_000, DAY_MS)), DURATION]
PageUrl = Annotated[str, PlainValidator(folder_url), pattern(f"^{HTTP}://.+")]
Audience = Annotated[str, PlainValidator(values.choice(AUDIENCES)), words(*AUDIENCES)]
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
    languages: dict[Language, PageUrl] | None = unset(
        "Where the page stands in other languages: each by its tag, with the page's address in it."
    )
    directory: FileName = key("site", "The folder that the page is written to, relative to this file.")
    theme: FileName | None = unset("A folder with templates and style of your own, relative to this file.")
    logo: FileName | None = unset("A picture in place of the title at the top, an SVG or PNG, relative to this file.")
    colours: Colours | None = unset("Colours in place of ours.")
    services: list[Name] = unset("The endpoints, services and groups that it shows; without it, all public ones.")
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


class FurtherPage(Page):
    """Another page of the same daemon: what it does not say it has from the main one."""

    directory: FileName = Field(description="The folder that it is written to, which is no other page's.")
    audience: Audience = key(
        "everyone", "Whether its folder is for everyone; a private one's may show what is not public."
    )
