"""Parse HTML of any quality into an lxml tree."""

from __future__ import annotations

from lxml import etree, html

_FORBIDDEN = bytes(code for code in range(32) if chr(code) not in "\t\n\f\r")
_DEEPEST = 2048
SHALLOW = 256  # libxml2 stops here unless told that the tree may be huge
# lxml.html asks Python for the class of every element, each time it is met; one class for all needs no asking.
_CLASSES = etree.ElementDefaultClassLookup(html.HtmlElement, html.HtmlComment, html.HtmlProcessingInstruction)


class TooDeep(ValueError):
    """The document is nested deeper than libxml2 can read at all."""


def parse(text: str) -> html.HtmlElement | None:
    """Return the root element of an HTML document or fragment, None where there is no element and no text.

    Malformed markup is repaired; NUL and other control characters are dropped; an encoding named inside the document
    is ignored, since the text is decoded already. Raises TooDeep rather than lose the rest of the page silently.
    """
    data = text.encode("utf-8", "replace").translate(None, _FORBIDDEN)
    for huge in (False, True):
        parser = etree.HTMLParser(encoding="utf-8", huge_tree=huge)
        parser.set_element_class_lookup(_CLASSES)
        try:
            root = html.document_fromstring(data, parser=parser)
        except etree.ParserError:  # lxml's word for a document without any element
            return None
        if not any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log):
            return root
    raise TooDeep(f"nested deeper than {_DEEPEST} elements")


def depth(element: html.HtmlElement) -> int:
    """Return how many ancestors an element has."""
    return sum(1 for _ in element.iterancestors())
