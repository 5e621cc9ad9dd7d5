"""The only door to markdown-it and nh3: what a person wrote of an incident becomes HTML that can do no harm."""

from __future__ import annotations

import re
from functools import cache, lru_cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_TAGS = {"p", "br", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr"}
_SCHEMES = {"http", "https", "mailto"}
# What controls a parser, the marks that override or embed a direction beyond the text that holds them, and what is no
# character.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


@cache
def _parser() -> MarkdownIt:
    # Images would come from elsewhere, which the page's policy forbids: of one, the link stays.
    parser = MarkdownIt("commonmark", {"html": False}).disable("image")
    parser.add_render_rule("heading_open", lambda *_: "<p><strong>")
    parser.add_render_rule("heading_close", lambda *_: "</strong></p>\n")
    return parser


@cache
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=_TAGS,
        attributes={"a": {"href"}, "*": set()},
        url_schemes=_SCHEMES,
        url_relative="deny",
        link_rel="nofollow noopener noreferrer",
    )


@lru_cache(maxsize=512)
def to_html(text: str) -> Markup:
    """Return Markdown as HTML: paragraphs, emphasis, lists, quotes, code, and links to `http`, `https` and `mailto`.

    HTML in it stands as it was written. Headings are bold paragraphs, since those of the page are its own.

    >>> to_html("**So** <b>it</b> [is](javascript:run)")
    Markup('<p><strong>So</strong> &lt;b&gt;it&lt;/b&gt; [is](javascript:run)</p>')
    """
    rendered = _parser().render(_UNPRINTABLE.sub(" ", text))
    # An entity can stand for any character.
    return Markup(_UNPRINTABLE.sub(" ", _cleaner().clean(rendered)).strip())
