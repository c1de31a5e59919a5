"""Parse HTML of any quality into an lxml tree."""

from __future__ import annotations

import re

from lxml import etree, html

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0e-\x1f\ud800-\udfff]")
SHALLOW = 256  # libxml2 stops here unless told that the tree may be huge


class TooDeep(ValueError):
    """The document is nested deeper than libxml2 can read at all (2048)."""


def parse(text: str) -> html.HtmlElement | None:
    """Return the root element of an HTML document or fragment, None where there is no element and no text.

    Malformed markup is repaired; NUL and other control characters are dropped; an encoding named inside the document
    is ignored, since the text is decoded already. Raises TooDeep rather than lose the rest of the page silently.
    """
    data = _FORBIDDEN.sub("", text).encode("utf-8")
    for huge in (False, True):
        parser = html.HTMLParser(encoding="utf-8", huge_tree=huge)
        try:
            root = html.document_fromstring(data, parser=parser)
        except etree.ParserError:  # lxml's word for a document without any element
            return None
        if not any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log):
            return root
    raise TooDeep(f"nested deeper than {2048} elements")


def depth(element: html.HtmlElement) -> int:
    """Return how many ancestors an element has."""
    return sum(1 for _ in element.iterancestors())
