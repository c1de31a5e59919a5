"""Tell running text from labels and links in any script: by stops, size and the share of links."""

from __future__ import annotations

import re

from cleaners.model import Line

PROSE_SIZE = 80
LONG_SIZE = 160
SENTENCE_SIZE = 24
_MOSTLY_LINKS = 0.5
_WIDE_SIZE = 1.5  # a Chinese or Japanese character says as much as two or three letters

# Danda, full stops and question marks of the scripts that newspapers are printed in.
_ENDS = tuple("।॥.?!|…۔؟。．！？｡।။។։።፧༎;:")
_STOPS = tuple("।॥.?!۔؟。．！？｡။។։።፧༎")
_CLOSING = "\"'“”’‘«»›‹)]）」』】》〉*_ "
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_INNER_STOP = re.compile("[।॥۔؟。！？။។።]|[.?!][\"'”’»)]* (?=\\S)")


def size(text: str) -> float:
    """Return how much a text says, in Latin or Devanagari characters."""
    return len(text) if text.isascii() else len(text) + _WIDE_SIZE * len(_WIDE.findall(text))


def link_share(line: Line) -> float:
    """Return the share of a line's characters that are links."""
    return sum(link.end - link.start for link in line.links) / len(line.text) if line.links else 0.0


def ends_sentence(text: str) -> bool:
    """Say whether a text ends as a sentence does, closing quotes and brackets aside."""
    return text.rstrip(_CLOSING).endswith(_STOPS)


def is_prose(line: Line) -> bool:
    """Say whether a line is certainly running text: long, mostly not link, and a sentence or longer than one."""
    weight = size(line.text)
    if weight < PROSE_SIZE or link_share(line) > _MOSTLY_LINKS:
        return False
    return weight >= LONG_SIZE or line.text.rstrip(_CLOSING).endswith(_ENDS) or bool(_INNER_STOP.search(line.text))


def is_sentence(line: Line) -> bool:
    """Say whether a line may be a short paragraph: some words that end as a sentence does, mostly not link."""
    if link_share(line) > _MOSTLY_LINKS or not ends_sentence(line.text):
        return False
    return size(line.text) >= SENTENCE_SIZE or len(line.text.split()) > 2
